// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "field_rules.h"
#include "machine_limits.h"
#include "worker_messages.h"

namespace service {

// A machine's settings, as they are in its vm.json (docs/file-formats.md) and on the wire. A field
// that is not there has its default. What these structs do not know is kept when the file is
// written again.

/// Raised when an older program would misunderstand a file; new fields alone don't raise it.
inline constexpr std::uint32_t kSettingsVersion = 1;

/// Parts of one LP for each VP, in thousandths of a percent (docs: Processor resource control).
struct ProcessorSettings {
    /// Virtual processors.
    std::uint32_t count = 1;
    std::uint32_t reserve = 0;
    std::uint32_t limit = kNoLimit;
    std::uint32_t weight = 100;

    bool operator==(const ProcessorSettings&) const = default;
};
BOOST_DESCRIBE_STRUCT(ProcessorSettings, (), (count, reserve, limit, weight))
template <>
inline constexpr bool kHasDefaults<ProcessorSettings> = true;
template <>
inline constexpr std::array kFieldRanges<ProcessorSettings> = {
    FieldRange{"count", 1, kMaximumProcessors}, FieldRange{"reserve", 0, kNoLimit},
    FieldRange{"limit", 1'000, kNoLimit}, FieldRange{"weight", 1, 10'000}};

struct MemorySettings {
    /// A multiple of 1 MiB, as the others.
    std::uint64_t startupBytes = 1ULL << 30;
    bool dynamic = false;
    std::uint64_t minimumBytes = 512ULL << 20;
    std::uint64_t maximumBytes = kMaximumMemory;
    std::uint32_t bufferPercent = 20;
    std::uint32_t weight = 5'000;

    bool operator==(const MemorySettings&) const = default;
};
BOOST_DESCRIBE_STRUCT(MemorySettings, (),
                      (startupBytes, dynamic, minimumBytes, maximumBytes, bufferPercent, weight))
template <>
inline constexpr bool kHasDefaults<MemorySettings> = true;
template <>
inline constexpr std::array kFieldRanges<MemorySettings> = {
    FieldRange{"startupBytes", kMinimumMemory, kMaximumMemory},
    FieldRange{"minimumBytes", kMinimumMemory, kMaximumMemory},
    FieldRange{"maximumBytes", kMinimumMemory, kMaximumMemory},
    FieldRange{"bufferPercent", 5, 2'000}, FieldRange{"weight", 0, 10'000}};

/// A Linux kernel that is booted without firmware.
struct KernelBoot {
    std::string path;
    std::vector<std::string> initialRamDisks;
    std::string commandLine;

    bool operator==(const KernelBoot&) const = default;
};
BOOST_DESCRIBE_STRUCT(KernelBoot, (), (path, initialRamDisks, commandLine))
template <>
inline constexpr bool kHasDefaults<KernelBoot> = true;

enum class BootDevice : std::uint8_t { Dvd, HardDisk, Network, Floppy };
BOOST_DESCRIBE_ENUM(BootDevice, Dvd, HardDisk, Network, Floppy)

struct FirmwareSettings {
    std::vector<BootDevice> bootOrder = {BootDevice::Dvd, BootDevice::HardDisk, BootDevice::Network,
                                         BootDevice::Floppy};
    bool numLock = false;
    /// Generation 2.
    bool secureBoot = false;
    /// Boots this, whatever the boot order says.
    std::optional<KernelBoot> kernel;

