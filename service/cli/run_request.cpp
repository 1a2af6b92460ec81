// SPDX-License-Identifier: GPL-3.0-or-later
#include "run_request.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "boot_order.h"
#include "devices/storage/images/open_disk.h"
#include "memory_size.h"
#include "picture_output.h"
#include "service/ipc/machine_limits.h"
#include "service/ipc/unix_address.h"
#include "service/launch/drive_images.h"
#include "service/launch/firmware_images.h"
#include "service/launch/nat_launch.h"

namespace service::cli {

namespace storage = devices::storage;

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

constexpr const char* kKvmDevice = "/dev/kvm";
constexpr std::uint32_t kNobody = 65534;
constexpr std::size_t kMaximumDrives = 64;
// The machine is of nobody's inventory, and each adapter alone in its network.
constexpr const char* kAdapterId = "5f2b7a4e-3c2f-4d0b-9b0e-6f0e1d2c3b4a";
constexpr const char* kAdapterMac = "02:00:00:00:00:01";
constexpr const char* kLegacyAdapterId = "0c0a3b52-6d1e-4f0e-8b7f-2f5d8f1f6a11";
// Linux's driver takes a second byte of zero for one that has come to the wrong place.
constexpr const char* kLegacyAdapterMac = "02:15:5d:00:00:01";

// Nothing for what is no number, 0 for one that is too large.
std::optional<std::uint32_t> parseNumber(const std::string& text) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc::invalid_argument || end != text.data() + text.size())
        return std::nullopt;
    return error == std::errc{} ? number : 0;
}

Result<std::uint32_t> parseProcessors(const std::string& text) {
    const auto count = parseNumber(text);
    if (!count)
        return failure(fmt::format("number of VPs '{}' is not a number; give 1 to {}", text,
                                   kMaximumProcessors));
    if (*count == 0 || *count > kMaximumProcessors)
        return failure(
            fmt::format("a machine can't have {} VPs; give 1 to {}", text, kMaximumProcessors));
    return *count;
}

Result<std::uint32_t> parseSlowTime(const std::string& text) {
    const auto divisor = parseNumber(text);
    if (!divisor || *divisor == 0 || *divisor > kSlowestTime)
        return failure(fmt::format("the guest's time can't run '{}' times slower; give 1 to {}",
                                   text, kSlowestTime));
    return *divisor;
}

Result<BackendChoice> parseBackend(const std::string& text) {
    if (text == "auto")
        return BackendChoice::Auto;
    if (text == "kvm")
        return BackendChoice::Kvm;
    if (text == "software")
        return BackendChoice::Software;
    return failure(fmt::format("backend '{}' is unknown; give auto, kvm or software", text));
}

// Content is checked by the worker; what can't be content at all is refused here.
Result<FileDescriptor> openImage(const char* role, const std::string& path) {
    if (path.empty())
        return failure(fmt::format("the name of the {} is empty; name a file", role));
    // Not blocking, so that a FIFO does not keep us waiting for its writer.
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file) {
        const int error = errno;
        const char* const advice = error == ENOENT || error == ENOTDIR ? "; check the name"
                                   : error == EACCES ? "; ask for the right to read it"
                                                     : "";
        return failure(
            fmt::format("can't open {} '{}': {}{}", role, path, std::strerror(error), advice));
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        return hypervisor::systemFailure(fmt::format("can't examine {} '{}'", role, path), errno);
    if (S_ISDIR(status.st_mode))
        return failure(fmt::format("{} '{}' is a directory; name a file", role, path));
    if (!S_ISREG(status.st_mode))
        return failure(
            fmt::format("{} '{}' is not a regular file; copy its content into one", role, path));
    if (status.st_size == 0)
        return failure(fmt::format("{} '{}' is empty; check that it was copied whole", role, path));
    return file;
}

Result<FileDescriptor> openKvm(BackendChoice backend) {
    if (backend == BackendChoice::Software)
        return FileDescriptor();
    FileDescriptor device(::open(kKvmDevice, O_RDWR | O_CLOEXEC));
    if (!device && backend == BackendChoice::Kvm) {
        const int error = errno;
        return failure(fmt::format(
            "can't use the KVM backend: {}: {}; {}", kKvmDevice, std::strerror(error),
            error == EACCES ? "join the group that owns it, or give --backend software"
                            : "load the kvm module on a host with VT-x or AMD-V, or give "
                              "--backend software"));
    }
    return device;
}

