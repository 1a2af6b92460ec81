// SPDX-License-Identifier: GPL-3.0-or-later
#include "event_list.h"

#include <QHeaderView>

#include "gui/appearance/icons.h"
#include "gui/appearance/tool_tip.h"
#include "gui/connection/text.h"

namespace gui {

using namespace service;  // NOLINT: what is shown

EventListModel::EventListModel(ServiceConnection& connection, QObject* parent)
    : QAbstractTableModel(parent), connection_(connection) {
    connect(&connection, &ServiceConnection::eventRecorded, this, &EventListModel::take);
    connect(&connection, &ServiceConnection::stateChanged, this, [this] {
        if (connection_.state() == ServiceConnection::State::Connected)
            load();
    });
}

void EventListModel::setMachine(const std::string& id) {
    machine_ = id;
    beginResetModel();
    events_.clear();
    endResetModel();
    load();
}

void EventListModel::load() {
    EventsListParams params;
    if (!machine_.empty())
        params.machine = machine_;
    params.limit = static_cast<std::uint32_t>(kMost);
    connection_.call<EventsListMethod>(
        params, this, [this, asked = machine_](RpcResult<EventsListReply> reply) {
            if (!reply || asked != machine_)
                return;
            beginResetModel();
            events_.assign(reply->events.rbegin(), reply->events.rend());
            endResetModel();
        });
}

void EventListModel::take(const EventRecord& event) {
    if (!machine_.empty() && event.machineId != machine_)
        return;
    // The reply to load() has it too when it was asked for later.
    if (!events_.empty() && events_.front().id >= event.id)
        return;
    beginInsertRows({}, 0, 0);
    events_.push_front(event);
    endInsertRows();
    if (events_.size() > kMost) {
        const int last = static_cast<int>(events_.size()) - 1;
        beginRemoveRows({}, last, last);
        events_.pop_back();
        endRemoveRows();
    }
}

int EventListModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(events_.size());
}

int EventListModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kColumns;
}

QVariant EventListModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || static_cast<std::size_t>(index.row()) >= events_.size())
        return {};
    const EventRecord& event = events_[static_cast<std::size_t>(index.row())];
    if (role == Qt::ToolTipRole && index.column() == Text)
        return plainToolTip(fromUtf8(event.text));
    if (role == Qt::DecorationRole && index.column() == Severity)
        switch (event.severity) {
            case EventSeverity::Information:
                return icon(QStringLiteral("information"));
            case EventSeverity::Warning:
                return icon(QStringLiteral("warning"), IconTone::Warning);
            default:
                return icon(QStringLiteral("warning"), IconTone::Bad);
        }
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
        case Time:
            return dateAndTime(event.time);
        case Severity:
            switch (event.severity) {
                case EventSeverity::Information:
                    return tr("Information");
                case EventSeverity::Warning:
                    return tr("Warning");
                default:
                    return tr("Error");
            }
        case Kind:
            return fromUtf8(event.kind);
        case Machine:
            return event.machineName.empty() ? tr("Service") : fromUtf8(event.machineName);
        case Text:
            return fromUtf8(event.text).simplified();
        default:
            return {};
    }
}

QVariant EventListModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
        case Time:
            return tr("Time");
        case Severity:
            return tr("Level");
        case Kind:
            return tr("Event");
        case Machine:
            return tr("Machine");
        case Text:
            return tr("Description");
        default:
            return {};
    }
}

EventList::EventList(ServiceConnection& connection, QWidget* parent)
    : QTreeView(parent), model_(connection) {
    setObjectName(QStringLiteral("events"));
    setAccessibleName(tr("Events"));
    setModel(&model_);
    setRootIsDecorated(false);
    setUniformRowHeights(true);
    setAllColumnsShowFocus(true);
    const int letter = fontMetrics().averageCharWidth();
    setColumnWidth(EventListModel::Time, 20 * letter);
    setColumnWidth(EventListModel::Severity, 16 * letter);
    setColumnWidth(EventListModel::Kind, 18 * letter);
    setColumnHidden(EventListModel::Machine, true);
    header()->setStretchLastSection(true);
}

}  // namespace gui
