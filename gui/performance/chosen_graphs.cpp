// SPDX-License-Identifier: GPL-3.0-or-later
#include "chosen_graphs.h"

#include <QVBoxLayout>

#include "counter_text.h"
#include "graph.h"
#include "graph_feeder.h"
#include "section_title.h"

namespace gui {

ChosenGraphs::ChosenGraphs(CounterModel& model, PerformanceFeed& feed, QWidget* parent)
    : QWidget(parent),
      model_(model),
      feeder_(new GraphFeeder(feed, this)),
      column_(new QVBoxLayout(this)) {
    setObjectName(QStringLiteral("chosenGraphs"));
    column_->setContentsMargins(0, 0, 0, 0);
    column_->setSpacing(14);
    connect(&model, &CounterModel::checkedChanged, this, &ChosenGraphs::change);
    connect(&model, &QAbstractItemModel::dataChanged, this,
            [this](const QModelIndex&, const QModelIndex&, const QList<int>& roles) {
                if (roles.isEmpty())
                    rename();
            });
}

std::vector<Graph*> ChosenGraphs::graphs() const {
    std::vector<Graph*> graphs;
    for (const auto& [counter, pane] : panes_)
        graphs.push_back(pane.graph);
    return graphs;
}

void ChosenGraphs::setTimeRange(TimeRange range) {
    range_ = range;
    for (const auto& [counter, pane] : panes_)
        pane.graph->setTimeRange(range);
}

void ChosenGraphs::setPaused(bool paused) {
    paused_ = paused;
    for (const auto& [counter, pane] : panes_)
        pane.graph->setPaused(paused);
}

ChosenGraphs::Pane& ChosenGraphs::paneOf(const CounterKey& counter) {
    const auto [at, isNew] = panes_.try_emplace({counter.set, counter.name});
    Pane& pane = at->second;
    if (!isNew)
        return pane;
    const QString title =
        shortSetName(counter.set) + QStringLiteral(": ") + QString::fromStdString(counter.name);
    pane.widget = new QWidget(this);
    pane.graph = new Graph(GraphLook::Open, title, pane.widget);
    pane.graph->setObjectName(QString::fromStdString(counter.name));
    pane.graph->setMinimumHeight(fontMetrics().height() * 13);
    pane.graph->setTimeRange(range_);
    pane.graph->setPaused(paused_);
    if (counter.name.starts_with('%')) {
        pane.graph->setFixedRange(0, 100);
        pane.graph->setUnit(QStringLiteral(" %"));
    }
    auto* column = new QVBoxLayout(pane.widget);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    column->addWidget(new SectionTitle(title, pane.widget));
    column->addWidget(pane.graph, 1);
    column_->addWidget(pane.widget);
    emit added(pane.graph);
    return pane;
}

void ChosenGraphs::change(const CounterKey& counter, bool checked) {
    if (checked) {
        Pane& pane = paneOf(counter);
        const int curve =
            pane.graph->addCurve(model_.instanceText(counter), pane.nextColour++, GraphShape::Line);
        pane.curves.emplace(counter, curve);
        feeder_->add(*pane.graph, curve, counter);
        return;
    }
    const auto found = panes_.find({counter.set, counter.name});
    if (found == panes_.end())
        return;
    Pane& pane = found->second;
    const auto curve = pane.curves.find(counter);
    if (curve == pane.curves.end())
        return;
    feeder_->remove(*pane.graph, curve->second);
    pane.graph->removeCurve(curve->second);
    pane.curves.erase(curve);
    if (!pane.curves.empty())
        return;
    pane.widget->hide();
    pane.widget->deleteLater();
    panes_.erase(found);
}

void ChosenGraphs::rename() {
    for (const auto& [name, pane] : panes_)
        for (const auto& [counter, curve] : pane.curves)
            pane.graph->renameCurve(curve, model_.instanceText(counter));
}

}  // namespace gui
