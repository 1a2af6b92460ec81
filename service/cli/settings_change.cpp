// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings_change.h"

#include <fmt/format.h>

#include "adapter_change.h"
#include "boot_order.h"
#include "drive_change.h"
#include "enumeration_words.h"
#include "file_path.h"
#include "memory_size.h"
#include "quantities.h"

namespace service::cli {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::uint32_t kHundredPercent = 100'000;
constexpr std::uint32_t kDaySeconds = 86'400;

/// Goes through the options of one kind after the other, and stops at the first that is wrong.
class Change {
  public:
    template <class Value, class Parse>
    void take(const SettingsArguments::Text& text, Value& target, const Parse& parse) {
        if (!result_ || !text)
            return;
        auto value = parse(*text);
        if (value)
            target = std::move(*value);
        else
            result_ = std::unexpected(std::move(value.error()));
    }
    void number(const SettingsArguments::Text& text, const char* option, std::uint32_t least,
                std::uint32_t most, std::uint32_t& target) {
        take(text, target,
             [&](const std::string& word) { return parseNumber(word, option, least, most); });
    }
    void percent(const SettingsArguments::Text& text, const char* option, std::uint32_t least,
                 std::uint32_t& target) {
        take(text, target, [&](const std::string& word) {
            return parsePercent(word, option, least, kHundredPercent);
        });
    }
    void memory(const SettingsArguments::Text& text, std::uint64_t& target) {
        // What this host has is the service's to say.
        take(text, target,
             [&](const std::string& word) { return parseMemorySize(word, kMaximumMemory); });
    }
    template <class Enum>
    void word(const SettingsArguments::Text& text, const char* option, Enum& target) {
        take(text, target,
             [&](const std::string& typed) { return parseWord<Enum>(typed, option); });
    }
    void onOff(const SettingsArguments::Text& text, const char* option, bool& target) {
        choice(text, option, "on", "off", target);
    }
    void choice(const SettingsArguments::Text& text, const char* option, const std::string& yes,
                const std::string& no, bool& target) {
        take(text, target, [&](const std::string& typed) -> Result<bool> {
            if (typed != yes && typed != no)
                return failure(
                    fmt::format("{} does not know '{}'; give {} or {}", option, typed, yes, no));
            return typed == yes;
        });
    }
    void also(Result<void> (*step)(const SettingsArguments&, SettingsPurpose, MachineSettings&),
              const SettingsArguments& arguments, SettingsPurpose purpose,
              MachineSettings& settings) {
        if (result_)
            result_ = step(arguments, purpose, settings);
    }

    [[nodiscard]] Result<void> result() const { return result_; }

