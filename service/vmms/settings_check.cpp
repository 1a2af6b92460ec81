// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings_check.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/split.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <charconv>
#include <cstddef>
#include <set>
#include <tuple>
#include <vector>

#include "service/launch/nat_launch.h"

namespace service {

namespace {

constexpr std::uint64_t kMemoryUnit = 1 << 20;
constexpr std::size_t kUuidLength = 36;
constexpr std::size_t kMaximumPath = 4'095;
constexpr std::size_t kMaximumDrives = 4 * 64;
constexpr std::size_t kMaximumForwards = 64;
constexpr std::size_t kMaximumAdapters = 12;
constexpr std::ptrdiff_t kMaximumLegacyAdapters = 4;
constexpr std::size_t kComPorts = 2;
constexpr std::size_t kMaximumLabel = 100;

std::unexpected<RpcError> wrong(std::string message, std::string field, std::string allowed = {}) {
    return rpcFailure(ErrorCode::InvalidParams, std::move(message), {}, std::move(field),
                      std::move(allowed));
}

bool hasControl(std::string_view text) {
    return std::ranges::any_of(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool isHex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool isMacAddress(std::string_view text) {
    if (text.size() != 17)
        return false;
    for (std::size_t at = 0; at < text.size(); ++at)
        if (at % 3 == 2 ? text[at] != ':' : !isHex(text[at]))
            return false;
    // Not a group's address.
    return (text[1] - (text[1] >= 'a' ? 'a' - 10 : '0')) % 2 == 0;
}

RpcResult<void> checkPath(std::string_view path, std::string field) {
    if (path.empty())
        return wrong(fmt::format("'{}' is empty", field), field, "an absolute path");
    if (path.front() != '/')
        return wrong(fmt::format("'{}' is not an absolute path: '{}'", field, path), field,
                     "an absolute path");
    if (path.size() > kMaximumPath || path.find('\0') != std::string_view::npos)
        return wrong(fmt::format("'{}' can't be a path", field), field,
                     fmt::format("at most {} bytes", kMaximumPath));
    return {};
}

RpcResult<void> checkMemory(const MemorySettings& memory) {
    for (const auto& [field, bytes] : {std::pair{"memory.startupBytes", memory.startupBytes},
                                       {"memory.minimumBytes", memory.minimumBytes},
                                       {"memory.maximumBytes", memory.maximumBytes}})
        if (bytes % kMemoryUnit != 0)
            return wrong(fmt::format("'{}' is {} bytes, which is not whole MiB", field, bytes),
                         field, "multiples of 1048576");
    if (memory.dynamic &&
        (memory.minimumBytes > memory.startupBytes || memory.startupBytes > memory.maximumBytes))
        return wrong("startup memory must be between the minimum and the maximum",
                     "memory.startupBytes",
                     fmt::format("{} to {}", memory.minimumBytes, memory.maximumBytes));
    return {};
}

RpcResult<void> checkFirmware(const MachineSettings& settings) {
    const FirmwareSettings& firmware = settings.firmware;
    if (std::set<BootDevice>(firmware.bootOrder.begin(), firmware.bootOrder.end()).size() !=
        firmware.bootOrder.size())
        return wrong("a device is in the boot order twice", "firmware.bootOrder");
    if (firmware.secureBoot && settings.generation == 1)
        return wrong("a generation 1 machine has no secure boot", "firmware.secureBoot", "false");
    if (!firmware.kernel)
        return {};
    if (auto path = checkPath(firmware.kernel->path, "firmware.kernel.path"); !path)
        return path;
    if (firmware.kernel->initialRamDisks.size() > kMaximumRamDisks)
        return wrong("too many initial RAM disks", "firmware.kernel.initialRamDisks",
                     fmt::format("at most {}", kMaximumRamDisks));
    for (std::size_t at = 0; at < firmware.kernel->initialRamDisks.size(); ++at)
        if (auto path = checkPath(firmware.kernel->initialRamDisks[at],
                                  fmt::format("firmware.kernel.initialRamDisks[{}]", at));
            !path)
            return path;
    if (firmware.kernel->commandLine.size() > kMaximumCommandLine ||
        firmware.kernel->commandLine.find('\0') != std::string::npos)
        return wrong("the kernel's command line is too long", "firmware.kernel.commandLine",
                     fmt::format("at most {} bytes", kMaximumCommandLine));
    return {};
}

RpcResult<void> checkDrives(const MachineSettings& settings) {
    if (settings.drives.size() > kMaximumDrives)
        return wrong("too many drives", "drives", fmt::format("at most {}", kMaximumDrives));
    std::set<std::tuple<ControllerKind, std::uint32_t, std::uint32_t>> places;
    for (std::size_t at = 0; at < settings.drives.size(); ++at) {
        const Drive& drive = settings.drives[at];
        const std::string field = fmt::format("drives[{}]", at);
        if (drive.controller == ControllerKind::Ide) {
            if (settings.generation == 2)
                return wrong("a generation 2 machine has no IDE controllers", field + ".controller",
                             "Scsi");
            if (drive.controllerNumber > 1 || drive.location > 1)
                return wrong(fmt::format("there is no place {} on IDE controller {}",
                                         drive.location, drive.controllerNumber),
                             field, "controllers 0 and 1 with locations 0 and 1");
        }
        if (!places.emplace(drive.controller, drive.controllerNumber, drive.location).second)
            return wrong(fmt::format("two drives are at place {} of controller {}", drive.location,
                                     drive.controllerNumber),
                         field);
        if (drive.kind == DriveKind::HardDisk || !drive.path.empty())
            if (auto path = checkPath(drive.path, field + ".path"); !path)
                return path;
    }
    if (settings.floppy && settings.generation == 2)
        return wrong("a generation 2 machine has no diskette drive", "floppy", "null");
    if (settings.floppy && !settings.floppy->path.empty())
        return checkPath(settings.floppy->path, "floppy.path");
    return {};
}

/// "tcp:2222:22" or "udp:192.0.2.1:5353:53".
bool isForward(const std::string& text) {
    std::vector<std::string> fields;
    boost::split(fields, text, [](char letter) { return letter == ':'; });
    if ((fields.size() != 3 && fields.size() != 4) || (fields[0] != "tcp" && fields[0] != "udp"))
        return false;
    in_addr address{};
    if (fields.size() == 4 && ::inet_pton(AF_INET, fields[1].c_str(), &address) != 1)
        return false;
    const auto isPort = [](const std::string& field) {
        std::uint16_t port = 0;
        const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), port);
        return error == std::errc{} && end == field.data() + field.size() && port != 0;
    };
    return isPort(fields[fields.size() - 2]) && isPort(fields.back());
}

RpcResult<void> checkAdapters(const MachineSettings& settings) {
    if (settings.networkAdapters.size() > kMaximumAdapters)
        return wrong("too many network adapters", "networkAdapters",
                     fmt::format("at most {}", kMaximumAdapters));
    if (std::ranges::count(settings.networkAdapters, true, &NetworkAdapter::legacy) >
        kMaximumLegacyAdapters)
        return wrong("too many legacy network adapters", "networkAdapters",
                     fmt::format("at most {}", kMaximumLegacyAdapters));
    std::set<std::string> ids;
    for (std::size_t at = 0; at < settings.networkAdapters.size(); ++at) {
        const NetworkAdapter& adapter = settings.networkAdapters[at];
        const std::string field = fmt::format("networkAdapters[{}]", at);
        if (!adapter.id.empty() && (!isUuid(adapter.id) || !ids.insert(adapter.id).second))
            return wrong("an adapter's id is no UUID, or another's too", field + ".id", "a UUID");
        if (!adapter.macAddress.empty() && !isMacAddress(adapter.macAddress))
            return wrong(fmt::format("'{}' is no MAC address of one adapter", adapter.macAddress),
                         field + ".macAddress", "02:00:00:00:00:01, for instance, in lower case");
        if (adapter.name.size() > kMaximumLabel || hasControl(adapter.name) ||
            adapter.switchName.size() > kMaximumLabel || hasControl(adapter.switchName))
            return wrong("the name of an adapter or its switch is too long", field + ".name",
                         fmt::format("at most {} bytes of text", kMaximumLabel));
        for (const std::string& forward : adapter.forwards)
            if (!isForward(forward))
                return wrong(fmt::format("'{}' forwards no port", forward), field + ".forwards",
                             "tcp:2222:22, or with the host's address tcp:192.0.2.1:2222:22");
        if (adapter.forwards.size() > kMaximumForwards)
            return wrong("too many ports are forwarded", field + ".forwards",
                         fmt::format("at most {}", kMaximumForwards));
        if (!adapter.tftpFolder.empty())
            if (auto checked = checkPath(adapter.tftpFolder, field + ".tftpFolder"); !checked)
                return checked;
        if (adapter.bootFile.size() > kLongestBootFile || hasControl(adapter.bootFile))
            return wrong("the boot file's name can't be told by DHCP", field + ".bootFile",
                         fmt::format("at most {} characters of text", kLongestBootFile));
        if (!adapter.bootFile.empty() && adapter.tftpFolder.empty())
            return wrong("a boot file is one of the TFTP server's", field + ".tftpFolder",
                         "the folder that the server has");
        if (adapter.legacy && settings.generation == 2)
            return wrong("a generation 2 machine has no legacy network adapters", field + ".legacy",
                         "false");
    }
    return {};
}

}  // namespace

bool isUuid(std::string_view text) {
    if (text.size() != kUuidLength)
        return false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
        if (dash ? text[at] != '-' : !isHex(text[at]))
            return false;
    }
    return true;
}

