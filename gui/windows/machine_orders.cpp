// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_orders.h"

#include <QCoreApplication>
#include <QMessageBox>
#include <QPushButton>

#include "gui/connection/text.h"

namespace gui {

using namespace service;  // NOLINT: the interface that orders go to

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(gui::orders)
};

template <class Method>
void call(const std::string& machine, ServiceConnection& connection, QObject* context,
          std::function<void(const QString& problem)> refused) {
    connection.call<Method>(
        {machine}, context,
        [refused = std::move(refused)](RpcResult<typename Method::Reply> reply) {
            if (!reply)
                refused(errorLine(reply.error()));
        });
}

}  // namespace

void order(MachineAction action, const std::string& machine, ServiceConnection& connection,
           QObject* context, std::function<void(const QString& problem)> refused) {
    const auto give = [&]<class Method>() {
        call<Method>(machine, connection, context, std::move(refused));
    };
    switch (action) {
        case MachineAction::Start:
            return give.operator()<MachineStartMethod>();
        case MachineAction::TurnOff:
            return give.operator()<MachineTurnOffMethod>();
        case MachineAction::ShutDown:
            return give.operator()<MachineShutDownMethod>();
        case MachineAction::Pause:
            return give.operator()<MachinePauseMethod>();
        case MachineAction::Resume:
            return give.operator()<MachineResumeMethod>();
        case MachineAction::Reset:
            return give.operator()<MachineResetMethod>();
        default:
            return;
    }
}

std::optional<Question> questionBefore(MachineAction action, const QString& subject) {
    switch (action) {
        case MachineAction::TurnOff:
            return Question{
                Words::tr("Turn Off Machine"),
                Words::tr("Turn %1 off? It loses power at once, and what its guest has not "
                          "written to disk is lost.")
                    .arg(subject),
                Words::tr("Turn Off")};
        case MachineAction::Reset:
            return Question{
                Words::tr("Reset Machine"),
                Words::tr("Reset %1? What its guest has not written to disk is lost.").arg(subject),
                Words::tr("Reset")};
        case MachineAction::ShutDown:
            return Question{Words::tr("Shut Down Machine"),
                            Words::tr("Ask the guest of %1 to shut down?").arg(subject),
                            Words::tr("Shut Down")};
        default:
            return std::nullopt;
    }
}

void ask(const Question& question, UsualAnswer usual, QWidget* window, QObject* context,
         std::function<void()> yes) {
    const bool careful = usual == UsualAnswer::Cancel;
    auto* box = new QMessageBox(careful ? QMessageBox::Warning : QMessageBox::Question,
                                question.title, question.text, QMessageBox::Cancel, window);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setObjectName(QStringLiteral("confirmation"));
    box->setTextFormat(Qt::PlainText);
    QPushButton* const confirm = box->addButton(question.button, QMessageBox::AcceptRole);
    confirm->setObjectName(QStringLiteral("confirm"));
    if (careful)
        box->setDefaultButton(QMessageBox::Cancel);
    else
        box->setDefaultButton(confirm);
    QObject::connect(box, &QMessageBox::buttonClicked, context,
                     [confirm, yes = std::move(yes)](QAbstractButton* pressed) {
                         if (pressed == confirm)
                             yes();
                     });
    // The box would squeeze them on a small screen.
    for (QAbstractButton* const button : box->buttons()) {
        button->ensurePolished();
        button->setMinimumWidth(button->sizeHint().width());
    }
    box->open();
}

}  // namespace gui
