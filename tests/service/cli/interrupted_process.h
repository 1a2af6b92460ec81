// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <QStringList>
#include <chrono>
#include <optional>

/// A program that is stopped before a system call of its first thread, however fast the machine is,
/// and gets a signal there (ptrace(2)).
class InterruptedProcess {
  public:
    /// Starts it; nothing if it may not be traced.
    static std::optional<InterruptedProcess> start(const QString& program,
                                                   const QStringList& arguments);
    InterruptedProcess(InterruptedProcess&& other) noexcept;
    InterruptedProcess& operator=(InterruptedProcess&&) = delete;
    ~InterruptedProcess();

    /// Runs it up to its `count`th system call. False if it has ended before.
    bool runTo(long count);
    /// Runs it to its end and counts its system calls.
    long countToEnd();
    /// Sends it a signal where it stands. Until the program has taken it, the first thread waits.
    void send(int signal);
    /// Lets it go on to its end. The exit status, 128 + the signal that ended it, or nothing if it
    /// has not ended in time.
    std::optional<int> finish(std::chrono::milliseconds limit);

  private:
    explicit InterruptedProcess(pid_t process) : process_(process) {}
    bool step();
    [[nodiscard]] bool takesSignals() const;
    [[nodiscard]] bool pending(int signal) const;

    pid_t process_;
    std::optional<int> status_;
    bool traced_ = true;
};
