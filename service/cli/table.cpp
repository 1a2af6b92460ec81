// SPDX-License-Identifier: GPL-3.0-or-later
#include "table.h"

#include <algorithm>

#include "terminal_text.h"

namespace service::cli {

namespace {

constexpr std::size_t kNameWidth = 26;

void trimEnd(std::string& line) {
    line.erase(line.find_last_not_of(' ') + 1);
}

}  // namespace

void Table::add(std::vector<std::string> cells) {
    cells.resize(columns_.size());
    for (std::string& cell : cells)
        cell = printable(cell, LineEnds::Replace);
    rows_.push_back(std::move(cells));
}

std::string Table::text() const {
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < columns_.size(); ++column) {
        std::size_t width = displayWidth(columns_[column].heading);
        for (const auto& row : rows_)
            width = std::max(width, displayWidth(row[column]));
        widths.push_back(width);
    }
    std::string text;
    const auto addLine = [&](const auto& cellOf) {
        std::string line;
        for (std::size_t column = 0; column < columns_.size(); ++column) {
            const std::string& cell = cellOf(column);
            const std::string blanks(widths[column] - displayWidth(cell), ' ');
            if (column > 0)
                line += "  ";
            line += columns_[column].align == Align::Right ? blanks + cell : cell + blanks;
        }
        trimEnd(line);
        text += line + '\n';
    };
    addLine([&](std::size_t column) -> const std::string& { return columns_[column].heading; });
    for (const auto& row : rows_)
        addLine([&](std::size_t column) -> const std::string& { return row[column]; });
    return text;
}

void PropertyList::section(const std::string& heading) {
    text_ += printable(heading, LineEnds::Replace) + '\n';
}

void PropertyList::add(const std::string& name, const std::string& value) {
    std::string line = "  " + name;
    const std::size_t width = displayWidth(name);
    line.append(width < kNameWidth ? kNameWidth - width : 1, ' ');
    line += printable(value, LineEnds::Replace);
    trimEnd(line);
    text_ += line + '\n';
}

}  // namespace service::cli
