// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_performance.h"

#include <QGridLayout>
#include <QLabel>
#include <QMenu>
#include <QScrollArea>
#include <QStackedLayout>
#include <QToolButton>
#include <algorithm>
#include <array>

#include "counter_text.h"
#include "device_graphs.h"
#include "graph.h"
#include "graph_feeder.h"
#include "gui/appearance/banner.h"
#include "gui/appearance/colours.h"
#include "gui/appearance/tool_tip.h"
#include "gui/connection/text.h"

namespace gui {

namespace {

/// One curve for each kind, named as short as administrators speak of it.
struct Kind {
    const char* counter;
    const char* label;
};
constexpr std::array kInterceptKinds{
    Kind{"HLT Instructions/sec", QT_TRANSLATE_NOOP("gui::MachinePerformance", "HLT")},
    Kind{"IO Instructions/sec", QT_TRANSLATE_NOOP("gui::MachinePerformance", "I/O")},
    Kind{"Memory Intercept Messages/sec", QT_TRANSLATE_NOOP("gui::MachinePerformance", "memory")},
    Kind{"MSR Accesses/sec", QT_TRANSLATE_NOOP("gui::MachinePerformance", "MSR")},
    Kind{"External Interrupts/sec",
         QT_TRANSLATE_NOOP("gui::MachinePerformance", "external interrupts")},
    Kind{"Hypercalls/sec", QT_TRANSLATE_NOOP("gui::MachinePerformance", "hypercalls")},
    Kind{"CPUID Instructions/sec", QT_TRANSLATE_NOOP("gui::MachinePerformance", "CPUID")},
    Kind{"Emulated Instructions/sec",
         QT_TRANSLATE_NOOP("gui::MachinePerformance", "emulated instructions")},
    Kind{"Other Intercepts/sec", QT_TRANSLATE_NOOP("gui::MachinePerformance", "other")},
};

constexpr std::size_t kBlue = 0;
constexpr std::size_t kYellow = 3;
constexpr double kThousandths = 1'000;
/// Of a graph's height.
constexpr int kLeastLines = 9;

QLabel* titleLabel(const QString& text, QWidget* parent) {
    auto* label = new QLabel(text, parent);
    label->setTextFormat(Qt::PlainText);
    label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    return label;
}

CounterKey processorCounter(const std::string& machine, const char* name) {
    return {machine, counters::kVirtualProcessor, counters::kTotal, name};
}

}  // namespace

MachinePerformance::MachinePerformance(MachineStore& store, PerformanceFeed& feed, QWidget* parent)
    : QWidget(parent),
      store_(store),
      feeder_(new GraphFeeder(feed, this)),
      pages_(new QStackedLayout(this)),
      calm_(new QLabel(this)) {
    // As graphs have it.
    setBackgroundRole(QPalette::Base);
    setAutoFillBackground(true);
    calm_->setObjectName(QStringLiteral("calmText"));
    calm_->setTextFormat(Qt::PlainText);
    calm_->setAlignment(Qt::AlignCenter);
    calm_->setWordWrap(true);
    calm_->setForegroundRole(QPalette::PlaceholderText);
    calm_->setMargin(20);
    pages_->addWidget(calm_);
    pages_->addWidget(makePanes(feed));
    const auto onMachine = [this](const std::string& id) {
        if (id == id_)
            showState();
    };
    connect(&store, &MachineStore::changed, this, onMachine);
    connect(&store, &MachineStore::removed, this, onMachine);
    connect(&store, &MachineStore::added, this, onMachine);
    connect(&store, &MachineStore::replaced, this, &MachinePerformance::showState);
    connect(&store, &MachineStore::hostChanged, this, &MachinePerformance::showLevels);
    connect(&feed, &PerformanceFeed::sampleArrived, this, &MachinePerformance::take);
    setTimeRange(TimeRange::Minute);
    showState();
}

QWidget* MachinePerformance::makePanes(PerformanceFeed& feed) {
    auto* scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    // Its graphs take the focus.
    scroll->setFocusPolicy(Qt::NoFocus);
    auto* page = new QWidget(scroll);
    scroll->setWidget(page);
    banner_ = new Banner(page);
    processorTitle_ = titleLabel({}, page);
    range_ = new QToolButton(page);
    makeRangeChoice();
    processor_ = new Graph(GraphLook::Framed, tr("Processor"), page);
    processor_->setObjectName(QStringLiteral("processorGraph"));
    processor_->setFixedRange(0, 100);
    processor_->setUnit(QStringLiteral(" %"));
    guest_ = processor_->addCurve(tr("guest"), kBlue, GraphShape::Area);
    hypervisor_ = processor_->addCurve(tr("hypervisor"), kYellow, GraphShape::Line);
    total_ = processor_->addCurve(tr("total"), kBlue, GraphShape::Line);
    auto* interceptsTitle = titleLabel(tr("Intercepts per second, by kind"), page);
    intercepts_ = new Graph(GraphLook::Framed, tr("Intercepts"), page);
    intercepts_->setObjectName(QStringLiteral("interceptsGraph"));
    for (std::size_t kind = 0; kind < kInterceptKinds.size(); ++kind)
        kinds_.push_back(
            intercepts_->addCurve(tr(kInterceptKinds[kind].label), kind + 1, GraphShape::Line));
    for (Graph* const graph : {processor_, intercepts_}) {
        graph->setMinimumHeight(fontMetrics().height() * kLeastLines);
        connect(graph, &Graph::failed, this, [this](const QString& problem) {
            banner_->say(Banner::Kind::Error, problem, tr("Close"));
        });
    }
    connect(banner_, &Banner::pressed, banner_, &Banner::clear);
    devices_ = new DeviceGraphs(*feeder_, feed, page);
    connect(devices_, &DeviceGraphs::failed, this, [this](const QString& problem) {
        banner_->say(Banner::Kind::Error, problem, tr("Close"));
    });

    auto* grid = new QGridLayout(page);
    grid->setContentsMargins(10, 8, 12, 8);
    grid->setHorizontalSpacing(16);
    grid->setVerticalSpacing(5);
    auto* head = new QHBoxLayout;
    head->addWidget(processorTitle_, 1);
    head->addWidget(range_);
    grid->addWidget(banner_, 0, 0, 1, 2);
    grid->addLayout(head, 1, 0);
    grid->addWidget(interceptsTitle, 1, 1);
    grid->addWidget(processor_, 2, 0);
    grid->addWidget(intercepts_, 2, 1);
    grid->addWidget(devices_, 3, 0, 1, 2);
    grid->setRowStretch(2, 1);
    grid->setRowStretch(3, 1);
    grid->setColumnStretch(0, 1);
    grid->setColumnStretch(1, 1);
    return scroll;
}

void MachinePerformance::makeRangeChoice() {
    range_->setObjectName(QStringLiteral("rangeChoice"));
    range_->setAccessibleName(tr("Time shown"));
    range_->setToolTip(tr("Time shown"));
    range_->setPopupMode(QToolButton::InstantPopup);
    range_->setToolButtonStyle(Qt::ToolButtonTextOnly);
    range_->setAutoRaise(true);
    // The sign is in its text, beside which the style's own would only make a hook.
    range_->setStyleSheet(QStringLiteral("QToolButton::menu-indicator { image: none; }"));
    auto* menu = new QMenu(range_);
    for (const TimeRange one : kTimeRanges)
        menu->addAction(textOf(one), this, [this, one] { setTimeRange(one); });
    range_->setMenu(menu);
}

void MachinePerformance::setTimeRange(TimeRange range) {
    range_->setText(textOf(range) + QStringLiteral(" \u25BE"));
    processor_->setTimeRange(range);
    intercepts_->setTimeRange(range);
    devices_->setTimeRange(range);
}

void MachinePerformance::setMachine(const std::string& id) {
    if (id == id_)
        return;
    id_ = id;
    bind();
    showState();
}

void MachinePerformance::bind() {
    feeder_->clear();
    for (Graph* const graph : {processor_, intercepts_}) {
        graph->clearFigures();
        graph->resetZoom();
    }
    processor_->setCurveShown(total_, false);
    countsParts_.reset();
    devices_->setMachine(id_);
    if (id_.empty())
        return;
    feeder_->add(*processor_, guest_, processorCounter(id_, counters::kGuestRunTime));
    feeder_->add(*processor_, hypervisor_, processorCounter(id_, counters::kHypervisorRunTime));
    feeder_->add(*processor_, total_, processorCounter(id_, counters::kTotalRunTime));
    for (std::size_t kind = 0; kind < kinds_.size(); ++kind)
        feeder_->add(*intercepts_, kinds_[kind],
                     processorCounter(id_, kInterceptKinds[kind].counter));
}

void MachinePerformance::take(const service::PerformanceSample& sample) {
    if (countsParts_ || sample.machineId != id_)
        return;
    bool guest = false;
    bool total = false;
    for (const service::CounterValue& counter : sample.counters)
        if (counter.value && counter.set == counters::kVirtualProcessor &&
            counter.instance == counters::kTotal) {
            guest |= counter.name == counters::kGuestRunTime;
            total |= counter.name == counters::kTotalRunTime;
        }
    // Just started, it has neither.
    if (!guest && !total)
        return;
    countsParts_ = guest;
    processor_->setCurveShown(total_, !guest);
}

void MachinePerformance::showState() {
    const KnownMachine* const machine = store_.find(id_);
    const bool runs = machine && service::isActive(machine->summary.state);
    pages_->setCurrentIndex(runs ? 1 : 0);
    if (!machine)
        calm_->setText(tr("Select a machine to see its performance."));
    else if (!runs)
        calm_->setText(
            tr("%1 is not running (%2). Its performance is shown here while it runs.")
                .arg(fromUtf8(machine->summary.name), stateText(machine->summary.state)));
    if (!runs)
        return;
    const std::uint32_t count = machine->summary.processor.count;
    processorTitle_->setText(count == 1
                                 ? tr("Processor, % of its virtual processor")
                                 : tr("Processor, % of its %1 virtual processors").arg(count));
    processorTitle_->setToolTip(plainToolTip(processorTitle_->text()));
    showLevels();
}

void MachinePerformance::showLevels() {
    const KnownMachine* const machine = store_.find(id_);
    if (!machine)
        return;
    const service::ProcessorSettings& settings = machine->summary.processor;
    std::vector<GraphLevel> levels;
    const auto percent = [](double value) { return tr("%1 %").arg(axisText(value)); };
    if (settings.reserve > 0) {
        const double reserve = settings.reserve / kThousandths;
        levels.push_back({reserve, tr("reserve %1").arg(percent(reserve)), GraphLevel::Tone::Good});
    }
    if (settings.limit < service::kNoLimit) {
        const double limit = settings.limit / kThousandths;
        levels.push_back({limit, tr("limit %1").arg(percent(limit)), GraphLevel::Tone::Bad});
    }
    processor_->setLevels(std::move(levels));
    QString note;
    if (const auto& host = store_.host()) {
        const auto found =
            std::find_if(host->reservations.begin(), host->reservations.end(),
                         [this](const service::Reservation& one) { return one.id == id_; });
        if (found != host->reservations.end() && settings.count > 0)
            note = tr("entitlement now %1 %")
                       .arg(qRound(std::min(100.0, found->entitlementPercentOfTotal *
                                                       host->logicalProcessors / settings.count)));
    }
    processor_->setNote(note);
}

}  // namespace gui
