// SPDX-License-Identifier: GPL-3.0-or-later
#include "completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <string_view>

#include "exit_status.h"
#include "service/ipc/client/service_client.h"
#include "terminal_text.h"
#include "verb_options.h"

namespace service::cli {

namespace {

constexpr std::chrono::seconds kPatience{2};

bool isOption(std::string_view word) {
    return word.size() > 1 && word[0] == '-';
}

std::vector<std::string> split(std::string_view text, char between) {
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t end = text.find(between);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

const CLI::Option* optionNamed(const CLI::App& verb, const std::string& name) {
    for (const CLI::Option* const option : verb.get_options())
        if (option->check_name(name))
            return option;
    return nullptr;
}

const CLI::App* verbNamed(const CLI::App& program, const std::string& name) {
    for (const CLI::App* const verb : program.get_subcommands([](const CLI::App*) { return true; }))
        if (verb->get_name() == name)
            return verb;
    return nullptr;
}

bool takesValue(const CLI::Option& option) {
    return option.get_items_expected_max() > 0;
}

/// Adds what a value of this form can be.
void addValues(const std::string& form, Completion& completion, const NamesOf& namesOf) {
    if (form == kMachineForm || form == kSwitchForm)
        std::ranges::copy(namesOf(form), std::back_inserter(completion.words));
    else if (form == "FILE")
        completion.files = true;
    else if (form.find('|') != std::string::npos)
        std::ranges::copy(split(form, '|'), std::back_inserter(completion.words));
}

}  // namespace

Completion complete(const CLI::App& program, const std::vector<std::string>& words,
                    const NamesOf& namesOf) {
    const CLI::App* verb = &program;
    const CLI::Option* awaiting = nullptr;
    std::size_t positionals = 0;
    for (std::size_t at = 0; at + 1 < words.size(); ++at) {
        if (awaiting) {
            awaiting = nullptr;
        } else if (isOption(words[at])) {
            const CLI::Option* const option = optionNamed(*verb, words[at]);
            awaiting = option && takesValue(*option) ? option : nullptr;
        } else if (const CLI::App* const next = verbNamed(*verb, words[at])) {
            verb = next;
        } else {
            ++positionals;
        }
    }

    const std::string last = words.empty() ? "" : words.back();
    Completion completion;
    if (awaiting) {
        addValues(awaiting->get_type_name(), completion, namesOf);
    } else if (isOption(last) || last == "-") {
        for (const CLI::Option* const option : verb->get_options())
            if (!option->get_lnames().empty())
                completion.words.push_back("--" + option->get_lnames().front());
    } else {
        for (const CLI::App* const next :
             verb->get_subcommands([](const CLI::App*) { return true; }))
            if (!next->get_group().empty())
                completion.words.push_back(next->get_name());
        std::size_t before = 0;
        for (const CLI::Option* const option : verb->get_options()) {
            if (!option->get_positional())
                continue;
            // One that takes many also takes all that follow.
            if (positionals == before || (positionals > before && option->get_expected_max() > 1)) {
                addValues(option->get_type_name(), completion, namesOf);
                break;
            }
            ++before;
        }
    }
    std::erase_if(completion.words,
                  [&](const std::string& word) { return !word.starts_with(last); });
    return completion;
}

namespace {

/// Of the service that the words before name; none if it does not answer at once.
std::vector<std::string> knownNames(std::string_view form, const std::vector<std::string>& words) {
    auto address = client::ServiceAddress::usual();
    for (std::size_t at = 0; at < words.size(); ++at) {
        if (words[at] == "--system")
            address = client::ServiceAddress::system();
        if (words[at] == "--session")
            address = client::ServiceAddress::session().value_or(address);
        if (words[at] == "--socket" && at + 1 < words.size())
            address = client::ServiceAddress::at(words[at + 1]);
    }
    std::vector<std::string> names;
    const auto service = client::ServiceClient::connect(address);
    if (!service)
        return names;
    if (form == kMachineForm) {
        if (const auto reply = (*service)->call<MachineListMethod>({}, kPatience))
            for (const MachineSummary& machine : reply->machines)
                names.push_back(machine.name);
    } else if (const auto reply = (*service)->call<SwitchListMethod>({}, kPatience)) {
        for (const VirtualSwitch& one : reply->switches)
            names.push_back(one.settings.name);
    }
    // A name with a line's end in it is no name that could be typed.
    std::erase_if(
        names, [](const std::string& name) { return printable(name, LineEnds::Replace) != name; });
    return names;
}

}  // namespace

int printCompletion(const CLI::App& program, const std::vector<std::string>& words) {
    const Completion completion =
        complete(program, words, [&](std::string_view form) { return knownNames(form, words); });
    for (const std::string& word : completion.words)
        fmt::print("{}\n", word);
    if (completion.files)
        fmt::print("/\n");
    return std::fflush(stdout) == 0 ? kDone : kProgramFailed;
}

}  // namespace service::cli
