// SPDX-License-Identifier: GPL-3.0-or-later
#include "logical_processor_grid.h"

#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QScrollArea>
#include <QScrollBar>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

#include "graph.h"
#include "graph_curves.h"
#include "graph_feeder.h"
#include "graph_legend.h"
#include "natural_order.h"

namespace gui {

namespace {

/// What an LP's time goes to, from below. A counter that the kernel has for the host's own programs
/// apart from guests there is none: as in Hyper-V both are the guests' part.
struct Part {
    const char* counter;
    const char* label;
    std::size_t colour;
};
constexpr std::array kParts{
    Part{counters::kGuestRunTime, QT_TRANSLATE_NOOP("gui::LogicalProcessorGrid", "guest and root"),
         0},
    Part{counters::kHypervisorRunTime, QT_TRANSLATE_NOOP("gui::LogicalProcessorGrid", "hypervisor"),
         3},
    Part{counters::kStolenTime, QT_TRANSLATE_NOOP("gui::LogicalProcessorGrid", "stolen"), 1},
};

constexpr int kMostColumns = 8;
constexpr int kMostRows = 4;

}  // namespace

LogicalProcessorGrid::LogicalProcessorGrid(PerformanceFeed& feed, QWidget* parent)
    : QWidget(parent),
      feed_(feed),
      feeder_(new GraphFeeder(feed, this)),
      scroll_(new QScrollArea(this)),
      inside_(new QWidget(this)),
      grid_(new QGridLayout(inside_)),
      calm_(new QLabel(tr("Waiting for the first figures..."), this)),
      legend_(new GraphLegend(this)),
      shown_(kParts.size(), true) {
    setObjectName(QStringLiteral("logicalProcessors"));
    calm_->setForegroundRole(QPalette::PlaceholderText);
    scroll_->setWidgetResizable(true);
    scroll_->setFrameShape(QFrame::NoFrame);
    scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll_->setFocusPolicy(Qt::NoFocus);
    inside_->setAutoFillBackground(false);
    scroll_->viewport()->setAutoFillBackground(false);
    scroll_->setWidget(inside_);
    scroll_->viewport()->installEventFilter(this);
    grid_->setContentsMargins(0, 0, 0, 0);
    grid_->setHorizontalSpacing(13);
    grid_->setVerticalSpacing(2);
    for (std::size_t part = 0; part < kParts.size(); ++part)
        legend_->add(static_cast<int>(part), tr(kParts[part].label));
    legend_->setNote(tr("empty: idle"));
    connect(legend_, &GraphLegend::toggled, this, [this](int part, bool shown) {
        shown_[static_cast<std::size_t>(part)] = shown;
        // Curves are numbered from 1 in the order in which they were added.
        for (Graph* const graph : graphs_)
            graph->setCurveShown(part + 1, shown);
    });
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    column->addWidget(calm_);
    column->addWidget(scroll_);
    column->addWidget(legend_);
    scroll_->hide();
    legend_->hide();
    dressLegend();
    connect(&feed, &PerformanceFeed::sampleArrived, this, &LogicalProcessorGrid::take);
}

void LogicalProcessorGrid::setTimeRange(TimeRange range) {
    range_ = range;
    for (Graph* const graph : graphs_)
        graph->setTimeRange(range);
}

void LogicalProcessorGrid::setPaused(bool paused) {
    paused_ = paused;
    for (Graph* const graph : graphs_)
        graph->setPaused(paused);
}

void LogicalProcessorGrid::take(const service::PerformanceSample& sample) {
    if (!sample.machineId.empty())
        return;
    std::vector<std::string> processors;
    for (const service::CounterValue& counter : sample.counters)
        if (counter.set == counters::kLogicalProcessor && counter.instance != counters::kTotal &&
            counter.name == counters::kTotalRunTime)
            processors.push_back(counter.instance);
    if (processors.empty() || processors == processors_)
        return;
    // LPs go and come when someone takes them offline.
    rebuild(std::move(processors));
}

void LogicalProcessorGrid::rebuild(std::vector<std::string> processors) {
    processors_ = std::move(processors);
    qDeleteAll(graphs_);
    qDeleteAll(names_);
    graphs_.clear();
    names_.clear();
    std::vector<std::string> ordered = processors_;
    const QCollator collator = naturalOrder();
    std::sort(ordered.begin(), ordered.end(),
              [&collator](const std::string& one, const std::string& other) {
                  return collator.compare(QString::fromStdString(one),
                                          QString::fromStdString(other)) < 0;
              });
    for (const std::string& processor : ordered) {
        const QString name = QString::fromStdString(processor);
        auto* graph = new Graph(GraphLook::Small, name, inside_);
        graph->setObjectName(name);
        graph->setFixedRange(0, 100);
        graph->setUnit(QStringLiteral(" %"));
        graph->setTimeRange(range_);
        graph->setPaused(paused_);
        for (std::size_t part = 0; part < kParts.size(); ++part) {
            const int curve =
                graph->addCurve(tr(kParts[part].label), kParts[part].colour, GraphShape::Stacked);
            graph->setCurveShown(curve, shown_[part]);
            feeder_->add(*graph, curve,
                         {{}, counters::kLogicalProcessor, processor, kParts[part].counter});
        }
        graphs_.push_back(graph);
        auto* label = new QLabel(name, inside_);
        label->setForegroundRole(QPalette::PlaceholderText);
        QFont small = label->font();
        if (small.pointSizeF() > 0)
            small.setPointSizeF(small.pointSizeF() * 0.86);
        label->setFont(small);
        label->setIndent(4);
        names_.push_back(label);
    }
    calm_->hide();
    scroll_->show();
    legend_->show();
    columns_ = 0;
    arrange();
}

void LogicalProcessorGrid::arrange() {
    if (graphs_.empty())
        return;
    const int least = 15 * fontMetrics().averageCharWidth() * 3 / 2;
    const int count = static_cast<int>(graphs_.size());
    // Four in a row as long as they fit, more when there are many.
    const int wanted = count <= 16 ? 4 : kMostColumns;
    const int columns =
        std::clamp(scroll_->viewport()->width() / least, 1, std::min(wanted, count));
    const int graphHeight = fontMetrics().height() * (columns <= 4 ? 5 : 4);
    const int rows = (count + columns - 1) / columns;
    const int rowHeight = graphHeight + names_.front()->sizeHint().height() + 4;
    scroll_->setFixedHeight(std::min(rows, kMostRows) * rowHeight);
    if (columns == columns_)
        return;
    for (int column = 0; column < columns_; ++column)
        grid_->setColumnStretch(column, 0);
    columns_ = columns;
    for (int at = 0; at < count; ++at) {
        Graph* const graph = graphs_[static_cast<std::size_t>(at)];
        graph->setFixedHeight(graphHeight);
        grid_->addWidget(graph, at / columns * 2, at % columns);
        grid_->addWidget(names_[static_cast<std::size_t>(at)], at / columns * 2 + 1, at % columns);
        grid_->setColumnStretch(at % columns, 1);
        graph->show();
        names_[static_cast<std::size_t>(at)]->show();
    }
}

void LogicalProcessorGrid::dressLegend() {
    for (std::size_t part = 0; part < kParts.size(); ++part)
        legend_->entry(static_cast<int>(part))
            ->setColour(GraphCurves::colourOf(kParts[part].colour, GraphShape::Stacked, palette()));
}

bool LogicalProcessorGrid::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Resize)
        arrange();
    return QWidget::eventFilter(watched, event);
}

void LogicalProcessorGrid::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    // Before it is known which LPs there are, no graph asks.
    feed_.setWanted(this, {std::string()});
}

void LogicalProcessorGrid::hideEvent(QHideEvent* event) {
    QWidget::hideEvent(event);
    feed_.setWanted(this, {});
}

void LogicalProcessorGrid::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        dressLegend();
}

}  // namespace gui
