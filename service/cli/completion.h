// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace service::cli {

/// What may stand at the end of a command line.
struct Completion {
    std::vector<std::string> words;
    /// Names of files, too.
    bool files = false;
};

/// Names of this form.
using NamesOf = std::function<std::vector<std::string>(std::string_view form)>;

/// How the last of `words` may go on, which may be empty; the words before it are whole, without
/// the program's name. Verbs and options come from `program` itself, and so do an option's choices
/// ("on|off" is the form of its value). `namesOf` is asked only where a name can stand, with its
/// form: kMachineForm or kSwitchForm.
[[nodiscard]] Completion complete(const CLI::App& program, const std::vector<std::string>& words,
                                  const NamesOf& namesOf);

/// `vireo complete WORDS`, which the shells' own completion files ask and nobody else: prints what
/// complete() finds, one word a line, and "/" for files. It is no verb with arguments to parse, as
/// its words are another command line's. Returns the exit status.
[[nodiscard]] int printCompletion(const CLI::App& program, const std::vector<std::string>& words);

}  // namespace service::cli