std::string newUuid() {
    return boost::uuids::to_string(boost::uuids::random_generator()());
}

std::string newMacAddress() {
    std::array<std::uint8_t, 5> bytes{};
    // Never fails for so few bytes once the host has started.
    static_cast<void>(::getrandom(bytes.data(), bytes.size(), 0) < 0);
    // A zero there is not for legacy adapters.
    bytes[0] |= 1;
    return fmt::format("02:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", bytes[0], bytes[1], bytes[2],
                       bytes[3], bytes[4]);
}

bool isSwappedByDrivers(std::string_view macAddress) {
    return macAddress.starts_with("02:00:") || macAddress.starts_with("a0:00:") ||
           macAddress.starts_with("c0:00:");
}

void giveIdentities(MachineSettings& settings) {
    for (NetworkAdapter& adapter : settings.networkAdapters) {
        if (adapter.id.empty())
            adapter.id = newUuid();
        if (adapter.macAddress.empty())
            adapter.macAddress = newMacAddress();
    }
}

RpcResult<void> checkName(std::string_view name) {
    const std::string allowed =
        fmt::format("1 to {} bytes of text without '/', no space at its ends", kMaximumNameLength);
    if (name.empty())
        return wrong("a machine needs a name", "name", allowed);
    if (name.size() > kMaximumNameLength || hasControl(name) ||
        name.find('/') != std::string_view::npos || name.front() == ' ' || name.back() == ' ')
        return wrong("a machine can't have this name", "name", allowed);
    // It would be taken for another machine's id.
    if (isUuid(name))
        return wrong("a machine's name can't look like an id", "name", allowed);
    return {};
}

