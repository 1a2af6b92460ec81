// SPDX-License-Identifier: GPL-3.0-or-later
#include "adapter_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string_view>
#include <utility>

#include "file_path.h"

namespace service::cli {

using hypervisor::failure;
using hypervisor::Result;

namespace {

using Adapters = std::vector<NetworkAdapter>;

/// "N=VALUE" or "VALUE"; N counts from 1.
struct NumberedValue {
    std::size_t number = 0;  // 0: none was given
    std::string value;
};

NumberedValue parseNumberedValue(const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos && equals > 0) {
        std::uint16_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + equals, number);
        if (error == std::errc() && end == text.data() + equals)
            return {number, text.substr(equals + 1)};
    }
    return {0, text};
}

std::string switchNamed(const std::string& text) {
    return text == "none" ? "" : text;
}

void addAdapter(const std::string& name, bool legacy, Adapters& adapters) {
    NetworkAdapter adapter;
    if (legacy)
        adapter.name = "Legacy Network Adapter";
    adapter.switchName = switchNamed(name);
    adapter.legacy = legacy;
    adapters.push_back(std::move(adapter));
}

/// The adapter that `typed` means.
Result<NetworkAdapter*> choose(const NumberedValue& typed, const char* option, Adapters& adapters) {
    if (typed.number > adapters.size() || adapters.empty())
        return failure(fmt::format("{}: the machine has {} network adapter{}; {}", option,
                                   adapters.size(), adapters.size() == 1 ? "" : "s",
                                   "add one with --add-adapter SWITCH"));
    if (typed.number == 0 && adapters.size() > 1)
        return failure(fmt::format("the machine has {} network adapters; say which: {} 1={}",
                                   adapters.size(), option, typed.value));
    return &adapters[typed.number == 0 ? 0 : typed.number - 1];
}

Result<void> connect(const std::string& text, const SettingsArguments& arguments,
                     Adapters& adapters) {
    const NumberedValue typed = parseNumberedValue(text);
    if (adapters.empty() && typed.number == 0) {
        addAdapter(typed.value, arguments.legacyAdapters, adapters);
        return {};
    }
    const auto adapter = choose(typed, "--switch", adapters);
    if (!adapter)
        return std::unexpected(adapter.error());
    (*adapter)->switchName = switchNamed(typed.value);
    return {};
}

Result<void> setAddress(const std::string& text, Adapters& adapters) {
    const NumberedValue typed = parseNumberedValue(text);
    const auto adapter = choose(typed, "--mac", adapters);
    if (!adapter)
        return std::unexpected(adapter.error());
    (*adapter)->macAddress = typed.value == "auto" ? "" : typed.value;
    return {};
}

Result<void> setTftpFolder(const std::string& text, Adapters& adapters) {
    const NumberedValue typed = parseNumberedValue(text);
    const auto adapter = choose(typed, "--tftp", adapters);
    if (!adapter)
        return std::unexpected(adapter.error());
    if (typed.value == "none") {
        (*adapter)->tftpFolder.clear();
        (*adapter)->bootFile.clear();
        return {};
    }
    auto path = absolutePath(typed.value, "the folder for TFTP");
    if (!path)
        return std::unexpected(path.error());
    (*adapter)->tftpFolder = std::move(*path);
    return {};
}

Result<void> setBootFile(const std::string& text, Adapters& adapters) {
    const NumberedValue typed = parseNumberedValue(text);
    const auto adapter = choose(typed, "--boot-file", adapters);
    if (!adapter)
        return std::unexpected(adapter.error());
    (*adapter)->bootFile = typed.value == "none" ? "" : typed.value;
    return {};
}

/// Numbers of adapters to remove, the last first, so that the others keep theirs meanwhile.
Result<std::vector<std::size_t>> parseRemovals(const SettingsArguments& arguments,
                                               const Adapters& adapters) {
    std::vector<std::size_t> numbers;
    for (const std::string& text : arguments.removedAdapters) {
        std::uint16_t number = 0;
        const char* const last = text.data() + text.size();
        const auto [end, error] = std::from_chars(text.data(), last, number);
        if (error != std::errc() || end != last || number == 0 || number > adapters.size())
            return failure(fmt::format(
                "--remove-adapter '{}': the machine has {} network adapter{}, counted from 1", text,
                adapters.size(), adapters.size() == 1 ? "" : "s"));
        numbers.push_back(number);
    }
    std::ranges::sort(numbers, std::greater());
    numbers.erase(std::ranges::unique(numbers).begin(), numbers.end());
    return numbers;
}

}  // namespace

Result<void> changeAdapters(const SettingsArguments& arguments, SettingsPurpose purpose,
                            MachineSettings& settings) {
    Adapters& adapters = settings.networkAdapters;
    if (purpose == SettingsPurpose::Create) {
        for (const std::string& name : arguments.switches)
            addAdapter(name, arguments.legacyAdapters, adapters);
    } else {
        for (const std::string& text : arguments.switches)
            if (auto connected = connect(text, arguments, adapters); !connected)
                return connected;
        // Numbers mean the adapters that the machine had.
        const auto removals = parseRemovals(arguments, adapters);
        if (!removals)
            return std::unexpected(removals.error());
        for (const std::size_t number : *removals)
            adapters.erase(adapters.begin() + static_cast<std::ptrdiff_t>(number) - 1);
        for (const std::string& name : arguments.addedAdapters)
            addAdapter(name, arguments.legacyAdapters, adapters);
    }
    using Set = Result<void> (*)(const std::string&, Adapters&);
    for (const auto& [texts, set] :
         {std::pair<const std::vector<std::string>*, Set>{&arguments.macAddresses, setAddress},
          {&arguments.tftpFolders, setTftpFolder},
          {&arguments.bootFiles, setBootFile}})
        for (const std::string& text : *texts)
            if (auto done = set(text, adapters); !done)
                return done;
    return {};
}

}  // namespace service::cli
