// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <cstddef>
#include <string>

#include "graph_shape.h"
#include "performance_feed.h"

class QLabel;
class QToolButton;

namespace gui {

class Graph;
class GraphFeeder;

/// What the drives and the network adapters of a machine do together, live: bytes, operations or
/// latency of the drives, bytes of the adapters. Not there while the machine has neither.
class DeviceGraphs final : public QWidget {
    Q_OBJECT

  public:
    /// `feeder` outlives this.
    DeviceGraphs(GraphFeeder& feeder, PerformanceFeed& feed, QWidget* parent = nullptr);

    /// By id; empty: none. The feeder has nothing for these graphs any more.
    void setMachine(const std::string& id);
    void setTimeRange(TimeRange range);

  signals:
    /// Something that was asked for could not be done; a sentence.
    void failed(const QString& problem);

  private:
    void makeFigureChoice();
    /// An index of the figures of drives.
    void setFigure(std::size_t figure);
    void feedStorage();
    void take(const service::PerformanceSample& sample);
    void show(bool storage, bool network);

    GraphFeeder& feeder_;
    std::string id_;
    QLabel* storageTitle_;
    QToolButton* figureChoice_;
    Graph* storage_;
    QLabel* networkTitle_;
    Graph* network_;
    std::size_t figure_ = 0;
    int read_;
    int written_;
    int sent_;
    int received_;
};

}  // namespace gui
