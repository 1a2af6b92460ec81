// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <map>
#include <string>

#include "gui/connection/machine_store.h"
#include "performance_feed.h"

class QLabel;

namespace gui {

class Graph;
class GraphFeeder;

/// What each running machine uses of all the server's LPs together.
class WholeServerGraph final : public QWidget {
    Q_OBJECT

  public:
    WholeServerGraph(MachineStore& store, PerformanceFeed& feed, QWidget* parent = nullptr);

    [[nodiscard]] Graph& graph() { return *graph_; }

  private:
    struct Shown {
        int curve;
        double scale;
    };

    void update();
    /// From percent of one LP for each VP, on the mean, to percent of all LPs.
    [[nodiscard]] double scaleOf(const service::MachineSummary& machine) const;

    MachineStore& store_;
    GraphFeeder* feeder_;
    Graph* graph_;
    QLabel* calm_;
    std::map<std::string, Shown> shown_;
    std::size_t nextColour_ = 0;
};

}  // namespace gui
