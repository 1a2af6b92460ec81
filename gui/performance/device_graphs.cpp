// SPDX-License-Identifier: GPL-3.0-or-later
#include "device_graphs.h"

#include <QGridLayout>
#include <QLabel>
#include <QMenu>
#include <QToolButton>
#include <array>

#include "graph.h"
#include "graph_feeder.h"

namespace gui {

namespace {

constexpr std::size_t kBlue = 0;
constexpr std::size_t kYellow = 3;
/// Of a graph's height.
constexpr int kLeastLines = 9;

struct StorageFigure {
    const char* label;
    const char* read;
    const char* written;
    const char* unit;
    double scale;
};
constexpr std::array kStorageFigures{
    StorageFigure{QT_TRANSLATE_NOOP("gui::DeviceGraphs", "Bytes per second"), "Read Bytes/sec",
                  "Write Bytes/sec", "", 1},
    StorageFigure{QT_TRANSLATE_NOOP("gui::DeviceGraphs", "Operations per second"),
                  "Read Operations/Sec", "Write Operations/Sec", "", 1},
    StorageFigure{QT_TRANSLATE_NOOP("gui::DeviceGraphs", "Latency"), "Read Latency",
                  "Write Latency", " ms", 1'000}};

QLabel* titleLabel(const QString& text, QWidget* parent) {
    auto* label = new QLabel(text, parent);
    label->setTextFormat(Qt::PlainText);
    label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    return label;
}

}  // namespace

DeviceGraphs::DeviceGraphs(GraphFeeder& feeder, PerformanceFeed& feed, QWidget* parent)
    : QWidget(parent), feeder_(feeder) {
    storageTitle_ = titleLabel(tr("Drives"), this);
    figureChoice_ = new QToolButton(this);
    makeFigureChoice();
    storage_ = new Graph(GraphLook::Framed, tr("Drives"), this);
    storage_->setObjectName(QStringLiteral("storageGraph"));
    read_ = storage_->addCurve(tr("read"), kBlue, GraphShape::Line);
    written_ = storage_->addCurve(tr("written"), kYellow, GraphShape::Line);
    networkTitle_ = titleLabel(tr("Network adapters, bytes per second"), this);
    network_ = new Graph(GraphLook::Framed, tr("Network adapters"), this);
    network_->setObjectName(QStringLiteral("networkGraph"));
    received_ = network_->addCurve(tr("received"), kBlue, GraphShape::Line);
    sent_ = network_->addCurve(tr("sent"), kYellow, GraphShape::Line);
    for (Graph* const graph : {storage_, network_}) {
        graph->setMinimumHeight(fontMetrics().height() * kLeastLines);
        connect(graph, &Graph::failed, this, &DeviceGraphs::failed);
    }

    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(16);
    grid->setVerticalSpacing(5);
    auto* head = new QHBoxLayout;
    head->addWidget(storageTitle_, 1);
    head->addWidget(figureChoice_);
    grid->addLayout(head, 0, 0);
    grid->addWidget(networkTitle_, 0, 1);
    grid->addWidget(storage_, 1, 0);
    grid->addWidget(network_, 1, 1);
    grid->setRowStretch(1, 1);
    grid->setColumnStretch(0, 1);
    grid->setColumnStretch(1, 1);
    connect(&feed, &PerformanceFeed::sampleArrived, this, &DeviceGraphs::take);
    setFigure(0);
    show(false, false);
}

void DeviceGraphs::makeFigureChoice() {
    figureChoice_->setObjectName(QStringLiteral("storageFigureChoice"));
    figureChoice_->setAccessibleName(tr("Figures of the drives"));
    figureChoice_->setToolTip(tr("Figures of the drives"));
    figureChoice_->setPopupMode(QToolButton::InstantPopup);
    figureChoice_->setToolButtonStyle(Qt::ToolButtonTextOnly);
    figureChoice_->setAutoRaise(true);
    // The sign is in its text, beside which the style's own would only make a hook.
    figureChoice_->setStyleSheet(QStringLiteral("QToolButton::menu-indicator { image: none; }"));
    auto* menu = new QMenu(figureChoice_);
    for (std::size_t figure = 0; figure < kStorageFigures.size(); ++figure)
        menu->addAction(tr(kStorageFigures[figure].label), this,
                        [this, figure] { setFigure(figure); });
    figureChoice_->setMenu(menu);
}

void DeviceGraphs::setFigure(std::size_t figure) {
    figure_ = figure;
    const StorageFigure& shown = kStorageFigures[figure];
    figureChoice_->setText(tr(shown.label) + QStringLiteral(" \u25BE"));
    storage_->setUnit(QString::fromLatin1(shown.unit));
    feeder_.remove(*storage_, read_);
    feeder_.remove(*storage_, written_);
    storage_->clearFigures();
    feedStorage();
}

void DeviceGraphs::feedStorage() {
    if (id_.empty())
        return;
    const StorageFigure& shown = kStorageFigures[figure_];
    const auto counter = [this](const char* name) {
        return CounterKey{id_, counters::kStorageDevice, counters::kTotal, name};
    };
    feeder_.add(*storage_, read_, counter(shown.read), shown.scale);
    feeder_.add(*storage_, written_, counter(shown.written), shown.scale);
}

void DeviceGraphs::setMachine(const std::string& id) {
    id_ = id;
    for (Graph* const graph : {storage_, network_}) {
        graph->clearFigures();
        graph->resetZoom();
    }
    show(false, false);
    if (id.empty())
        return;
    feedStorage();
    const auto counter = [&id](const char* name) {
        return CounterKey{id, counters::kNetworkAdapter, counters::kTotal, name};
    };
    feeder_.add(*network_, received_, counter("Bytes Received/sec"));
    feeder_.add(*network_, sent_, counter("Bytes Sent/sec"));
}

void DeviceGraphs::setTimeRange(TimeRange range) {
    storage_->setTimeRange(range);
    network_->setTimeRange(range);
}

void DeviceGraphs::take(const service::PerformanceSample& sample) {
    if (sample.machineId != id_ || id_.empty())
        return;
    bool storage = false;
    bool network = false;
    for (const service::CounterValue& counter : sample.counters) {
        storage |= counter.set == counters::kStorageDevice;
        network |= counter.set == counters::kNetworkAdapter;
    }
    show(storage, network);
}

void DeviceGraphs::show(bool storage, bool network) {
    for (QWidget* const one :
         std::initializer_list<QWidget*>{storageTitle_, figureChoice_, storage_})
        one->setVisible(storage);
    networkTitle_->setVisible(network);
    network_->setVisible(network);
    setVisible(storage || network);
}

}  // namespace gui