    bool operator==(const FirmwareSettings&) const = default;
};
BOOST_DESCRIBE_STRUCT(FirmwareSettings, (), (bootOrder, numLock, secureBoot, kernel))
template <>
inline constexpr bool kHasDefaults<FirmwareSettings> = true;

enum class ControllerKind : std::uint8_t { Ide, Scsi };
BOOST_DESCRIBE_ENUM(ControllerKind, Ide, Scsi)
enum class DriveKind : std::uint8_t { HardDisk, Dvd };
BOOST_DESCRIBE_ENUM(DriveKind, HardDisk, Dvd)

/// A hard disk or a DVD drive, at a place of its own.
struct Drive {
    ControllerKind controller = ControllerKind::Ide;
    /// IDE has controllers 0 and 1 with locations 0 and 1, SCSI controllers 0 to 3 with 0 to 63.
    std::uint32_t controllerNumber = 0;
    std::uint32_t location = 0;
    DriveKind kind = DriveKind::HardDisk;
    /// Of the image; empty for a DVD drive without a disc.
    std::string path;
    bool readOnly = false;

    bool operator==(const Drive&) const = default;
};
BOOST_DESCRIBE_STRUCT(Drive, (), (controller, controllerNumber, location, kind, path, readOnly))
template <>
inline constexpr bool kHasDefaults<Drive> = true;
template <>
inline constexpr std::array kFieldRanges<Drive> = {FieldRange{"controllerNumber", 0, 3},
                                                   FieldRange{"location", 0, 63}};

struct FloppyDrive {
    /// Empty: no diskette in it.
    std::string path;

    bool operator==(const FloppyDrive&) const = default;
};
BOOST_DESCRIBE_STRUCT(FloppyDrive, (), (path))
template <>
inline constexpr bool kHasDefaults<FloppyDrive> = true;

/// The switch that every host has: NAT, with DHCP, and no guest sees another.
inline constexpr const char* kDefaultSwitch = "Default Switch";

struct NetworkAdapter {
    /// A UUID; made by the service when it is empty.
    std::string id;
    std::string name = "Network Adapter";
    /// Of the virtual switch (switch.list); empty: not connected.
    std::string switchName;
    /// "02:00:00:00:00:01"; made by the service when it is empty.
    std::string macAddress;
    /// The emulated DEC 21140A, for guests without a driver for the synthetic one.
    bool legacy = false;
    /// At the default switch: ports of the host that lead to the guest, "tcp:2222:22", or with the
    /// host's address "udp:192.0.2.1:5353:53"; without one it is 127.0.0.1.
    std::vector<std::string> forwards;
    /// At the default switch: a folder of the host whose files the guest gets by TFTP; empty: none.
    std::string tftpFolder{};
    /// What DHCP tells a guest that boots from the network to ask for there; may be empty.
    std::string bootFile{};

    bool operator==(const NetworkAdapter&) const = default;
};
BOOST_DESCRIBE_STRUCT(NetworkAdapter, (),
                      (id, name, switchName, macAddress, legacy, forwards, tftpFolder, bootFile))
template <>
inline constexpr bool kHasDefaults<NetworkAdapter> = true;

/// COM1 and COM2, by their place in the list.
struct ComPort {
    /// A console socket with scrollback (console.attach); else nothing is connected.
    bool console = true;

    bool operator==(const ComPort&) const = default;
};
BOOST_DESCRIBE_STRUCT(ComPort, (), (console))
template <>
inline constexpr bool kHasDefaults<ComPort> = true;

struct IntegrationServices {
    bool shutdown = true;
    bool timeSynchronization = true;
    bool keyValueExchange = true;
    bool heartbeat = true;
    bool backup = true;
    bool guestServices = false;

    bool operator==(const IntegrationServices&) const = default;
};
BOOST_DESCRIBE_STRUCT(IntegrationServices, (),
                      (shutdown, timeSynchronization, keyValueExchange, heartbeat, backup,
                       guestServices))
template <>
inline constexpr bool kHasDefaults<IntegrationServices> = true;

enum class CheckpointKind : std::uint8_t { Disabled, Production, ProductionOnly, Standard };
BOOST_DESCRIBE_ENUM(CheckpointKind, Disabled, Production, ProductionOnly, Standard)

struct CheckpointSettings {
    CheckpointKind kind = CheckpointKind::Production;
    bool automatic = false;
    /// Empty: in the machine's folder.
    std::string folder;

