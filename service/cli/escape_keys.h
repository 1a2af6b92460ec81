// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace service::cli {

/// What the keys typed at a machine's terminal mean: all go to the guest but those after Ctrl-A.
/// No I/O.
class EscapeKeys {
  public:
    struct Meaning {
        std::string toGuest;
        /// Ctrl-A h.
        bool help = false;
        /// Ctrl-A p.
        bool processors = false;
        /// Ctrl-A s.
        bool picture = false;
        /// Ctrl-A x; what was typed after it is dropped.
        bool end = false;
    };

    [[nodiscard]] Meaning type(std::span<const char> keys);

    /// Keys that not every console has: p and s.
    struct Offered {
        bool processors = false;
        bool picture = false;
    };
    /// One line for each key after Ctrl-A; `end` says what x does: "end the machine".
    [[nodiscard]] static std::string help(const std::string& end, Offered offered);

  private:
    bool escaped_ = false;
};

}  // namespace service::cli
