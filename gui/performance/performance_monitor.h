// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMainWindow>
#include <vector>

#include "gui/connection/machine_store.h"
#include "performance_feed.h"

class QAction;
class QLineEdit;
class QTreeView;

namespace gui {

class ChosenGraphs;
class CounterFilter;
class CounterModel;
class Graph;
class LogicalProcessorGrid;
class ProblemBanner;
class WholeServerGraph;

/// The window Performance Monitor: the server's LPs, its machines, and what one chooses beside.
class PerformanceMonitor final : public QMainWindow {
    Q_OBJECT

  public:
    PerformanceMonitor(MachineStore& store, PerformanceFeed& feed, QWidget* parent = nullptr);

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void makeToolBar();
    QWidget* makeCounters();
    QWidget* makeGraphs();
    void watch(Graph& graph);
    void setTimeRange(TimeRange range);
    void setPaused(bool paused);
    void resetZoom();
    void exportAsPicture();
    void exportAsFigures();
    void showTitle();
    void nameMachines();
    /// Those that figures are exported of, in the order of the page.
    [[nodiscard]] std::vector<Graph*> graphs() const;

    MachineStore& store_;
    PerformanceFeed& feed_;
    CounterModel* model_;
    CounterFilter* filter_;
    QAction* pause_ = nullptr;
    QAction* reset_ = nullptr;
    QLineEdit* search_ = nullptr;
    QTreeView* tree_ = nullptr;
    ProblemBanner* banner_ = nullptr;
    QWidget* page_ = nullptr;
    LogicalProcessorGrid* processors_ = nullptr;
    WholeServerGraph* machines_ = nullptr;
    ChosenGraphs* chosen_ = nullptr;
};

}  // namespace gui
