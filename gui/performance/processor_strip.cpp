// SPDX-License-Identifier: GPL-3.0-or-later
#include "processor_strip.h"

#include <QLabel>
#include <QStackedLayout>
#include <algorithm>

#include "counter_text.h"
#include "graph.h"
#include "graph_feeder.h"

namespace gui {

namespace {

std::optional<double> figureOf(const service::PerformanceSample& sample, const char* name) {
    for (const service::CounterValue& counter : sample.counters)
        if (counter.name == name && counter.instance == counters::kTotal &&
            counter.set == counters::kVirtualProcessor)
            return counter.value;
    return std::nullopt;
}

}  // namespace

ProcessorStrip::ProcessorStrip(MachineStore& store, PerformanceFeed& feed, QWidget* parent)
    : QWidget(parent),
      store_(store),
      feeder_(new GraphFeeder(feed, this)),
      pages_(new QStackedLayout(this)),
      calm_(new QLabel(this)),
      graph_(new Graph(GraphLook::Small, tr("What this machine uses now"), this)) {
    calm_->setObjectName(QStringLiteral("calmText"));
    calm_->setText(tr("What the machine uses is shown here while it runs."));
    calm_->setAlignment(Qt::AlignCenter);
    calm_->setForegroundRole(QPalette::PlaceholderText);
    calm_->setWordWrap(true);
    graph_->setObjectName(QStringLiteral("stripGraph"));
    graph_->setFixedRange(0, 100);
    graph_->setUnit(QStringLiteral(" %"));
    graph_->setTimeRange(TimeRange::Minute);
    use_ = graph_->addCurve(tr("total run time"), 0, GraphShape::Area);
    pages_->addWidget(calm_);
    pages_->addWidget(graph_);
    connect(&feed, &PerformanceFeed::sampleArrived, this, &ProcessorStrip::take);
    connect(&store, &MachineStore::changed, this, &ProcessorStrip::showState);
    connect(&store, &MachineStore::replaced, this, &ProcessorStrip::showState);
    showState();
}

void ProcessorStrip::setMachine(const std::string& id) {
    if (id == id_)
        return;
    id_ = id;
    feeder_->clear();
    graph_->clearFigures();
    graph_->setCornerText({});
    if (!id_.empty())
        feeder_->add(*graph_, use_,
                     {id_, counters::kVirtualProcessor, counters::kTotal, counters::kTotalRunTime});
    showState();
}

void ProcessorStrip::setReserve(double percent) {
    reserve_ = percent;
    showLevels();
}

void ProcessorStrip::setLimit(double percent) {
    limit_ = percent;
    showLevels();
}

void ProcessorStrip::showState() {
    const KnownMachine* const machine = store_.find(id_);
    const bool runs = machine && service::isActive(machine->summary.state);
    pages_->setCurrentIndex(runs ? 1 : 0);
    if (!runs)
        graph_->setCornerText({});
}

void ProcessorStrip::showLevels() {
    std::vector<GraphLevel> levels;
    if (reserve_ > 0)
        levels.push_back(
            {reserve_, tr("reserve %1 %").arg(axisText(reserve_)), GraphLevel::Tone::Good});
    if (limit_ < 100)
        levels.push_back({limit_, tr("limit %1 %").arg(axisText(limit_)), GraphLevel::Tone::Bad});
    graph_->setLevels(std::move(levels));
}

void ProcessorStrip::take(const service::PerformanceSample& sample) {
    if (sample.machineId != id_ || !graph_->isShown())
        return;
    const auto run = figureOf(sample, counters::kTotalRunTime);
    const auto wait = figureOf(sample, counters::kWaitTime);
    QString text;
    if (run && wait)
        // A VP can't want more than one LP.
        text = tr("using %1 %, wants %2 %")
                   .arg(qRound(*run))
                   .arg(qRound(std::min(*run + *wait, std::max(100.0, *run))));
    else if (run)
        text = tr("using %1 %").arg(qRound(*run));
    graph_->setCornerText(text);
    graph_->setAccessibleDescription(text);
}

}  // namespace gui
