// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_actions.h"

#include <QMessageBox>
#include <QPushButton>
#include <optional>

#include "gui/appearance/icons.h"
#include "gui/connection/text.h"

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
    if (kind == ControlAltDelete)
        return tr("This version has no keyboard for virtual machines yet.");
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
    const QString name = fromUtf8(machine->summary.name);
    switch (kind) {
        case TurnOff:
            return ask(kind, tr("Turn Off Machine"),
                       tr("Turn \"%1\" off? It loses power at once, and what its guest has not "
                          "written to disk is lost.")
                           .arg(name),
                       tr("Turn Off"));
        case Reset:
            return ask(
                kind, tr("Reset Machine"),
                tr("Reset \"%1\"? What its guest has not written to disk is lost.").arg(name),
                tr("Reset"));
        case ShutDown:
            return ask(kind, tr("Shut Down Machine"),
                       tr("Ask the guest of \"%1\" to shut down?").arg(name), tr("Shut Down"));
        default:
            return carryOut(kind);
    }
}

void ConsoleActions::ask(Kind kind, const QString& title, const QString& question,
                         const QString& button) {
    auto* const box =
        new QMessageBox(QMessageBox::Warning, title, question, QMessageBox::Cancel, window_);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setObjectName(QStringLiteral("confirmation"));
    box->setTextFormat(Qt::PlainText);
    QPushButton* const yes = box->addButton(button, QMessageBox::AcceptRole);
    yes->setObjectName(QStringLiteral("confirm"));
    box->setDefaultButton(QMessageBox::Cancel);
    connect(box, &QMessageBox::buttonClicked, this, [this, yes, kind](QAbstractButton* pressed) {
        // The machine may have come to another state while nobody answered.
        if (pressed == yes && reasonAgainst(kind).isEmpty())
            carryOut(kind);
    });
    box->open();
}

template <class Method>
void ConsoleActions::call() {
    emit begun();
    store_.connection().call<Method>({machine_}, this,
                                     [this](RpcResult<typename Method::Reply> reply) {
                                         if (!reply)
                                             emit failed(errorLine(reply.error()));
                                     });
}

void ConsoleActions::carryOut(Kind kind) {
    switch (kind) {
        case Start:
            return call<MachineStartMethod>();
        case TurnOff:
            return call<MachineTurnOffMethod>();
        case ShutDown:
            return call<MachineShutDownMethod>();
        case Pause:
            return call<MachinePauseMethod>();
        case Resume:
            return call<MachineResumeMethod>();
        case Reset:
            return call<MachineResetMethod>();
        default:
            return;
    }
}

}  // namespace gui
