// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_actions.h"

#include <QWidget>
#include <optional>

#include "gui/appearance/icons.h"
#include "gui/connection/text.h"
#include "gui/windows/machine_orders.h"

namespace gui {

using namespace service;  // NOLINT: the interface that these actions call

namespace {

struct Description {
    ConsoleActions::Kind kind;
    const char* name;
    const char* text;
    /// Empty: none.
    const char* icon;
    IconTone tone;
};

constexpr Description kDescriptions[]{
    {ConsoleActions::ControlAltDelete, "ctrl-alt-delete",
     QT_TRANSLATE_NOOP("gui::ConsoleActions", "&Ctrl+Alt+Delete"), "", IconTone::Accent},
    {ConsoleActions::Start, "start", QT_TRANSLATE_NOOP("gui::ConsoleActions", "&Start"), "start",
     IconTone::Good},
    {ConsoleActions::TurnOff, "turn-off", QT_TRANSLATE_NOOP("gui::ConsoleActions", "&Turn Off..."),
     "turn-off", IconTone::Accent},
    {ConsoleActions::ShutDown, "shut-down",
     QT_TRANSLATE_NOOP("gui::ConsoleActions", "Shut &Down..."), "shut-down", IconTone::Accent},
    {ConsoleActions::Save, "save", QT_TRANSLATE_NOOP("gui::ConsoleActions", "S&ave"), "save",
     IconTone::Accent},
    {ConsoleActions::Pause, "pause", QT_TRANSLATE_NOOP("gui::ConsoleActions", "&Pause"), "pause",
     IconTone::Accent},
    {ConsoleActions::Resume, "resume", QT_TRANSLATE_NOOP("gui::ConsoleActions", "Resu&me"), "start",
     IconTone::Accent},
    {ConsoleActions::Reset, "reset", QT_TRANSLATE_NOOP("gui::ConsoleActions", "&Reset..."), "reset",
     IconTone::Accent},
    {ConsoleActions::Checkpoint, "checkpoint",
     QT_TRANSLATE_NOOP("gui::ConsoleActions", "C&heckpoint..."), "checkpoint", IconTone::Accent},
    {ConsoleActions::Revert, "revert", QT_TRANSLATE_NOOP("gui::ConsoleActions", "Re&vert..."),
     "revert", IconTone::Accent},
};
static_assert(std::size(kDescriptions) == ConsoleActions::kKinds);

std::optional<MachineAction> serviceAction(ConsoleActions::Kind kind) {
    switch (kind) {
        case ConsoleActions::Start:
            return MachineAction::Start;
        case ConsoleActions::TurnOff:
            return MachineAction::TurnOff;
        case ConsoleActions::ShutDown:
            return MachineAction::ShutDown;
        case ConsoleActions::Pause:
            return MachineAction::Pause;
        case ConsoleActions::Resume:
            return MachineAction::Resume;
        case ConsoleActions::Reset:
            return MachineAction::Reset;
        default:
            return std::nullopt;
    }
}

}  // namespace

ConsoleActions::ConsoleActions(MachineStore& store, std::string machine, QWidget* window)
    : QObject(window), store_(store), machine_(std::move(machine)), window_(window) {
    for (const Description& one : kDescriptions) {
        const QString picture = QString::fromLatin1(one.icon);
        auto* const action =
            new QAction(picture.isEmpty() ? QIcon() : icon(picture, one.tone), tr(one.text), this);
        action->setObjectName(QStringLiteral("action-") + QString::fromLatin1(one.name));
        connect(action, &QAction::triggered, this, [this, kind = one.kind] { run(kind); });
        actions_[static_cast<std::size_t>(one.kind)] = action;
    }
    const auto ofThis = [this](const std::string& id) {
        if (id == machine_)
            update();
    };
    connect(&store, &MachineStore::added, this, ofThis);
    connect(&store, &MachineStore::changed, this, ofThis);
    connect(&store, &MachineStore::removed, this, ofThis);
    connect(&store, &MachineStore::replaced, this, &ConsoleActions::update);
    connect(&store.connection(), &ServiceConnection::stateChanged, this, &ConsoleActions::update);
    update();
}

QString ConsoleActions::reasonAgainst(Kind kind) const {
    if (kind == Save || kind == Checkpoint || kind == Revert)
        return tr("This version does not do this yet.");
    if (store_.connection().state() != ServiceConnection::State::Connected)
        return tr("The service can't be reached.");
    const KnownMachine* const machine = store_.find(machine_);
    if (machine == nullptr)
        return tr("The virtual machine does not exist any more.");
    if (machine->summary.unreadable)
        return tr("The machine's folder can't be read.");
    const MachineState state = machine->summary.state;
    if (kind == ControlAltDelete && state != MachineState::Running)
        return tr("Not possible while the machine is %1.").arg(stateText(state));
    if (const auto wanted = serviceAction(kind); wanted && !isLegal(*wanted, state))
        return tr("Not possible while the machine is %1.").arg(stateText(state));
    return {};
}

void ConsoleActions::update() {
    for (int number = 0; number < kKinds; ++number) {
        const Kind kind = static_cast<Kind>(number);
        const QString reason = reasonAgainst(kind);
        action(kind)->setEnabled(reason.isEmpty());
        action(kind)->setToolTip(reason.isEmpty()
                                     ? action(kind)->iconText()
                                     : tr("%1: %2").arg(action(kind)->iconText(), reason));
    }
    const KnownMachine* const machine = store_.find(machine_);
    const bool paused = machine != nullptr && machine->summary.state == MachineState::Paused;
    action(Pause)->setVisible(!paused);
    action(Resume)->setVisible(paused);
}

void ConsoleActions::run(Kind kind) {
    const KnownMachine* const machine = store_.find(machine_);
    if (machine == nullptr)
        return;
    if (kind == ControlAltDelete)
        return emit controlAltDeleteWanted();
    const auto action = serviceAction(kind);
    if (!action)
        return;
    const auto give = [this, action = *action] {
        emit begun();
        order(action, machine_, store_.connection(), this,
              [this](const QString& problem) { emit failed(problem); });
    };
    const QString name = tr("\"%1\"").arg(fromUtf8(machine->summary.name));
    if (const auto question = questionBefore(*action, name))
        ask(*question, UsualAnswer::Cancel, window_, this, [this, kind, give] {
            // The machine may have come to another state while nobody answered.
            if (reasonAgainst(kind).isEmpty())
                give();
        });
    else
        give();
}

}  // namespace gui
