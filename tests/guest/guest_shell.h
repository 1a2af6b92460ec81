// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <chrono>

#include "guest_machine.h"

namespace tests {

/// A POSIX shell on a machine's console that has shown its prompt.
class GuestShell {
  public:
    explicit GuestShell(GuestMachine& machine) : machine_(machine) {}

    /// Neither a prompt nor what is typed is shown any more; false, and told, if it does not
    /// answer.
    [[nodiscard]] bool begin();

    struct Ran {
        /// -1 if it did not end.
        int status = -1;
        QByteArray output;
    };
    /// Runs a line of commands, to its end. The output may have what a terminal multiplexer moves
    /// its cursor by.
    [[nodiscard]] Ran run(const QByteArray& commands,
                          std::chrono::milliseconds silence = std::chrono::seconds(120));

  private:
    GuestMachine& machine_;
    int count_ = 0;
};

}  // namespace tests