/// A drive of "FILE" or "FILE,ro" at the place of `drive`: a DVD drive if that says so or for an
/// ISO image, else a hard disk.
Result<WorkerDrive> openDrive(const std::string& text, WorkerDrive drive,
                              std::vector<FileDescriptor>& images) {
    constexpr std::string_view kReadOnly = ",ro";
    drive.readOnly = text.ends_with(kReadOnly);
    const std::string path = drive.readOnly ? text.substr(0, text.size() - kReadOnly.size()) : text;
    if (path.empty())
        return failure("the name of a drive's image is empty; name a file");
    drive.dvd =
        drive.dvd || (!drive.floppy && storage::formatOfPath(path) == storage::ImageFormat::Iso);
    auto engine = storage::IoEngine::create();
    if (!engine)
        return std::unexpected(engine.error());
    auto opened = openDriveImages(**engine, path, drive);
    if (!opened)
        return std::unexpected(opened.error());
    for (storage::OpenedImageFile& image : *opened)
        images.push_back(std::move(image.descriptor));
    return drive;
}

/// Discs begin at the second controller, as in a new machine of Hyper-V's, disks at the first.
Result<void> openIdeDrives(const RunArguments& arguments, RunRequest& request) {
    constexpr std::size_t kPlaces = 4;
    const std::size_t count = arguments.disks.size() + arguments.discs.size();
    if (count > kPlaces)
        return failure(
            fmt::format("{} IDE drives are too many; give at most {}, and others with "
                        "--scsi",
                        count, kPlaces));
    std::array<bool, kPlaces> taken{};
    const auto open = [&](const std::string& text, bool dvd, std::size_t place) -> Result<void> {
        while (taken.at(place % kPlaces))
            ++place;
        place %= kPlaces;
        taken.at(place) = true;
        WorkerDrive at;
        at.ide = true;
        at.controller = static_cast<std::uint32_t>(place / 2);
        at.location = static_cast<std::uint32_t>(place % 2);
        at.dvd = dvd;
        auto drive = openDrive(text, std::move(at), request.images);
        if (!drive)
            return std::unexpected(drive.error());
        request.start.drives.push_back(std::move(*drive));
        return {};
    };
    for (const std::string& text : arguments.discs)
        if (auto opened = open(text, true, 2); !opened)
            return opened;
    for (const std::string& text : arguments.disks)
        if (auto opened = open(text, false, 0); !opened)
            return opened;
    return {};
}

Result<bool> wantsNat(const std::string& network) {
    if (network != "nat" && network != "none")
        return failure(fmt::format("network '{}' is unknown; give nat or none", network));
    return network == "nat";
}

Result<FileDescriptor> openTftpFolder(const RunArguments& arguments) {
    if (arguments.network != "nat" && arguments.legacyNetwork != "nat")
        return failure("--tftp and --boot-file need a network; give --legacy-network nat");
    if (arguments.tftp.empty())
        return failure("--boot-file names a file of the TFTP server's; give its folder by --tftp");
    if (arguments.bootFile.size() > kLongestBootFile)
        return failure(
            fmt::format("the boot file's name has {} characters; at most {} are possible",
                        arguments.bootFile.size(), kLongestBootFile));
    return service::openTftpFolder(arguments.tftp);
}

Result<void> openNetworks(const RunArguments& arguments, RunRequest& request) {
    const auto synthetic = wantsNat(arguments.network);
    if (!synthetic)
        return std::unexpected(synthetic.error());
    const auto legacy = wantsNat(arguments.legacyNetwork);
    if (!legacy)
        return std::unexpected(legacy.error());
    FileDescriptor tftpFolder;
    if (!arguments.tftp.empty() || !arguments.bootFile.empty()) {
        auto opened = openTftpFolder(arguments);
        if (!opened)
            return std::unexpected(opened.error());
        tftpFolder = std::move(*opened);
    }
    const auto open = [&](WorkerAdapter adapter,
                          const std::vector<std::string>& forwards) -> Result<void> {
        auto nat = launchNat({"vireo", forwards, request.start.userId, request.start.groupId,
                              tftpFolder.get(), arguments.bootFile, arguments.hostLoopback});
        if (!nat)
            return std::unexpected(nat.error());
        request.start.adapters.push_back(std::move(adapter));
        request.ports.push_back(std::move(nat->port));
        return {};
    };
    if (*synthetic)
        if (auto opened = open({kAdapterId, kAdapterMac, true}, arguments.forwards); !opened)
            return opened;
    if (!*legacy)
        return {};
    WorkerAdapter adapter{kLegacyAdapterId, kLegacyAdapterMac, true};
    adapter.name = "Legacy Network Adapter";
    adapter.legacy = true;
    // One network has a port of the host's.
    return open(std::move(adapter), *synthetic ? std::vector<std::string>() : arguments.forwards);
}

