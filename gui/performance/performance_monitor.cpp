// SPDX-License-Identifier: GPL-3.0-or-later
#include "performance_monitor.h"

#include <QActionGroup>
#include <QEvent>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QScrollArea>
#include <QSplitter>
#include <QToolBar>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include "chosen_graphs.h"
#include "counter_model.h"
#include "graph.h"
#include "graph_export.h"
#include "gui/appearance/colours.h"
#include "gui/appearance/icons.h"
#include "gui/connection/text.h"
#include "gui/windows/problem_banner.h"
#include "logical_processor_grid.h"
#include "section_title.h"
#include "side_pane.h"
#include "whole_server_graph.h"

namespace gui {

namespace {

constexpr TimeRange kFirstRange = TimeRange::FiveMinutes;

}  // namespace

PerformanceMonitor::PerformanceMonitor(MachineStore& store, PerformanceFeed& feed, QWidget* parent)
    : QMainWindow(parent),
      store_(store),
      feed_(feed),
      model_(new CounterModel(this)),
      filter_(new CounterFilter(*model_, this)) {
    setObjectName(QStringLiteral("performanceMonitor"));
    setContextMenuPolicy(Qt::NoContextMenu);
    auto* splitter = new QSplitter(Qt::Horizontal, this);
    splitter->setHandleWidth(1);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(makeCounters());
    splitter->addWidget(makeGraphs());
    splitter->setStretchFactor(1, 1);
    const int letter = fontMetrics().averageCharWidth();
    splitter->setSizes({42 * letter, 128 * letter});
    setCentralWidget(splitter);
    makeToolBar();
    resize(170 * letter, 44 * fontMetrics().height());

    connect(&feed, &PerformanceFeed::sampleArrived, model_, &CounterModel::take);
    connect(&store, &MachineStore::removed, model_, &CounterModel::removeMachine);
    for (const auto signal : {&MachineStore::added, &MachineStore::changed})
        connect(&store, signal, this, &PerformanceMonitor::nameMachines);
    connect(&store, &MachineStore::replaced, this, &PerformanceMonitor::nameMachines);
    connect(&store, &MachineStore::hostChanged, this, &PerformanceMonitor::showTitle);
    connect(&store.connection(), &ServiceConnection::stateChanged, this,
            &PerformanceMonitor::showTitle);
    nameMachines();
    showTitle();
    setTimeRange(kFirstRange);
    tree_->setFocus();
}

void PerformanceMonitor::makeToolBar() {
    auto* bar = addToolBar(tr("Graphs"));
    bar->setObjectName(QStringLiteral("toolBar"));
    bar->setMovable(false);
    bar->setIconSize(QSize(16, 16));
    pause_ = bar->addAction(icon(QStringLiteral("pause"), IconTone::Text), tr("Pause"));
    pause_->setObjectName(QStringLiteral("pause"));
    pause_->setCheckable(true);
    pause_->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_P));
    connect(pause_, &QAction::toggled, this, &PerformanceMonitor::setPaused);
    reset_ = bar->addAction(icon(QStringLiteral("zoom-reset"), IconTone::Text), tr("Reset Zoom"),
                            this, &PerformanceMonitor::resetZoom);
    reset_->setObjectName(QStringLiteral("zoomReset"));
    reset_->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_0));
    reset_->setEnabled(false);
    QAction* const search = bar->addAction(icon(QStringLiteral("search"), IconTone::Text),
                                           tr("Search Counters"), this, [this] {
                                               search_->setFocus(Qt::ShortcutFocusReason);
                                               search_->selectAll();
                                           });
    search->setObjectName(QStringLiteral("find"));
    search->setShortcut(QKeySequence::Find);
    bar->addSeparator();
    auto* ranges = new QActionGroup(this);
    int key = 1;
    for (const TimeRange range : kTimeRanges) {
        QAction* const one = bar->addAction(textOf(range));
        one->setObjectName(QStringLiteral("range%1").arg(key));
        one->setShortcut(QKeySequence(QStringLiteral("Ctrl+%1").arg(key++)));
        one->setToolTip(
            tr("Show the last %1 (%2)")
                .arg(textOf(range), one->shortcut().toString(QKeySequence::NativeText)));
        one->setCheckable(true);
        one->setChecked(range == kFirstRange);
        ranges->addAction(one);
        connect(one, &QAction::triggered, this, [this, range] { setTimeRange(range); });
    }
    bar->addSeparator();
    auto* menu = new QMenu(this);
    QAction* const picture =
        menu->addAction(tr("&Picture (PNG)..."), this, &PerformanceMonitor::exportAsPicture);
    picture->setObjectName(QStringLiteral("exportPicture"));
    picture->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_S));
    QAction* const figures =
        menu->addAction(tr("&Values (CSV)..."), this, &PerformanceMonitor::exportAsFigures);
    figures->setObjectName(QStringLiteral("exportValues"));
    figures->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S));
    auto* button = new QToolButton(bar);
    button->setObjectName(QStringLiteral("export"));
    button->setText(tr("Export..."));
    button->setIcon(icon(QStringLiteral("export"), IconTone::Text));
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setPopupMode(QToolButton::InstantPopup);
    button->setMenu(menu);
    button->setStyleSheet(QStringLiteral("QToolButton::menu-indicator { image: none; }"));
    bar->addWidget(button);
    addActions({picture, figures});
}

