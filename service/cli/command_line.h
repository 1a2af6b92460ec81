// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace service::cli {

/// Gives `program` all of vireo's verbs. When arguments that it parses name one, `chosen` is set
/// to what runs it and returns the exit status; both live as long as `program`.
void addVerbs(CLI::App& program, std::function<int()>& chosen);

}  // namespace service::cli