RpcResult<void> checkSettings(const MachineSettings& settings) {
    if (!isUuid(settings.id))
        return wrong("a machine's id must be a UUID", "id",
                     "like 6fa459ea-ee8a-4ca4-894e-db77e160355e");
    if (auto name = checkName(settings.name); !name)
        return name;
    if (settings.notes.size() > kMaximumNotesLength)
        return wrong("the notes are too long", "notes",
                     fmt::format("at most {} bytes", kMaximumNotesLength));
    if (settings.group.size() > kMaximumLabel || hasControl(settings.group))
        return wrong("the name of the group is too long", "group",
                     fmt::format("at most {} bytes of text", kMaximumLabel));
    if (settings.processor.reserve > settings.processor.limit)
        return wrong(fmt::format("a reserve of {} is over the limit of {}",
                                 settings.processor.reserve, settings.processor.limit),
                     "processor.reserve", fmt::format("0 to {}", settings.processor.limit));
    if (auto memory = checkMemory(settings.memory); !memory)
        return memory;
    if (auto firmware = checkFirmware(settings); !firmware)
        return firmware;
    if (auto drives = checkDrives(settings); !drives)
        return drives;
    if (auto adapters = checkAdapters(settings); !adapters)
        return adapters;
    if (settings.comPorts.size() > kComPorts)
        return wrong("a machine has two serial ports", "comPorts", "at most 2");
    if (!settings.checkpoints.folder.empty())
        if (auto path = checkPath(settings.checkpoints.folder, "checkpoints.folder"); !path)
            return path;
    if (settings.automaticStop == AutomaticStopAction::Save)
        return rpcFailure(ErrorCode::NotSupported, "machines can't be saved by this version",
                          "choose ShutDown or TurnOff", "automaticStop", "TurnOff, ShutDown");
    return {};
}

}  // namespace service
