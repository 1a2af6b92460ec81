// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings_arguments.h"

#include "enumeration_words.h"
#include "service/ipc/machine_settings.h"

namespace service::cli {

namespace {

constexpr const char* kOnOff = "on|off";

void addProcessorAndMemory(VerbOptions& options, SettingsArguments& arguments) {
    options.section("Processor");
    options.value("--vps", arguments.processors, "NUMBER", "Virtual processors, 1 to 64");
    options.value("--reserve", arguments.reserve, "PERCENT",
                  "Virtual machine reserve, of one LP for each VP, 0 to 100");
    options.value("--limit", arguments.limit, "PERCENT",
                  "Virtual machine limit, of one LP for each VP, 1 to 100");
    options.value("--weight", arguments.weight, "NUMBER", "Relative weight, 1 to 10000");
    options.value("--backend", arguments.backend, choicesOf<BackendChoice>(),
                  "What runs the VPs; auto is KVM where the host's processor virtualizes");

    options.section("Memory");
    options.value("--memory", arguments.memory, "SIZE", "Startup memory: 512M, 2G");
    options.value("--dynamic-memory", arguments.dynamicMemory, kOnOff, "Dynamic Memory");
    options.value("--minimum-memory", arguments.minimumMemory, "SIZE",
                  "Least, with Dynamic Memory");
    options.value("--maximum-memory", arguments.maximumMemory, "SIZE", "Most, with Dynamic Memory");
    options.value("--memory-buffer", arguments.memoryBuffer, "NUMBER",
                  "Percent of the demand kept free, 5 to 2000");
    options.value("--memory-weight", arguments.memoryWeight, "NUMBER",
                  "Weight among machines when memory is short, 0 to 10000");
}

void addBoot(VerbOptions& options, SettingsArguments& arguments, SettingsPurpose purpose) {
    options.section("Boot");
    options.value("--kernel", arguments.kernel, "FILE", "Boots this kernel, without firmware");
    options.list("--initrd", arguments.initialRamDisks, "FILE",
                 "The kernel's initial RAM disk; may be repeated");
    options.value("--append", arguments.append, "TEXT", "The kernel's command line");
    if (purpose == SettingsPurpose::Change) {
        options.flag("--no-kernel", arguments.noKernel, "Boots from the firmware's devices again");
        options.flag("--no-initrd", arguments.noInitialRamDisk, "Without an initial RAM disk");
    }
    options.value("--boot-order", arguments.bootOrder, "DEVICE,...",
                  "Devices in the firmware's order: dvd, hard-disk, network, floppy");
    options.value("--secure-boot", arguments.secureBoot, kOnOff, "Secure Boot, generation 2");
}

void addDrives(VerbOptions& options, SettingsArguments& arguments, SettingsPurpose purpose) {
    options.section("Drives");
    options.list("--disk", arguments.disks, "FILE",
                 "Attaches a virtual hard disk, or PLACE=FILE: ide0:1=FILE, scsi0:3=FILE");
    options.list("--dvd", arguments.dvds, "FILE",
                 "Puts an image into the DVD drive, or PLACE=FILE; 'none' ejects");
    if (purpose == SettingsPurpose::Change)
        options.list("--remove-drive", arguments.removedDrives, "PLACE",
                     "Detaches the drive at ide0:0 to scsi3:63; its image stays");
    options.value("--floppy", arguments.floppy, "FILE",
                  "Puts an image into the diskette drive; 'none' ejects");
}

void addNetworkAndPorts(VerbOptions& options, SettingsArguments& arguments,
                        SettingsPurpose purpose) {
    options.section("Network");
    if (purpose == SettingsPurpose::Create) {
        options.list("--switch", arguments.switches, kSwitchForm,
                     "Adds a network adapter on this virtual switch; 'none': not connected");
    } else {
        options.list("--switch", arguments.switches, kSwitchForm,
                     "Connects the network adapter, or N=SWITCH the Nth; 'none' disconnects");
        options.list("--add-adapter", arguments.addedAdapters, kSwitchForm,
                     "Adds a network adapter");
        options.list("--remove-adapter", arguments.removedAdapters, "NUMBER",
                     "Removes the Nth network adapter");
    }
    options.list("--mac", arguments.macAddresses, "ADDRESS",
                 "Of the network adapter, or N=ADDRESS of the Nth; 'auto' makes one");
    options.list("--tftp", arguments.tftpFolders, "FOLDER",
                 "On the Default Switch: its files are there for the guest by TFTP, of the network "
                 "adapter, or N=FOLDER of the Nth; 'none' ends that");
    options.list(
        "--boot-file", arguments.bootFiles, "NAME",
        "With --tftp: the file that DHCP tells a guest to boot from the network, or N=NAME; "
        "'none': no file");
    options.flag("--legacy", arguments.legacyAdapters, "Adapters that are added are legacy ones");

    options.section("Serial ports");
    options.value("--com1", arguments.com1, "console|none", "COM 1; a console by default");
    options.value("--com2", arguments.com2, "console|none", "COM 2; none by default");
}

void addManagement(VerbOptions& options, SettingsArguments& arguments) {
    options.section("Management");
    options.value("--notes", arguments.notes, "TEXT", "Notes");
    options.value("--group", arguments.group, "NAME", "Group in lists; '' for none");
    options.list("--integration-service", arguments.integrationServices, "NAME=on|off",
                 "shutdown, time-synchronization, key-value-exchange, heartbeat, backup or "
                 "guest-services");
    options.value("--checkpoints", arguments.checkpoints, choicesOf<CheckpointKind>(),
                  "Kind of checkpoints");
    options.value("--automatic-checkpoints", arguments.automaticCheckpoints, kOnOff,
                  "A checkpoint at every start");
    options.value("--automatic-start", arguments.automaticStart, choicesOf<AutomaticStartAction>(),
                  "When the host starts");
    options.value("--start-delay", arguments.startDelay, "SECONDS", "Before an automatic start");
    options.value("--automatic-stop", arguments.automaticStop, choicesOf<AutomaticStopAction>(),
                  "When the host shuts down");
    options.value("--on-crash", arguments.onCrash, choicesOf<CrashAction>(),
                  "When the machine's worker has died");
    options.value("--crash-restarts", arguments.crashRestarts, "NUMBER",
                  "Restarts within the period before the machine stays critical");
    options.value("--crash-period", arguments.crashPeriod, "SECONDS", "That period");
}

}  // namespace

void addSettingsOptions(VerbOptions& options, SettingsArguments& arguments,
                        SettingsPurpose purpose) {
    if (purpose == SettingsPurpose::Create)
        options.value("--generation", arguments.generation, "1|2", "1 (BIOS) or 2 (UEFI)");
    addProcessorAndMemory(options, arguments);
    addBoot(options, arguments, purpose);
    addDrives(options, arguments, purpose);
    addNetworkAndPorts(options, arguments, purpose);
    addManagement(options, arguments);
}

}  // namespace service::cli
