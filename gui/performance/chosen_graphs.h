// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "counter_model.h"
#include "performance_feed.h"

class QVBoxLayout;

namespace gui {

class Graph;
class GraphFeeder;

/// A graph for each counter that someone has checked in the tree, with a curve for each instance.
class ChosenGraphs final : public QWidget {
    Q_OBJECT

  public:
    ChosenGraphs(CounterModel& model, PerformanceFeed& feed, QWidget* parent = nullptr);

    [[nodiscard]] std::vector<Graph*> graphs() const;
    void setTimeRange(TimeRange range);
    void setPaused(bool paused);

  signals:
    void added(Graph* graph);

  private:
    struct Pane {
        QWidget* widget;
        Graph* graph;
        std::map<CounterKey, int> curves;
        std::size_t nextColour = 0;
    };

    void change(const CounterKey& counter, bool checked);
    Pane& paneOf(const CounterKey& counter);
    void rename();

    CounterModel& model_;
    GraphFeeder* feeder_;
    QVBoxLayout* column_;
    /// By set and name.
    std::map<std::pair<std::string, std::string>, Pane> panes_;
    TimeRange range_ = TimeRange::FiveMinutes;
    bool paused_ = false;
};

}  // namespace gui