bool hasLegacyNetwork(const RunArguments& arguments) {
    return arguments.legacyNetwork == "nat";
}

bool hasScreen(const RunArguments& arguments) {
    return !arguments.screen.empty() || arguments.hasScreenshot;
}

/// Only its owner may look at the screen.
Result<FileDescriptor> listenAt(const std::string& path) {
    const std::string what = fmt::format("can't make the screen's socket '{}'", path);
    const auto address = unixAddress(path);
    if (!address)
        return hypervisor::systemFailure(what, ENAMETOOLONG);
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket)
        return hypervisor::systemFailure("can't create a socket", errno);
    const mode_t before = ::umask(0177);
    const int bound =
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address);
    const int error = errno;
    ::umask(before);
    if (bound != 0 && error == EADDRINUSE)
        return failure(what + ": something of that name is there; remove it");
    if (bound != 0)
        return hypervisor::systemFailure(what, error);
    if (::listen(socket.get(), SOMAXCONN) != 0) {
        const int reason = errno;
        ::unlink(path.c_str());
        return hypervisor::systemFailure(what, reason);
    }
    return socket;
}

Result<void> openNetworkBoot(const RunArguments& arguments, RunRequest& request) {
    if (!arguments.networkRom.empty()) {
        auto file = openImage("network ROM", arguments.networkRom);
        if (!file)
            return std::unexpected(file.error());
        request.start.networkRom = arguments.networkRom;
        request.boot.push_back(std::move(*file));
    } else if (auto rom = openNetworkRom()) {
        request.start.networkRom = std::move(rom->name);
        request.boot.push_back(std::move(rom->file));
    }
    return {};
}

/// For a screen that nobody looks at: its socket is gone from its folder before anybody knows it.
Result<FileDescriptor> listenUnseen() {
    std::string folder = (std::filesystem::temp_directory_path() / "vireo-run-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr)
        return hypervisor::systemFailure("can't make a folder for the screen's socket", errno);
    const std::string path = folder + "/screen";
    auto socket = listenAt(path);
    ::unlink(path.c_str());
    ::rmdir(folder.c_str());
    return socket;
}

Result<void> openScreen(const RunArguments& arguments, RunRequest& request) {
    if (!hasScreen(arguments))
        return {};
    if (arguments.hasScreenshot) {
        if (auto checked = checkPicturePlace(arguments.screenshot); !checked)
            return checked;
        auto picture = PictureFile::create();
        if (!picture)
            return std::unexpected(picture.error());
        request.picture = std::move(*picture);
        request.start.hasLastPicture = true;
    }
    auto screen = arguments.screen.empty() ? listenUnseen() : listenAt(arguments.screen);
    if (!screen)
        return std::unexpected(screen.error());
    request.screen = std::move(*screen);
    request.start.hasScreen = true;
    request.start.name = "vireo run";
    return {};
}

/// What the machine starts with, for `request`.
Result<void> openBoot(const RunArguments& arguments, RunRequest& request) {
    const bool hasLegacy = hasLegacyNetwork(arguments);
    if (!arguments.networkRom.empty() && (arguments.hasKernel || !hasLegacy))
        return failure(
            "--network-rom is what a legacy network adapter boots by; give --legacy-network nat, "
            "and no --kernel");
    if (!arguments.hasKernel) {
        if (!arguments.initialRamDisks.empty() || !arguments.append.empty() || arguments.debugExit)
            return failure(
                "--initrd, --append and --debug-exit are a kernel's; give --kernel, or none of "
                "them to boot by the firmware");
        auto firmware = openFirmware(hasScreen(arguments));
        if (!firmware)
            return std::unexpected(firmware.error());
        request.boot = std::move(firmware->files);
        request.start.firmware = std::move(firmware->names);
        if (hasLegacy)
            if (auto opened = openNetworkBoot(arguments, request); !opened)
                return opened;
        const bool hasDrives =
            !arguments.disks.empty() || !arguments.discs.empty() || !arguments.diskette.empty();
        if (!hasDrives && request.start.networkRom.empty())
            return failure(
                hasLegacy
                    ? "there is nothing to boot: a legacy network adapter boots by iPXE; install "
                      "the package ipxe, or give --network-rom"
                    : "there is nothing to boot; give --kernel, --disk, --cdrom or --floppy");
        return {};
    }
    auto kernel = openImage("kernel", arguments.kernel);
    if (!kernel)
        return std::unexpected(kernel.error());
    request.boot.push_back(std::move(*kernel));
    for (const std::string& path : arguments.initialRamDisks) {
        auto disk = openImage("initial RAM disk", path);
        if (!disk)
            return std::unexpected(disk.error());
        request.boot.push_back(std::move(*disk));
    }
    request.start.kernel = arguments.kernel;
    request.start.initialRamDisks = arguments.initialRamDisks;
    request.start.commandLine = arguments.append;
    return {};
}

}  // namespace