  private:
    Result<void> result_;
};

Result<void> changeKernel(const SettingsArguments& arguments, SettingsPurpose,
                          MachineSettings& settings) {
    auto& kernel = settings.firmware.kernel;
    if (arguments.noKernel) {
        if (arguments.kernel || arguments.append || !arguments.initialRamDisks.empty())
            return failure("--no-kernel stands against --kernel, --initrd and --append");
        kernel.reset();
        return {};
    }
    if (arguments.noInitialRamDisk && !arguments.initialRamDisks.empty())
        return failure("--no-initrd stands against --initrd");
    if (!arguments.kernel && !kernel) {
        if (arguments.append || arguments.noInitialRamDisk || !arguments.initialRamDisks.empty())
            return failure("--initrd and --append belong to a kernel; give --kernel too");
        return {};
    }
    KernelBoot boot = kernel.value_or(KernelBoot{});
    if (arguments.kernel) {
        const auto path = absolutePath(*arguments.kernel, "--kernel");
        if (!path)
            return std::unexpected(path.error());
        boot.path = *path;
    }
    if (arguments.append)
        boot.commandLine = *arguments.append;
    if (arguments.noInitialRamDisk || !arguments.initialRamDisks.empty())
        boot.initialRamDisks.clear();
    for (const std::string& disk : arguments.initialRamDisks) {
        const auto path = absolutePath(disk, "--initrd");
        if (!path)
            return std::unexpected(path.error());
        boot.initialRamDisks.push_back(*path);
    }
    kernel = std::move(boot);
    return {};
}

Result<void> changeIntegrationServices(const SettingsArguments& arguments, SettingsPurpose,
                                       MachineSettings& settings) {
    for (const std::string& text : arguments.integrationServices) {
        const std::size_t equals = text.find('=');
        const std::string name = text.substr(0, equals);
        const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
        bool known = false;
        std::string names;
        boost::mp11::mp_for_each<
            boost::describe::describe_members<IntegrationServices, boost::describe::mod_public>>(
            [&](auto member) {
                const std::string word = typedWord(member.name);
                names += (names.empty() ? "" : ", ") + word;
                if (word != name)
                    return;
                known = true;
                settings.integrationServices.*member.pointer = value == "on";
            });
        if (!known || (value != "on" && value != "off"))
            return failure(fmt::format(
                "--integration-service '{}' is not understood; give NAME=on or NAME=off with one "
                "of {}",
                text, names));
    }
    return {};
}

/// The service refuses it too, in its own unit.
Result<void> checkReserve(const SettingsArguments&, SettingsPurpose, MachineSettings& settings) {
    const ProcessorSettings& processor = settings.processor;
    if (processor.reserve <= processor.limit)
        return {};
    return failure(
        fmt::format("the reserve of {} is over the limit of {}; lower --reserve or "
                    "raise --limit",
                    percentText(processor.reserve), percentText(processor.limit)));
}

void changeManagement(Change& change, const SettingsArguments& arguments,
                      MachineSettings& settings) {
    if (arguments.notes)
        settings.notes = *arguments.notes;
    if (arguments.group)
        settings.group = *arguments.group;
    change.word(arguments.checkpoints, "--checkpoints", settings.checkpoints.kind);
    change.onOff(arguments.automaticCheckpoints, "--automatic-checkpoints",
                 settings.checkpoints.automatic);
    change.word(arguments.automaticStart, "--automatic-start", settings.automaticStart.action);
    change.number(arguments.startDelay, "--start-delay", 0, kDaySeconds,
                  settings.automaticStart.delaySeconds);
    change.word(arguments.automaticStop, "--automatic-stop", settings.automaticStop);
    change.word(arguments.onCrash, "--on-crash", settings.crash.action);
    change.number(arguments.crashRestarts, "--crash-restarts", 1, 1000,
                  settings.crash.maximumRestarts);
    change.number(arguments.crashPeriod, "--crash-period", 1, kDaySeconds,
                  settings.crash.periodSeconds);
}

}  // namespace

Result<void> applyArguments(const SettingsArguments& arguments, SettingsPurpose purpose,
                            MachineSettings& settings) {
    Change change;
    change.number(arguments.generation, "--generation", 1, 2, settings.generation);
    change.word(arguments.backend, "--backend", settings.backend);

    ProcessorSettings& processor = settings.processor;
    change.number(arguments.processors, "--vps", 1, kMaximumProcessors, processor.count);
    change.percent(arguments.reserve, "--reserve", 0, processor.reserve);
    change.percent(arguments.limit, "--limit", 1'000, processor.limit);
    change.number(arguments.weight, "--weight", 1, 10'000, processor.weight);

    change.also(checkReserve, arguments, purpose, settings);

    MemorySettings& memory = settings.memory;
    change.memory(arguments.memory, memory.startupBytes);
    change.onOff(arguments.dynamicMemory, "--dynamic-memory", memory.dynamic);
    change.memory(arguments.minimumMemory, memory.minimumBytes);
    change.memory(arguments.maximumMemory, memory.maximumBytes);
    change.number(arguments.memoryBuffer, "--memory-buffer", 5, 2'000, memory.bufferPercent);
    change.number(arguments.memoryWeight, "--memory-weight", 0, 10'000, memory.weight);

    change.take(arguments.bootOrder, settings.firmware.bootOrder,
                [](const std::string& text) { return parseBootOrder(text, "--boot-order"); });
    change.onOff(arguments.secureBoot, "--secure-boot", settings.firmware.secureBoot);
    change.also(changeKernel, arguments, purpose, settings);
    change.also(changeDrives, arguments, purpose, settings);
    change.also(changeAdapters, arguments, purpose, settings);
    settings.comPorts.resize(2);
    change.choice(arguments.com1, "--com1", "console", "none", settings.comPorts[0].console);
    change.choice(arguments.com2, "--com2", "console", "none", settings.comPorts[1].console);
    change.also(changeIntegrationServices, arguments, purpose, settings);
    changeManagement(change, arguments, settings);
    return change.result();
}

}  // namespace service::cli
