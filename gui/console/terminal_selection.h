// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <compare>
#include <cstdint>

#include "terminal_screen.h"

namespace gui {

/// Between two cells, with the line's number since the terminal began: it stays right while lines
/// move up.
struct TerminalPosition {
    std::int64_t line = 0;
    int column = 0;

    auto operator<=>(const TerminalPosition&) const = default;
};

/// What of a terminal is chosen, by characters, words or lines.
class TerminalSelection {
  public:
    enum class Unit : unsigned char { Character, Word, Line };

    void begin(const TerminalScreen& screen, TerminalPosition at, Unit unit);
    /// The other end.
    void extend(const TerminalScreen& screen, TerminalPosition to);
    void all(const TerminalScreen& screen);
    void clear() { *this = {}; }

    [[nodiscard]] bool isEmpty() const { return from_ == to_; }
    /// Of the cells of a line with this number: `from` to `to`, `to` not included.
    struct Columns {
        int from = 0;
        int to = 0;
    };
    [[nodiscard]] Columns columns(std::int64_t line) const;
    [[nodiscard]] QString text(const TerminalScreen& screen) const;

  private:
    struct Range {
        TerminalPosition from;
        TerminalPosition to;
    };
    [[nodiscard]] Range around(const TerminalScreen& screen, TerminalPosition at) const;

    Unit unit_ = Unit::Character;
    /// What stays chosen wherever the other end is.
    Range kept_;
    TerminalPosition from_;
    TerminalPosition to_;
};

}  // namespace gui
