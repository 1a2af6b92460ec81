// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>
#include <string>
#include <vector>

#include "gui/connection/machine_store.h"
#include "performance_feed.h"

class QLabel;
class QStackedLayout;
class QToolButton;

namespace gui {

class Banner;
class DeviceGraphs;
class Graph;
class GraphFeeder;

/// The tab Performance: what the selected machine's processors and devices do, live.
class MachinePerformance final : public QWidget {
    Q_OBJECT

  public:
    MachinePerformance(MachineStore& store, PerformanceFeed& feed, QWidget* parent = nullptr);

    /// By id; empty: none.
    void setMachine(const std::string& id);

  private:
    QWidget* makePanes(PerformanceFeed& feed);
    void makeRangeChoice();
    void setTimeRange(TimeRange range);
    void bind();
    void showState();
    void showLevels();
    void take(const service::PerformanceSample& sample);

    MachineStore& store_;
    GraphFeeder* feeder_;
    std::string id_;
    QStackedLayout* pages_;
    QLabel* calm_;
    Banner* banner_;
    QLabel* processorTitle_;
    QToolButton* range_;
    Graph* processor_;
    Graph* intercepts_;
    DeviceGraphs* devices_;
    int guest_;
    int hypervisor_;
    /// In place of both where the backend does not count them apart.
    int total_;
    std::vector<int> kinds_;
    /// Nothing before the first sample.
    std::optional<bool> countsParts_;
};

}  // namespace gui
