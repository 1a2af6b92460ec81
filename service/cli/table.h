// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace service::cli {

/// Rows under headings, for people: columns as wide as their widest cell on a terminal, two blanks
/// between them.
class Table {
  public:
    enum class Align : bool { Left, Right };
    struct Column {
        std::string heading;
        Align align = Align::Left;
    };

    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    /// A cell for each column; missing ones are empty.
    void add(std::vector<std::string> cells);

    /// One line for the headings and one for each row, without blanks at their ends.
    [[nodiscard]] std::string text() const;

  private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// Names with their values below each other: "  name            value" lines under headings.
class PropertyList {
  public:
    void section(const std::string& heading);
    void add(const std::string& name, const std::string& value);
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string text_;
};

}  // namespace service::cli
