// SPDX-License-Identifier: GPL-3.0-or-later
#include "whole_server_graph.h"

#include <QLabel>
#include <QVBoxLayout>

#include "graph.h"
#include "graph_feeder.h"
#include "gui/connection/text.h"

namespace gui {

WholeServerGraph::WholeServerGraph(MachineStore& store, PerformanceFeed& feed, QWidget* parent)
    : QWidget(parent),
      store_(store),
      feeder_(new GraphFeeder(feed, this)),
      graph_(new Graph(GraphLook::Open, tr("Virtual machines"), this)),
      calm_(new QLabel(tr("No virtual machine is running."), this)) {
    graph_->setObjectName(QStringLiteral("machinesGraph"));
    graph_->setFixedRange(0, 100);
    graph_->setUnit(QStringLiteral(" %"));
    graph_->setMinimumHeight(fontMetrics().height() * 16);
    calm_->setForegroundRole(QPalette::PlaceholderText);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(calm_, 0, Qt::AlignTop);
    column->addWidget(graph_, 1);
    connect(&store, &MachineStore::replaced, this, &WholeServerGraph::update);
    connect(&store, &MachineStore::added, this, &WholeServerGraph::update);
    connect(&store, &MachineStore::changed, this, &WholeServerGraph::update);
    connect(&store, &MachineStore::removed, this, &WholeServerGraph::update);
    connect(&store, &MachineStore::hostChanged, this, &WholeServerGraph::update);
    update();
}

double WholeServerGraph::scaleOf(const service::MachineSummary& machine) const {
    const std::uint32_t processors = store_.host() ? store_.host()->logicalProcessors : 0;
    return processors == 0 ? 0 : static_cast<double>(machine.processor.count) / processors;
}

void WholeServerGraph::update() {
    std::map<std::string, double> running;
    for (const auto& [id, machine] : store_.machines())
        if (const double scale = scaleOf(machine.summary);
            service::isActive(machine.summary.state) && scale > 0)
            running.emplace(id, scale);
    std::erase_if(shown_, [&](const auto& entry) {
        const auto& [id, shown] = entry;
        const auto found = running.find(id);
        if (found != running.end() && found->second == shown.scale)
            return false;
        feeder_->remove(*graph_, shown.curve);
        graph_->removeCurve(shown.curve);
        return true;
    });
    for (const auto& [id, scale] : running) {
        const QString name = fromUtf8(store_.find(id)->summary.name);
        if (const auto found = shown_.find(id); found != shown_.end()) {
            graph_->renameCurve(found->second.curve, name);
            continue;
        }
        const int curve = graph_->addCurve(name, nextColour_++, GraphShape::Line);
        shown_.emplace(id, Shown{curve, scale});
        feeder_->add(*graph_, curve,
                     {id, counters::kVirtualProcessor, counters::kTotal, counters::kTotalRunTime},
                     scale);
    }
    graph_->setVisible(!shown_.empty());
    calm_->setVisible(shown_.empty());
}

}  // namespace gui
