// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "counter_key.h"
#include "performance_feed.h"

namespace gui {

class Graph;

/// Keeps curves of some graphs filled from the feed: with history when they come into sight or get
/// another range, and live while they are seen.
///
/// Thread safety: the GUI's thread.
class GraphFeeder final : public QObject {
    Q_OBJECT

  public:
    explicit GraphFeeder(PerformanceFeed& feed, QObject* parent);

    /// Figures times `scale`. A graph that is destroyed is left out from then on.
    void add(Graph& graph, int curve, const CounterKey& counter, double scale = 1);
    void remove(const Graph& graph, int curve);
    void clear();

  private:
    struct Binding {
        Graph* graph;
        int curve;
        double scale;
        /// Its newest request for history.
        std::uint64_t request;
    };
    using Bindings = std::vector<Binding>;

    void watch(Graph& graph);
    void take(const service::PerformanceSample& sample);
    void begin(const CounterKey& counter, Binding& binding);
    /// All curves of this graph, or of all graphs that are seen.
    void beginAll(const Graph* graph);
    void updateWanted();

    PerformanceFeed& feed_;
    std::map<CounterKey, Bindings, CounterKeyOrder> bindings_;
    std::set<const Graph*> watched_;
    std::uint64_t lastRequest_ = 0;
};

}  // namespace gui
