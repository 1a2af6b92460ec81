// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <functional>
#include <optional>
#include <string>

#include "gui/connection/service_connection.h"

class QWidget;

namespace gui {

// What is ordered of a machine from several windows: the call, and what is asked before.

/// Start, turn off, shut down, pause, resume, reset; others are no orders, and nothing happens.
/// `refused` gets what went wrong in one line, unless `context` is destroyed before.
void order(service::MachineAction action, const std::string& machine, ServiceConnection& connection,
           QObject* context, std::function<void(const QString& problem)> refused);

struct Question {
    QString title;
    QString text;
    /// What the button that says yes is called.
    QString button;
};
/// What is asked before an order that can't be taken back; nothing: it may be given at once.
/// `subject`: a machine's name in quotes, or "the 3 selected machines".
[[nodiscard]] std::optional<Question> questionBefore(service::MachineAction action,
                                                     const QString& subject);

/// What Enter answers.
enum class UsualAnswer : unsigned char { Yes, Cancel };
/// Asks without waiting; the box is "confirmation", its button "confirm". `yes` is called unless
/// `context` is destroyed before.
void ask(const Question& question, UsualAnswer usual, QWidget* window, QObject* context,
         std::function<void()> yes);

}  // namespace gui
