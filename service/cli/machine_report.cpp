// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_report.h"

#include <fmt/format.h>

#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <cmath>

#include "drive_change.h"
#include "enumeration_words.h"
#include "quantities.h"
#include "table.h"

namespace service::cli {

namespace {

std::string partOfHost(double percent) {
    return fmt::format("{} of total system resources",
                       percentText(static_cast<std::uint64_t>(std::llround(percent * 1000))));
}

std::string yesNo(bool value) {
    return value ? "yes" : "no";
}

std::string orNone(const std::string& text) {
    return text.empty() ? "none" : text;
}

void addGeneral(PropertyList& list, const MachineDetails& machine) {
    const MachineSummary& summary = machine.summary;
    list.add("State", shown(summary.state));
    if (!summary.status.empty())
        list.add("Status", summary.status);
    if (summary.cpuUsagePercent)
        list.add("CPU usage", measuredPercentText(*summary.cpuUsagePercent));
    if (isActive(summary.state)) {
        list.add("Assigned memory", sizeText(summary.assignedMemoryBytes));
        list.add("Uptime", uptimeText(summary.uptimeSeconds));
    }
    if (machine.workerProcess)
        list.add("Worker process", std::to_string(*machine.workerProcess));
    if (machine.runningBackend)
        list.add("Runs on", shown(*machine.runningBackend));
    if (!machine.sandbox.empty())
        list.add("Sandbox", machine.sandbox);
    list.add("Id", machine.settings.id);
    list.add("Generation", std::to_string(machine.settings.generation));
    list.add("Created", timeText(machine.settings.created));
    list.add("Folder", summary.folder);
    list.add("Group", orNone(machine.settings.group));
    list.add("Notes", orNone(machine.settings.notes));
}

void addProcessor(PropertyList& list, const MachineDetails& machine) {
    const ProcessorSettings& processor = machine.settings.processor;
    const ResourceReport& resources = machine.resources;
    list.section("Processor");
    list.add("Virtual processors", std::to_string(processor.count));
    list.add("Virtual machine reserve", fmt::format("{} ({})", percentText(processor.reserve),
                                                    partOfHost(resources.reservePercentOfTotal)));
    list.add("Virtual machine limit", fmt::format("{} ({})", percentText(processor.limit),
                                                  partOfHost(resources.limitPercentOfTotal)));
    list.add("Relative weight", std::to_string(processor.weight));
    if (isActive(machine.summary.state))
        list.add("If all are busy", partOfHost(resources.entitlementPercentOfTotal));
    if (!resources.note.empty())
        list.add("Note", resources.note);
    list.add("Backend", shown(machine.settings.backend));
}

void addMemory(PropertyList& list, const MemorySettings& memory) {
    list.section("Memory");
    list.add("Startup memory", sizeText(memory.startupBytes));
    list.add("Dynamic Memory", yesNo(memory.dynamic));
    if (!memory.dynamic)
        return;
    list.add("Minimum", sizeText(memory.minimumBytes));
    list.add("Maximum", sizeText(memory.maximumBytes));
    list.add("Buffer", fmt::format("{} %", memory.bufferPercent));
    list.add("Weight", std::to_string(memory.weight));
}

void addBoot(PropertyList& list, const FirmwareSettings& firmware) {
    list.section("Boot");
    if (firmware.kernel) {
        list.add("Kernel", firmware.kernel->path);
        for (const std::string& disk : firmware.kernel->initialRamDisks)
            list.add("Initial RAM disk", disk);
        list.add("Command line", orNone(firmware.kernel->commandLine));
    }
    std::string order;
    for (const BootDevice device : firmware.bootOrder)
        order += (order.empty() ? "" : ", ") + typedWord(enumeratorName(device));
    list.add("Boot order", orNone(order));
    if (firmware.secureBoot)
        list.add("Secure Boot", yesNo(true));
}

std::string tftpOf(const NetworkAdapter& adapter) {
    if (adapter.tftpFolder.empty())
        return {};
    const std::string boots = adapter.bootFile.empty() ? "" : ", boot file " + adapter.bootFile;
    return fmt::format(", TFTP of {}{}", adapter.tftpFolder, boots);
}

void addDevices(PropertyList& list, const MachineDetails& machine) {
    const MachineSettings& settings = machine.settings;
    list.section("Drives");
    for (const Drive& drive : settings.drives)
        list.add(placeText(placeOf(drive)),
                 fmt::format("{}: {}{}", drive.kind == DriveKind::Dvd ? "DVD drive" : "hard disk",
                             drive.path.empty() ? "no disc" : drive.path,
                             drive.readOnly ? " (read-only)" : ""));
    if (settings.floppy)
        list.add("Diskette drive",
                 settings.floppy->path.empty() ? "no diskette" : settings.floppy->path);
    if (settings.drives.empty() && !settings.floppy)
        list.add("none", "");

    list.section("Network");
    std::size_t number = 0;
    for (const NetworkAdapter& adapter : settings.networkAdapters)
        list.add(fmt::format("Adapter {}", ++number),
                 fmt::format(
                     "{}: {}, {}{}{}", adapter.name,
                     adapter.switchName.empty() ? "not connected" : "switch " + adapter.switchName,
                     adapter.macAddress, adapter.legacy ? ", legacy" : "", tftpOf(adapter)));
    if (number == 0)
        list.add("none", "");

    list.section("Consoles");
    for (std::size_t port = 0; port < settings.comPorts.size(); ++port)
        list.add(fmt::format("COM {}", port + 1),
                 settings.comPorts[port].console ? "console" : "none");
    for (const ConsoleInfo& console : machine.consoles)
        list.add(fmt::format("Socket of COM {}", console.port), console.socket);
    list.add("Socket of the screen", machine.screenSocket);
}

void addManagement(PropertyList& list, const MachineSettings& settings) {
    list.section("Management");
    std::string services;
    boost::mp11::mp_for_each<
        boost::describe::describe_members<IntegrationServices, boost::describe::mod_public>>(
        [&](auto member) {
            if (settings.integrationServices.*member.pointer)
                services += (services.empty() ? "" : ", ") + typedWord(member.name);
        });
    list.add("Integration services", orNone(services));
    list.add("Checkpoints", shown(settings.checkpoints.kind));
    std::string start = shown(settings.automaticStart.action);
    if (settings.automaticStart.delaySeconds > 0)
        start += fmt::format(", after {} s", settings.automaticStart.delaySeconds);
    list.add("Automatic start", start);
    list.add("Automatic stop", shown(settings.automaticStop));
    std::string crash = shown(settings.crash.action);
    if (settings.crash.action == CrashAction::Restart)
        crash += fmt::format(", at most {} times in {} s", settings.crash.maximumRestarts,
                             settings.crash.periodSeconds);
    list.add("When its worker dies", crash);
}

}  // namespace

std::string machineText(const MachineDetails& machine) {
    PropertyList list;
    list.section(machine.summary.name);
    if (machine.summary.unreadable) {
        list.add("State", shown(machine.summary.state));
        list.add("Status", machine.summary.status);
        list.add("Folder", machine.summary.folder);
        return list.text();
    }
    addGeneral(list, machine);
    addProcessor(list, machine);
    addMemory(list, machine.settings.memory);
    addBoot(list, machine.settings.firmware);
    addDevices(list, machine);
    addManagement(list, machine.settings);
    return list.text();
}

std::string processorText(const ProcessorSettings& processor, const ResourceReport& resources) {
    return fmt::format("{} VP{}; reserve {} ({}), limit {} ({}), weight {}", processor.count,
                       processor.count == 1 ? "" : "s", percentText(processor.reserve),
                       partOfHost(resources.reservePercentOfTotal), percentText(processor.limit),
                       partOfHost(resources.limitPercentOfTotal), processor.weight);
}

}  // namespace service::cli
