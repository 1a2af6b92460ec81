// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>
#include <termios.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "hypervisor/file_descriptor.h"

/// A `vireo` that the test has started, with pipes or with a terminal of its own.
class VireoProcess {
  public:
    enum class Standard { Pipes, Terminal, OutputClosed };

    /// All waits give up after this, which fails the test.
    static constexpr std::chrono::seconds kPatience{60};

    VireoProcess(const std::vector<std::string>& arguments, Standard standard);
    /// Kills it if it still runs.
    ~VireoProcess();
    VireoProcess(const VireoProcess&) = delete;
    VireoProcess& operator=(const VireoProcess&) = delete;

    [[nodiscard]] pid_t process() const { return process_; }

    void type(const std::string& text);
    void closeInput() { input_ = hypervisor::FileDescriptor(); }
    void closeOutput() { output_ = hypervisor::FileDescriptor(); }

    /// Reads standard output until `text` has come `times` times since the start.
    [[nodiscard]] bool waitForOutput(const std::string& text, int times = 1);
    [[nodiscard]] const std::string& output() const { return received_; }

    /// The exit status, or 1000 + the signal that has ended it; nothing when it does not end.
    enum class Reading : bool { No, Yes };
    [[nodiscard]] std::optional<int> waitForEnd(Reading reading = Reading::Yes);
    /// Waits, reading nothing, until the pipe of standard output takes no more.
    [[nodiscard]] bool waitUntilOutputIsFull() const;
    /// What it has written to standard error; only after its end, and not with a terminal.
    [[nodiscard]] std::string errors();

    /// The terminal's mode.
    [[nodiscard]] termios terminalMode() const;
    /// Waits until the terminal is in raw mode, or is not.
    [[nodiscard]] bool waitForRawMode(bool raw) const;

    /// The only child of the process: its worker.
    [[nodiscard]] pid_t worker() const;

  private:
    pid_t process_ = -1;
    hypervisor::FileDescriptor input_;
    hypervisor::FileDescriptor output_;
    hypervisor::FileDescriptor errors_;
    // The terminal's other end, kept open so that its mode outlives the process.
    hypervisor::FileDescriptor terminal_;
    std::string received_;
};

[[nodiscard]] bool isRaw(const termios& mode);
/// Waits until there is no such process, or only its remains.
[[nodiscard]] bool waitUntilGone(pid_t process);