Result<RunRequest> checkRunArguments(const RunArguments& arguments) {
    RunRequest request;
    const auto processors = parseProcessors(arguments.processors);
    if (!processors)
        return std::unexpected(processors.error());
    const auto memory = parseMemorySize(arguments.memory, hostMemorySize());
    if (!memory)
        return std::unexpected(memory.error());
    const auto backend = parseBackend(arguments.backend);
    if (!backend)
        return std::unexpected(backend.error());
    const auto slowTime = parseSlowTime(arguments.slowTime);
    if (!slowTime)
        return std::unexpected(slowTime.error());
    if (arguments.append.size() > kMaximumCommandLine)
        return failure(fmt::format("the command line is {} bytes long; at most {} are possible",
                                   arguments.append.size(), kMaximumCommandLine));
    if (arguments.initialRamDisks.size() > kMaximumRamDisks)
        return failure(fmt::format("{} initial RAM disks are too many; give at most {}",
                                   arguments.initialRamDisks.size(), kMaximumRamDisks));

    if (auto boot = openBoot(arguments, request); !boot)
        return std::unexpected(boot.error());
    if (arguments.drives.size() > kMaximumDrives)
        return failure(fmt::format("{} drives are too many; give at most {}",
                                   arguments.drives.size(), kMaximumDrives));
    for (const std::string& text : arguments.drives) {
        WorkerDrive at;
        at.location = static_cast<std::uint32_t>(request.start.drives.size());
        auto drive = openDrive(text, std::move(at), request.images);
        if (!drive)
            return std::unexpected(drive.error());
        request.start.drives.push_back(std::move(*drive));
    }
    if (const auto opened = openIdeDrives(arguments, request); !opened)
        return std::unexpected(opened.error());
    if (!arguments.diskette.empty()) {
        WorkerDrive at;
        at.floppy = true;
        auto drive = openDrive(arguments.diskette, std::move(at), request.images);
        if (!drive)
            return std::unexpected(drive.error());
        request.start.drives.push_back(std::move(*drive));
    }
    if (!arguments.hasKernel) {
        const auto order = parseBootOrder(arguments.bootOrder, "--boot");
        if (!order)
            return std::unexpected(order.error());
        std::vector<BootDrive> drives;
        for (const WorkerDrive& drive : request.start.drives)
            if (drive.ide)
                drives.push_back({drive.controller, drive.location, drive.dvd});
        request.start.bootOrder =
            bootPaths(*order, std::move(drives), hasLegacyNetwork(arguments) ? 1 : 0);
    }
    // The processes that serve the guest need none of root's rights: all that they use is open.
    request.start.userId = request.start.groupId = ::geteuid() == 0 ? kNobody : 0;
    if (const auto opened = openNetworks(arguments, request); !opened)
        return std::unexpected(opened.error());
    auto kvm = openKvm(*backend);
    if (!kvm)
        return std::unexpected(kvm.error());
    request.kvm = std::move(*kvm);

    // Last, because it leaves something behind.
    if (const auto opened = openScreen(arguments, request); !opened)
        return std::unexpected(opened.error());

    request.start.processors = *processors;
    request.start.memoryBytes = *memory;
    request.start.backend = *backend;
    request.start.hasKvm = static_cast<bool>(request.kvm);
    request.start.timeDivisor = *slowTime;
    request.start.debugExit = arguments.debugExit;
    request.start.restartOnReset = !arguments.noReboot && !arguments.debugExit;
    return request;
}

}  // namespace service::cli
