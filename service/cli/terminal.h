// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <termios.h>

#include <optional>

namespace service::cli {

/// The terminal on standard input, if there is one, in raw mode as long as it is held.
///
/// Input goes to us key by key, unechoed and without signals; output processing stays on. Only
/// the terminal's foreground process group may change its mode, so in the background it is left
/// alone until the shell brings us forward.
class Terminal {
  public:
    explicit Terminal(int descriptor);
    ~Terminal() { release(); }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    [[nodiscard]] bool present() const { return present_; }
    /// Whether input may be read: held in raw mode.
    [[nodiscard]] bool held() const { return saved_.has_value(); }

    /// Raw mode, if we are in the foreground and not in it already.
    void hold();
    /// The mode found by hold(), with keys dropped that the machine has not read, so that the
    /// shell does not take them for commands.
    void release();

  private:
    int descriptor_;
    bool present_;
    std::optional<termios> saved_;
};

}  // namespace service::cli
