// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>
#include <string>

#include "gui/connection/machine_store.h"
#include "performance_feed.h"

class QLabel;
class QStackedLayout;

namespace gui {

class Graph;
class GraphFeeder;

/// What a machine's processors have done in the last minute, against a reserve and a limit that one
/// may just be typing.
class ProcessorStrip final : public QWidget {
    Q_OBJECT

  public:
    ProcessorStrip(MachineStore& store, PerformanceFeed& feed, QWidget* parent = nullptr);

    void setMachine(const std::string& id);
    /// Percent of each VP.
    void setReserve(double percent);
    void setLimit(double percent);

  private:
    void showState();
    void showLevels();
    void take(const service::PerformanceSample& sample);

    MachineStore& store_;
    GraphFeeder* feeder_;
    QStackedLayout* pages_;
    QLabel* calm_;
    Graph* graph_;
    int use_;
    std::string id_;
    double reserve_ = 0;
    double limit_ = 100;
};

}  // namespace gui
