// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <string>
#include <vector>

#include "performance_feed.h"

class QGridLayout;
class QLabel;
class QScrollArea;

namespace gui {

class Graph;
class GraphFeeder;
class GraphLegend;

/// A small graph for each of the host's LPs: what it did for whom; what is left empty was idle.
class LogicalProcessorGrid final : public QWidget {
    Q_OBJECT

  public:
    explicit LogicalProcessorGrid(PerformanceFeed& feed, QWidget* parent = nullptr);

    [[nodiscard]] const std::vector<Graph*>& graphs() const { return graphs_; }
    void setTimeRange(TimeRange range);
    void setPaused(bool paused);

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    void take(const service::PerformanceSample& sample);
    void rebuild(std::vector<std::string> processors);
    void arrange();
    void dressLegend();

    PerformanceFeed& feed_;
    GraphFeeder* feeder_;
    QScrollArea* scroll_;
    QWidget* inside_;
    QGridLayout* grid_;
    QLabel* calm_;
    GraphLegend* legend_;
    std::vector<std::string> processors_;
    std::vector<Graph*> graphs_;
    std::vector<QLabel*> names_;
    std::vector<bool> shown_;
    int columns_ = 0;
    TimeRange range_ = TimeRange::FiveMinutes;
    bool paused_ = false;
};

}  // namespace gui
