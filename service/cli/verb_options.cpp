// SPDX-License-Identifier: GPL-3.0-or-later
#include "verb_options.h"

#include <CLI/CLI.hpp>

namespace service::cli {

void VerbOptions::flag(const char* names, bool& target, const char* text) {
    verb_.add_flag(names, target, text)->group(section_);
}

void VerbOptions::value(const char* names, std::optional<std::string>& target,
                        const std::string& form, const char* text) {
    verb_.add_option(names, target, text)->type_name(form)->group(section_);
}

void VerbOptions::value(const char* names, std::string& target, const std::string& form,
                        const char* text) {
    CLI::Option* const option =
        verb_.add_option(names, target, text)->type_name(form)->group(section_);
    if (!target.empty())
        option->capture_default_str();
}

void VerbOptions::list(const char* names, std::vector<std::string>& target, const std::string& form,
                       const char* text) {
    // One value each time, so that what follows is not swallowed.
    verb_.add_option(names, target, text)
        ->expected(1)
        ->take_all()
        ->type_name(form)
        ->group(section_);
}

void VerbOptions::exclude(const char* one, const char* other) {
    verb_.get_option(one)->excludes(verb_.get_option(other));
}

void VerbOptions::required(const char* name, std::string& target, const std::string& form,
                           const char* text) {
    verb_.add_option(name, target, text)->required()->type_name(form);
}

void VerbOptions::machine(std::string& target) {
    required("machine", target, kMachineForm, "Name or id of a machine");
}

void VerbOptions::machine(std::optional<std::string>& target) {
    verb_.add_option("machine", target, "Name or id of a machine")->type_name(kMachineForm);
}

void VerbOptions::machines(std::vector<std::string>& target) {
    verb_.add_option("machine", target, "Names or ids of machines")
        ->required()
        ->type_name(kMachineForm);
}

void VerbOptions::footer(const std::string& text) {
    verb_.footer(text);
}

void addVerb(CLI::App& program, std::function<int()>& chosen, const char* name, const char* text,
             const std::function<void(VerbOptions&)>& configure, std::function<int()> run) {
    CLI::App* const verb = program.add_subcommand(name, text);
    VerbOptions options(*verb);
    configure(options);
    verb->callback([run = std::move(run), &chosen] { chosen = run; });
}

CLI::App& addVerbGroup(CLI::App& program, const char* name, const char* text,
                       const std::string& footer) {
    CLI::App* const group = program.add_subcommand(name, text);
    group->footer(footer);
    group->require_subcommand(1);
    return *group;
}

}  // namespace service::cli
