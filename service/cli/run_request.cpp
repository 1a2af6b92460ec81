// SPDX-License-Identifier: GPL-3.0-or-later
#include "run_request.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

#include "memory_size.h"
#include "service/ipc/machine_limits.h"

namespace service::cli {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

constexpr const char* kKvmDevice = "/dev/kvm";
constexpr std::uint32_t kNobody = 65534;

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

    auto kernel = openImage("kernel", arguments.kernel);
    if (!kernel)
        return std::unexpected(kernel.error());
    request.kernel = std::move(*kernel);
    for (const std::string& path : arguments.initialRamDisks) {
        auto disk = openImage("initial RAM disk", path);
        if (!disk)
            return std::unexpected(disk.error());
        request.initialRamDisks.push_back(std::move(*disk));
    }
    auto kvm = openKvm(*backend);
    if (!kvm)
        return std::unexpected(kvm.error());
    request.kvm = std::move(*kvm);

    request.start.processors = *processors;
    request.start.memoryBytes = *memory;
    request.start.backend = *backend;
    request.start.hasKvm = static_cast<bool>(request.kvm);
    request.start.kernel = arguments.kernel;
    request.start.initialRamDisks = arguments.initialRamDisks;
    request.start.commandLine = arguments.append;
    request.start.timeDivisor = *slowTime;
    request.start.debugExit = arguments.debugExit;
    // A worker needs none of root's rights: all that it uses is open.
    if (::geteuid() == 0)
        request.start.userId = request.start.groupId = kNobody;
    request.start.restartOnReset = !arguments.noReboot && !arguments.debugExit;
    return request;
}

}  // namespace service::cli
