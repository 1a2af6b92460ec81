// SPDX-License-Identifier: GPL-3.0-or-later
#include "service_places.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace service {

using hypervisor::failure;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

constexpr mode_t kPrivateFolder = 0700;
constexpr mode_t kFolderForGroup = 0750;

Result<std::string> variable(const char* name) {
    const char* const value = std::getenv(name);
    if (value == nullptr || value[0] != '/')
        return failure(
            fmt::format("the variable {} is not set to a folder; log in, or set it", name));
    return std::string(value);
}

Result<void> makeFolder(const std::string& path, mode_t mode, std::optional<gid_t> group) {
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
    if (error)
        return failure(fmt::format("can't make the folder above '{}': {}", path, error.message()));
    if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
        return systemFailure(fmt::format("can't make the folder '{}'", path), errno);
    // Not through a link that somebody else has put there.
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0)
        return systemFailure(fmt::format("can't examine the folder '{}'", path), errno);
    if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid())
        return failure(
            fmt::format("'{}' is not a folder of this user; remove it, or run the service as the "
                        "user that owns it",
                        path));
    if (group && ::chown(path.c_str(), static_cast<uid_t>(-1), *group) != 0)
        return systemFailure(fmt::format("can't give the folder '{}' its group", path), errno);
    if ((status.st_mode & 07777) != mode && ::chmod(path.c_str(), mode) != 0)
        return systemFailure(fmt::format("can't set the mode of the folder '{}'", path), errno);
    return {};
}

}  // namespace

Result<ServicePlaces> ServicePlaces::find(ServiceMode mode) {
    if (mode == ServiceMode::System)
        return ServicePlaces{"/run/vireo", "/var/lib/vireo"};
    const auto runtime = variable("XDG_RUNTIME_DIR");
    if (!runtime)
        return std::unexpected(runtime.error());
    auto data = variable("XDG_DATA_HOME");
    if (!data) {
        data = variable("HOME");
        if (!data)
            return std::unexpected(data.error());
        *data += "/.local/share";
    }
    return ServicePlaces{*runtime + "/vireo", *data + "/vireo"};
}

Result<void> ServicePlaces::make(std::optional<gid_t> group) const {
    if (auto made = makeFolder(runtime, group ? kFolderForGroup : kPrivateFolder, group); !made)
        return made;
    for (const std::string& folder : {workers(), hostParts(), data, machines()})
        if (auto made = makeFolder(folder, kPrivateFolder, {}); !made)
            return made;
    return {};
}

}  // namespace service
