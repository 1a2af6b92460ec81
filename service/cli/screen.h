// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace service::cli {

/// Whether standard output is a terminal.
[[nodiscard]] bool outputIsTerminal();

/// `text` with what makes a terminal show it in place of what it shows now; as it is when standard
/// output is no terminal.
[[nodiscard]] std::string asScreen(std::string_view text);

/// One line on standard error, if that is a terminal, that the next one replaces.
class ProgressLine {
  public:
    ProgressLine();
    ~ProgressLine() { clear(); }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void show(std::string_view text);
    void clear();

  private:
    bool terminal_;
    bool shown_ = false;
};

}  // namespace service::cli