QWidget* PerformanceMonitor::makeCounters() {
    auto* pane = new SidePane(this);
    search_ = new QLineEdit(pane);
    search_->setObjectName(QStringLiteral("search"));
    search_->setPlaceholderText(tr("Search counters"));
    search_->setAccessibleName(tr("Search counters"));
    search_->setClearButtonEnabled(true);
    search_->installEventFilter(this);
    tree_ = new QTreeView(pane);
    tree_->setObjectName(QStringLiteral("counters"));
    tree_->setAccessibleName(tr("Counters"));
    tree_->setHeaderHidden(true);
    tree_->setUniformRowHeights(true);
    tree_->setFrameShape(QFrame::NoFrame);
    tree_->setIndentation(14);
    tree_->setTextElideMode(Qt::ElideMiddle);
    tree_->setModel(filter_);
    tree_->viewport()->setAutoFillBackground(false);
    connect(search_, &QLineEdit::textChanged, this, [this](const QString& text) {
        filter_->setFilterFixedString(text.trimmed());
        if (text.trimmed().isEmpty())
            tree_->expandToDepth(0);
        else
            tree_->expandToDepth(1);
    });
    // Sets are few, and what is in them is looked for.
    connect(filter_, &QAbstractItemModel::rowsInserted, tree_,
            [this](const QModelIndex& parent, int first, int last) {
                if (parent.isValid())
                    return;
                for (int row = first; row <= last; ++row)
                    tree_->expand(filter_->index(row, 0));
            });
    auto* column = new QVBoxLayout(pane);
    column->setContentsMargins(9, 9, 9, 0);
    column->setSpacing(7);
    column->addWidget(search_);
    column->addWidget(tree_, 1);
    return pane;
}

QWidget* PerformanceMonitor::makeGraphs() {
    auto* right = new QWidget(this);
    banner_ = new ProblemBanner(store_.connection(), right);
    auto* scroll = new QScrollArea(right);
    scroll->setObjectName(QStringLiteral("page"));
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    page_ = new QWidget(scroll);
    page_->setBackgroundRole(QPalette::Base);
    scroll->setBackgroundRole(QPalette::Base);
    processors_ = new LogicalProcessorGrid(feed_, page_);
    machines_ = new WholeServerGraph(store_, feed_, page_);
    chosen_ = new ChosenGraphs(*model_, feed_, page_);
    watch(machines_->graph());
    connect(chosen_, &ChosenGraphs::added, this, [this](Graph* graph) { watch(*graph); });
    auto* column = new QVBoxLayout(page_);
    column->setContentsMargins(14, 10, 14, 12);
    column->setSpacing(8);
    column->addWidget(new SectionTitle(tr("Logical processors"), page_));
    column->addWidget(processors_);
    column->addSpacing(6);
    column->addWidget(
        new SectionTitle(tr("Virtual machines: % Total Run Time, of the whole server"), page_));
    column->addWidget(machines_, 1);
    column->addWidget(chosen_);
    scroll->setWidget(page_);
    auto* whole = new QVBoxLayout(right);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    whole->addWidget(banner_);
    whole->addWidget(scroll, 1);
    return right;
}

void PerformanceMonitor::watch(Graph& graph) {
    connect(&graph, &Graph::failed, banner_, &ProblemBanner::complain);
    connect(&graph, &Graph::pausedChanged, this,
            [this](bool paused) { pause_->setChecked(paused); });
    connect(&graph, &Graph::movedChanged, this, [this] {
        bool moved = false;
        for (const Graph* const one : graphs())
            moved |= one->window().isMoved();
        reset_->setEnabled(moved);
    });
}

std::vector<Graph*> PerformanceMonitor::graphs() const {
    std::vector<Graph*> graphs = processors_->graphs();
    graphs.push_back(&machines_->graph());
    for (Graph* const one : chosen_->graphs())
        graphs.push_back(one);
    return graphs;
}

void PerformanceMonitor::setTimeRange(TimeRange range) {
    processors_->setTimeRange(range);
    machines_->graph().setTimeRange(range);
    chosen_->setTimeRange(range);
}

void PerformanceMonitor::setPaused(bool paused) {
    pause_->setIcon(
        icon(paused ? QStringLiteral("start") : QStringLiteral("pause"), IconTone::Text));
    pause_->setText(paused ? tr("Continue") : tr("Pause"));
    processors_->setPaused(paused);
    machines_->graph().setPaused(paused);
    chosen_->setPaused(paused);
}

void PerformanceMonitor::resetZoom() {
    for (Graph* const graph : graphs())
        graph->resetZoom();
}

void PerformanceMonitor::exportAsPicture() {
    exportPicture(
        this, windowTitle(), [this] { return page_->grab().toImage(); },
        [this](const QString& problem) { banner_->complain(problem); });
}

void PerformanceMonitor::exportAsFigures() {
    exportFigures(
        this, windowTitle(),
        [this](QIODevice& to) {
            const std::vector<Graph*> all = graphs();
            const std::vector<const Graph*> some(all.begin(), all.end());
            return writeCsv(some, to);
        },
        [this](const QString& problem) { banner_->complain(problem); });
}

void PerformanceMonitor::showTitle() {
    const auto& host = store_.host();
    setWindowTitle(host && !host->hostName.empty()
                       ? tr("Performance Monitor - %1").arg(fromUtf8(host->hostName))
                       : tr("Performance Monitor"));
}

void PerformanceMonitor::nameMachines() {
    for (const auto& [id, machine] : store_.machines())
        model_->setMachineName(id, fromUtf8(machine.summary.name));
}

bool PerformanceMonitor::eventFilter(QObject* watched, QEvent* event) {
    if (watched == search_ && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Escape && !search_->text().isEmpty()) {
            search_->clear();
            return true;
        }
        if (key == Qt::Key_Down || key == Qt::Key_Return || key == Qt::Key_Enter) {
            tree_->setFocus();
            return true;
        }
    }
    return QMainWindow::eventFilter(watched, event);
}

}  // namespace gui
