// SPDX-License-Identifier: GPL-3.0-or-later
#include "terminal_selection.h"

#include <algorithm>
#include <limits>

namespace gui {

namespace {

/// To the line's end, however long it is.
constexpr int kEnd = std::numeric_limits<int>::max();

/// Paths and addresses are one word.
bool isOfWord(const TerminalCell& cell) {
    return QChar::isLetterOrNumber(cell.character) ||
           (cell.character != 0 && cell.character < 0x80 &&
            QStringLiteral("_-./~:@%+#?&=,")
                .contains(QChar(static_cast<char16_t>(cell.character))));
}

}  // namespace

TerminalSelection::Range TerminalSelection::around(const TerminalScreen& screen,
                                                   TerminalPosition at) const {
    if (unit_ == Unit::Line)
        return {{at.line, 0}, {at.line, kEnd}};
    const std::int64_t line = at.line - screen.firstLine();
    if (unit_ == Unit::Character || line < 0 || line >= screen.lines())
        return {at, at};
    std::vector<TerminalCell> cells;
    screen.readLine(static_cast<int>(line), cells);
    const int end = static_cast<int>(cells.size());
    const auto cell = [&cells](int column) { return cells[static_cast<std::size_t>(column)]; };
    int from = std::clamp(at.column, 0, end - 1);
    if (cell(from).width == 0 && from > 0)
        --from;
    int to = from + 1;
    if (isOfWord(cell(from))) {
        const auto belongs = [&cell](int column) {
            return cell(column).width == 0 || isOfWord(cell(column));
        };
        while (from > 0 && belongs(from - 1))
            --from;
        while (to < end && belongs(to))
            ++to;
    }
    return {{at.line, from}, {at.line, to}};
}

void TerminalSelection::begin(const TerminalScreen& screen, TerminalPosition at, Unit unit) {
    unit_ = unit;
    kept_ = around(screen, at);
    from_ = kept_.from;
    to_ = kept_.to;
}

void TerminalSelection::extend(const TerminalScreen& screen, TerminalPosition to) {
    const Range other = around(screen, to);
    from_ = std::min(kept_.from, other.from);
    to_ = std::max(kept_.to, other.to);
}

void TerminalSelection::all(const TerminalScreen& screen) {
    unit_ = Unit::Line;
    from_ = {screen.firstLine(), 0};
    to_ = {screen.firstLine() + screen.lines() - 1, kEnd};
    kept_ = {from_, to_};
}

TerminalSelection::Columns TerminalSelection::columns(std::int64_t line) const {
    if (isEmpty() || line < from_.line || line > to_.line)
        return {};
    return {line == from_.line ? from_.column : 0, line == to_.line ? to_.column : kEnd};
}

QString TerminalSelection::text(const TerminalScreen& screen) const {
    QString result;
    if (isEmpty())
        return result;
    const std::int64_t first = std::max(from_.line, screen.firstLine());
    const std::int64_t last = std::min(to_.line, screen.firstLine() + screen.lines() - 1);
    for (std::int64_t line = first; line <= last; ++line) {
        const Columns chosen = columns(line);
        if (line > first)
            result += u'\n';
        result += screen.text(static_cast<int>(line - screen.firstLine()), chosen.from, chosen.to);
    }
    // Rows below the last text.
    if (to_.column == kEnd)
        while (result.endsWith(u'\n'))
            result.chop(1);
    return result;
}

}  // namespace gui
