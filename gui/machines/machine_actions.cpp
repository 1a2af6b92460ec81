// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_actions.h"

#include <QCheckBox>
#include <QInputDialog>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <algorithm>

#include "gui/appearance/icons.h"
#include "gui/connection/text.h"
#include "gui/windows/machine_orders.h"

namespace gui {

using namespace service;  // NOLINT: the interface that these actions call

namespace {

struct Description {
    MachineActions::Kind kind;
    const char* text;
    const char* icon;
    IconTone tone;
};

constexpr Description kDescriptions[]{
    {MachineActions::Connect, QT_TRANSLATE_NOOP("gui::MachineActions", "Co&nnect..."), "connect",
     IconTone::Accent},
    {MachineActions::Settings, QT_TRANSLATE_NOOP("gui::MachineActions", "S&ettings..."), "settings",
     IconTone::Accent},
    {MachineActions::Start, QT_TRANSLATE_NOOP("gui::MachineActions", "&Start"), "start",
     IconTone::Good},
    {MachineActions::TurnOff, QT_TRANSLATE_NOOP("gui::MachineActions", "&Turn Off..."), "turn-off",
     IconTone::Accent},
    {MachineActions::ShutDown, QT_TRANSLATE_NOOP("gui::MachineActions", "Shut &Down..."),
     "shut-down", IconTone::Accent},
    {MachineActions::Save, QT_TRANSLATE_NOOP("gui::MachineActions", "S&ave"), "save",
     IconTone::Accent},
    {MachineActions::Pause, QT_TRANSLATE_NOOP("gui::MachineActions", "&Pause"), "pause",
     IconTone::Accent},
    {MachineActions::Resume, QT_TRANSLATE_NOOP("gui::MachineActions", "Resu&me"), "start",
     IconTone::Accent},
    {MachineActions::Reset, QT_TRANSLATE_NOOP("gui::MachineActions", "&Reset..."), "reset",
     IconTone::Accent},
    {MachineActions::Checkpoint, QT_TRANSLATE_NOOP("gui::MachineActions", "&Checkpoint"),
     "checkpoint", IconTone::Accent},
    {MachineActions::Revert, QT_TRANSLATE_NOOP("gui::MachineActions", "Re&vert..."), "revert",
     IconTone::Accent},
    {MachineActions::Move, QT_TRANSLATE_NOOP("gui::MachineActions", "M&ove..."), "move",
     IconTone::Accent},
    {MachineActions::Export, QT_TRANSLATE_NOOP("gui::MachineActions", "E&xport..."), "export",
     IconTone::Accent},
    {MachineActions::Rename, QT_TRANSLATE_NOOP("gui::MachineActions", "Rena&me..."), "rename",
     IconTone::Accent},
    {MachineActions::Delete, QT_TRANSLATE_NOOP("gui::MachineActions", "De&lete..."), "delete",
     IconTone::Accent},
};
static_assert(std::size(kDescriptions) == MachineActions::kKinds);

std::optional<MachineAction> serviceAction(MachineActions::Kind kind) {
    switch (kind) {
        case MachineActions::Start:
            return MachineAction::Start;
        case MachineActions::TurnOff:
            return MachineAction::TurnOff;
        case MachineActions::ShutDown:
            return MachineAction::ShutDown;
        case MachineActions::Save:
            return MachineAction::Save;
        case MachineActions::Pause:
            return MachineAction::Pause;
        case MachineActions::Resume:
            return MachineAction::Resume;
        case MachineActions::Reset:
            return MachineAction::Reset;
        case MachineActions::Checkpoint:
            return MachineAction::Checkpoint;
        case MachineActions::Export:
            return MachineAction::Export;
        case MachineActions::Rename:
            return MachineAction::Rename;
        case MachineActions::Delete:
            return MachineAction::Delete;
        default:
            return std::nullopt;
    }
}

/// What this version of the service does not do yet.
bool isNotThereYet(MachineActions::Kind kind) {
    return kind == MachineActions::Save || kind == MachineActions::Checkpoint ||
           kind == MachineActions::Revert || kind == MachineActions::Move;
}

/// Without the dots that say that something is asked first.
QString plainName(const QAction& action) {
    QString name = action.iconText();
    return name.endsWith(QLatin1String("...")) ? name.chopped(3) : name;
}

bool isForOneMachine(MachineActions::Kind kind) {
    return kind == MachineActions::Settings || kind == MachineActions::Rename ||
           kind == MachineActions::Delete || kind == MachineActions::Connect ||
           kind == MachineActions::Export;
}

}  // namespace

MachineActions::MachineActions(MachineStore& store, QWidget* window)
    : QObject(window), store_(store), window_(window) {
    for (const Description& one : kDescriptions) {
        auto* action =
            new QAction(icon(QString::fromLatin1(one.icon), one.tone), tr(one.text), this);
        action->setObjectName(QStringLiteral("action-") + QString::fromLatin1(one.icon));
        // As the Actions pane shows it: with the dots that say that something is asked first.
        action->setIconText(action->text().remove(QLatin1Char('&')));
        connect(action, &QAction::triggered, this, [this, kind = one.kind] { run(kind); });
        actions_[static_cast<std::size_t>(one.kind)] = action;
    }
    // Two actions have one icon.
    action(Resume)->setObjectName(QStringLiteral("action-resume"));
    connect(&store, &MachineStore::changed, this, [this](const std::string& id) {
        if (std::ranges::find(ids_, id) != ids_.end())
            update();
    });
    connect(&store.connection(), &ServiceConnection::stateChanged, this, &MachineActions::update);
    update();
}

void MachineActions::setMachines(std::vector<std::string> ids) {
    ids_ = std::move(ids);
    update();
}

MachineActions::Legality MachineActions::legality(Kind kind) const {
    if (store_.connection().state() != ServiceConnection::State::Connected)
        return {false, tr("The service can't be reached.")};
    if (ids_.empty())
        return {false, tr("No machine is selected.")};
    if (isNotThereYet(kind))
        return {false, tr("This version does not do this yet.")};
    if (isForOneMachine(kind) && ids_.size() > 1)
        return {false, tr("Several machines are selected.")};
    const auto wanted = serviceAction(kind);
    QString states;
    for (const std::string& id : ids_) {
        const KnownMachine* const machine = store_.find(id);
        if (!machine)
            continue;
        if (machine->summary.unreadable) {
            if (kind == Delete)
                return {true, {}};
            return {false, tr("The machine's folder can't be read.")};
        }
        // Of several, those are taken that it is legal for.
        if (!wanted || isLegal(*wanted, machine->summary.state))
            return {true, {}};
        states = stateText(machine->summary.state);
    }
    return {false, tr("Not possible while the machine is %1.").arg(states)};
}

bool MachineActions::isAbsent(Kind kind) const {
    return !legality(kind).legal;
}

void MachineActions::update() {
    for (int kind = 0; kind < kKinds; ++kind) {
        const Legality legal = legality(static_cast<Kind>(kind));
        QAction* const one = action(static_cast<Kind>(kind));
        one->setEnabled(legal.legal);
        one->setToolTip(legal.legal ? plainName(*one) : legal.reason);
    }
    emit changed();
}

void MachineActions::fill(QMenu& menu) const {
    menu.setToolTipsVisible(true);
    for (const Kind kind : {Connect, Settings})
        menu.addAction(action(kind));
    menu.addSeparator();
    for (const Kind kind : {Start, TurnOff, ShutDown, Save, Pause, Resume, Reset})
        menu.addAction(action(kind));
    menu.addSeparator();
    for (const Kind kind : {Checkpoint, Revert, Move, Export})
        menu.addAction(action(kind));
    menu.addSeparator();
    for (const Kind kind : {Rename, Delete})
        menu.addAction(action(kind));
}

QString MachineActions::nameOf(const std::string& id) const {
    const KnownMachine* const machine = store_.find(id);
    return machine ? fromUtf8(machine->summary.name) : QString();
}

QString MachineActions::subject() const {
    return ids_.size() == 1 ? tr("\"%1\"").arg(nameOf(ids_.front()))
                            : tr("the %1 selected machines").arg(ids_.size());
}

void MachineActions::run(Kind kind) {
    if (ids_.empty())
        return;
    switch (kind) {
        case Connect:
            emit connectWanted(ids_.front());
            return;
        case Settings:
            emit settingsWanted(ids_.front());
            return;
        case Export:
            emit exportWanted(ids_.front());
            return;
        case Rename:
            return askName(ids_.front());
        case Delete:
            return askToDelete(ids_.front());
        default:
            break;
    }
    const auto action = serviceAction(kind);
    if (!action)
        return;
    if (const auto question = questionBefore(*action, subject()))
        ask(*question, UsualAnswer::Yes, window_, this,
            [this, action = *action, ids = ids_] { carryOut(action, ids); });
    else
        carryOut(*action, ids_);
}

void MachineActions::carryOut(MachineAction action, const std::vector<std::string>& ids) {
    for (const std::string& id : ids) {
        const KnownMachine* const machine = store_.find(id);
        if (machine && isLegal(action, machine->summary.state))
            order(action, id, store_.connection(), this,
                  [this](const QString& problem) { emit failed(problem); });
    }
}

void MachineActions::askName(const std::string& id) {
    auto* dialog = new QInputDialog(window_);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setObjectName(QStringLiteral("rename"));
    dialog->setWindowTitle(tr("Rename Machine"));
    dialog->setLabelText(tr("&Name:"));
    dialog->setTextValue(nameOf(id));
    connect(dialog, &QInputDialog::textValueSelected, this, [this, id](const QString& name) {
        store_.connection().call<MachineRenameMethod>({id, name.trimmed().toStdString()}, this,
                                                      [this](RpcResult<MachineReply> reply) {
                                                          if (!reply)
                                                              emit failed(errorLine(reply.error()));
                                                      });
    });
    dialog->open();
}

void MachineActions::askToDelete(const std::string& id) {
    const auto ask = [this, id](const std::vector<MachineFile>& files) {
        QString removed;
        QString disks;
        for (const MachineFile& file : files)
            (file.removedWithMachine ? removed : disks) +=
                QStringLiteral("\n    ") + fromUtf8(file.path) +
                (file.sizeBytes > 0 ? QStringLiteral(" (%1)").arg(fileSize(file.sizeBytes))
                                    : QString());
        QString text = tr("Delete \"%1\"?").arg(nameOf(id));
        if (!removed.isEmpty())
            text += QStringLiteral("\n\n") + tr("These files are removed:") + removed;
        if (!disks.isEmpty())
            text += QStringLiteral("\n\n") + tr("These disk images stay:") + disks;
        auto* box = new QMessageBox(QMessageBox::Warning, tr("Delete Machine"), text,
                                    QMessageBox::Cancel, window_);
        box->setAttribute(Qt::WA_DeleteOnClose);
        box->setObjectName(QStringLiteral("confirmation"));
        box->setTextFormat(Qt::PlainText);
        QCheckBox* images = nullptr;
        if (!disks.isEmpty()) {
            images = new QCheckBox(tr("Remove &disk images in the machine's own folder too"));
            box->setCheckBox(images);
        }
        QPushButton* const yes = box->addButton(tr("Delete"), QMessageBox::DestructiveRole);
        if (images)
            QWidget::setTabOrder(yes, images);
        box->setDefaultButton(QMessageBox::Cancel);
        connect(box, &QMessageBox::buttonClicked, this,
                [this, yes, images, id](QAbstractButton* pressed) {
                    const KnownMachine* const known = store_.find(id);
                    if (pressed != yes || !known)
                        return;
                    // One that can't be read has no id but its folder's name.
                    const MachineDeleteParams params{
                        known->summary.unreadable ? known->summary.name : id,
                        images && images->isChecked()};
                    store_.connection().call<MachineDeleteMethod>(
                        params, this, [this](RpcResult<MachineDeleteReply> reply) {
                            if (!reply)
                                emit failed(errorLine(reply.error()));
                        });
                });
        box->open();
    };
    const KnownMachine* const machine = store_.find(id);
    if (machine && machine->summary.unreadable)
        return ask({{machine->summary.folder, 0, true}});
    store_.connection().call<MachineGetMethod>({id}, this,
                                               [this, ask](RpcResult<MachineReply> reply) {
                                                   if (reply)
                                                       ask(reply->machine.files);
                                                   else
                                                       emit failed(errorLine(reply.error()));
                                               });
}

}  // namespace gui
