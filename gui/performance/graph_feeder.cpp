// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph_feeder.h"

#include "graph.h"

namespace gui {

GraphFeeder::GraphFeeder(PerformanceFeed& feed, QObject* parent) : QObject(parent), feed_(feed) {
    connect(&feed, &PerformanceFeed::sampleArrived, this, &GraphFeeder::take);
    connect(&feed, &PerformanceFeed::restarted, this, [this] { beginAll(nullptr); });
}

void GraphFeeder::add(Graph& graph, int curve, const CounterKey& counter, double scale) {
    watch(graph);
    Binding& binding = bindings_[counter].emplace_back(Binding{&graph, curve, scale, 0});
    if (!graph.isShown())
        return;
    begin(counter, binding);
    updateWanted();
}

void GraphFeeder::remove(const Graph& graph, int curve) {
    for (auto& [counter, bindings] : bindings_)
        std::erase_if(bindings, [&](const Binding& binding) {
            return binding.graph == &graph && binding.curve == curve;
        });
    std::erase_if(bindings_, [](const auto& entry) { return entry.second.empty(); });
    updateWanted();
}

void GraphFeeder::clear() {
    bindings_.clear();
    updateWanted();
}

void GraphFeeder::watch(Graph& graph) {
    if (!watched_.insert(&graph).second)
        return;
    connect(&graph, &Graph::shownChanged, this, [this, &graph](bool shown) {
        if (shown)
            beginAll(&graph);
        updateWanted();
    });
    connect(&graph, &Graph::timeRangeChanged, this, [this, &graph] {
        if (graph.isShown())
            beginAll(&graph);
    });
    connect(&graph, &QObject::destroyed, this, [this, gone = &graph] {
        watched_.erase(gone);
        for (auto& [counter, bindings] : bindings_)
            std::erase_if(bindings, [gone](const Binding& one) { return one.graph == gone; });
        std::erase_if(bindings_, [](const auto& entry) { return entry.second.empty(); });
        updateWanted();
    });
}

void GraphFeeder::take(const service::PerformanceSample& sample) {
    for (const service::CounterValue& counter : sample.counters) {
        const auto found = bindings_.find(
            CounterKeyView{sample.machineId, counter.set, counter.instance, counter.name});
        if (found == bindings_.end())
            continue;
        for (const Binding& binding : found->second)
            if (binding.graph->isShown())
                binding.graph->append(
                    binding.curve, sample.time,
                    counter.value ? std::optional(*counter.value * binding.scale) : std::nullopt);
    }
}

void GraphFeeder::begin(const CounterKey& counter, Binding& binding) {
    binding.graph->beginLive(binding.curve);
    binding.request = ++lastRequest_;
    feed_.askHistory(counter, binding.graph->window().range(), this,
                     [this, counter, request = binding.request](
                         const std::vector<CounterPoint>& points, std::int64_t step) {
                         const auto found = bindings_.find(counter);
                         if (found == bindings_.end())
                             return;
                         for (const Binding& one : found->second) {
                             if (one.request != request)
                                 continue;
                             std::vector<CounterPoint> scaled = points;
                             for (CounterPoint& point : scaled)
                                 point.value *= one.scale;
                             one.graph->mergeHistory(one.curve, scaled, step);
                         }
                     });
}

void GraphFeeder::beginAll(const Graph* graph) {
    for (auto& [counter, bindings] : bindings_)
        for (Binding& binding : bindings)
            if (graph ? binding.graph == graph : binding.graph->isShown())
                begin(counter, binding);
}

void GraphFeeder::updateWanted() {
    std::set<std::string> wanted;
    for (const auto& [counter, bindings] : bindings_)
        for (const Binding& binding : bindings)
            if (binding.graph->isShown())
                wanted.insert(counter.machine);
    feed_.setWanted(this, std::move(wanted));
}

}  // namespace gui
