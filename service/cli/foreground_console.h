// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "escape_keys.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "output_writer.h"
#include "signal_source.h"
#include "terminal.h"

namespace service::cli {

/// A machine's serial port in the foreground: carries bytes between it and the terminal, or
/// standard input and output, and obeys Ctrl-A keys and signals. What a wish to end means is its
/// owner's business.
class ForegroundConsole {
  public:
    struct Keys {
        /// What Ctrl-A x does: "end the machine".
        std::string end;
        /// What Ctrl-A p and SIGUSR1 do: a report of the machine's processors; nothing: they are
        /// no wishes here.
        std::function<void()> report;
        /// What Ctrl-A s does: a picture of the screen; nothing: it is no wish here.
        std::function<void()> picture{};
    };
    /// `port` is a stream socket to the serial port.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<ForegroundConsole>> create(
        hypervisor::FileDescriptor port, SignalSource signals, Keys keys);

    /// Takes the terminal, unless an end was asked for; false when there is none to take.
    bool holdTerminal();
    void releaseTerminal() { terminal_.release(); }

    /// Waits until something has come, and does what it asks for. `ready` is called when
    /// `descriptor` (-1: none) is readable, before what the guest says is taken. Once an end is
    /// asked for it returns ten times a second.
    void waitForSomething(int descriptor, const std::function<void()>& ready);

    /// Whether the serial port can still say something.
    [[nodiscard]] bool portOpen() const { return portOpen_; }
    /// Everything that the guest has said is written.
    [[nodiscard]] bool outputIdle() const { return output_->idle(); }
    [[nodiscard]] bool outputFailed() const { return output_->failure() != 0; }

    /// The exit status for an end that a key, a signal, a hang-up or standard output asks for.
    [[nodiscard]] std::optional<int> requestedStatus() const { return requestedStatus_; }
    /// A signal has come after that.
    [[nodiscard]] bool insisted() const { return insisted_; }

  private:
    ForegroundConsole(hypervisor::FileDescriptor port, SignalSource signals,
                      std::unique_ptr<OutputWriter> output, Keys keys);

    void obeySignals();
    void stopUntilContinued();
    void readInput();
    void readPort();
    void writePort();
    void checkOutput();
    void requestEnd(int status);

    hypervisor::FileDescriptor port_;
    SignalSource signals_;
    std::unique_ptr<OutputWriter> output_;
    Terminal terminal_;
    const Keys keys_;
    EscapeKeys typed_;

    // Typed and not yet taken by the machine.
    std::string toGuest_;
    bool inputOpen_ = true;
    bool portOpen_ = true;
    std::optional<int> requestedStatus_;
    bool insisted_ = false;
};

}  // namespace service::cli