    bool operator==(const CheckpointSettings&) const = default;
};
BOOST_DESCRIBE_STRUCT(CheckpointSettings, (), (kind, automatic, folder))
template <>
inline constexpr bool kHasDefaults<CheckpointSettings> = true;

enum class AutomaticStartAction : std::uint8_t { Nothing, IfWasRunning, Always };
BOOST_DESCRIBE_ENUM(AutomaticStartAction, Nothing, IfWasRunning, Always)

/// What the service does with the machine when the service starts with the host.
struct AutomaticStart {
    AutomaticStartAction action = AutomaticStartAction::IfWasRunning;
    std::uint32_t delaySeconds = 0;

    bool operator==(const AutomaticStart&) const = default;
};
BOOST_DESCRIBE_STRUCT(AutomaticStart, (), (action, delaySeconds))
template <>
inline constexpr bool kHasDefaults<AutomaticStart> = true;
template <>
inline constexpr std::array kFieldRanges<AutomaticStart> = {FieldRange{"delaySeconds", 0, 86'400}};

/// What it does when the host shuts down.
enum class AutomaticStopAction : std::uint8_t { Save, TurnOff, ShutDown };
BOOST_DESCRIBE_ENUM(AutomaticStopAction, Save, TurnOff, ShutDown)

enum class CrashAction : std::uint8_t { StayCritical, Restart };
BOOST_DESCRIBE_ENUM(CrashAction, StayCritical, Restart)

/// What it does when the machine's worker has died.
struct CrashPolicy {
    CrashAction action = CrashAction::StayCritical;
    /// Restarts within `periodSeconds`; after so many the machine stays Critical.
    std::uint32_t maximumRestarts = 3;
    std::uint32_t periodSeconds = 600;

    bool operator==(const CrashPolicy&) const = default;
};
BOOST_DESCRIBE_STRUCT(CrashPolicy, (), (action, maximumRestarts, periodSeconds))
template <>
inline constexpr bool kHasDefaults<CrashPolicy> = true;
template <>
inline constexpr std::array kFieldRanges<CrashPolicy> = {FieldRange{"maximumRestarts", 1, 1'000},
                                                         FieldRange{"periodSeconds", 1, 86'400}};

struct MachineSettings {
    std::uint32_t version = kSettingsVersion;
    /// A UUID; never changes.
    std::string id;
    /// Unique among the service's machines.
    std::string name;
    /// 1: BIOS, IDE; 2: UEFI. Never changes.
    std::uint32_t generation = 1;
    /// Seconds since 1970.
    std::int64_t created = 0;
    std::string notes;
    /// For lists; empty: none.
    std::string group;
    BackendChoice backend = BackendChoice::Auto;
    ProcessorSettings processor;
    MemorySettings memory;
    FirmwareSettings firmware;
    std::vector<Drive> drives;
    std::optional<FloppyDrive> floppy;
    std::vector<NetworkAdapter> networkAdapters;
    std::vector<ComPort> comPorts = {{true}, {false}};
    IntegrationServices integrationServices;
    CheckpointSettings checkpoints;
    AutomaticStart automaticStart;
    AutomaticStopAction automaticStop = AutomaticStopAction::ShutDown;
    CrashPolicy crash;

    bool operator==(const MachineSettings&) const = default;
};
BOOST_DESCRIBE_STRUCT(MachineSettings, (),
                      (version, id, name, generation, created, notes, group, backend, processor,
                       memory, firmware, drives, floppy, networkAdapters, comPorts,
                       integrationServices, checkpoints, automaticStart, automaticStop, crash))
template <>
inline constexpr bool kHasDefaults<MachineSettings> = true;
template <>
inline constexpr std::array kFieldRanges<MachineSettings> = {FieldRange{"version", 1, 1'000'000},
                                                             FieldRange{"generation", 1, 2}};

inline constexpr std::size_t kMaximumNameLength = 100;
inline constexpr std::size_t kMaximumNotesLength = 16 << 10;

}  // namespace service
