// SPDX-License-Identifier: GPL-3.0-or-later
#include "service_settings.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include "atomic_file.h"
#include "hypervisor/file_descriptor.h"
#include "json_file.h"
#include "service/ipc/value_codec.h"
#include "settings_check.h"

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

constexpr std::size_t kMostBytes = 64 << 10;
/// Raised when an older program would misunderstand the file.
constexpr std::uint32_t kVersion = 1;

struct ServiceFile {
    std::uint32_t version = kVersion;
    ServiceSettings settings;
};
BOOST_DESCRIBE_STRUCT(ServiceFile, (), (version, settings))

/// Empty stands for the usual one.
RpcResult<void> judgeFolder(const std::string& folder, const char* field) {
    if (folder.empty())
        return {};
    if (folder.front() != '/' || folder.find('\0') != std::string::npos)
        return rpcFailure(ErrorCode::InvalidParams, fmt::format("'{}' is no absolute path", field),
                          {}, field, "an absolute path");
    if (folder.size() >= PATH_MAX)
        return rpcFailure(ErrorCode::InvalidParams, fmt::format("'{}' is too long", field), {},
                          field, fmt::format("less than {} bytes", PATH_MAX));
    return {};
}

Result<ServiceFile> read(const std::string& path) {
    auto file = readJsonFile<ServiceFile>(path, kMostBytes);
    if (!file)
        return std::unexpected(file.error());
    if (file->version > kVersion)
        return failure(fmt::format("'{}' has version {} and this Vireo knows up to {}", path,
                                   file->version, kVersion));
    for (const auto& [folder, field] : {std::pair{&file->settings.diskFolder, "diskFolder"},
                                        {&file->settings.machineFolder, "machineFolder"}})
        if (const auto judged = judgeFolder(*folder, field); !judged)
            return failure(fmt::format("'{}': {}", path, describe(judged.error())));
    return std::move(*file);
}

std::string withoutTrailingSlashes(std::string folder) {
    while (folder.size() > 1 && folder.back() == '/')
        folder.pop_back();
    return folder;
}

}  // namespace

Result<void> KeptServiceSettings::load() {
    if (::access(file_.c_str(), F_OK) != 0 && errno == ENOENT)
        return {};
    auto file = read(file_);
    if (!file) {
        unreadable_ = file.error().message;
        return std::unexpected(file.error());
    }
    settings_ = std::move(file->settings);
    return {};
}

std::string KeptServiceSettings::limitation(const ClientRights& rights) const {
    // The service makes machines' folders with its own rights, so where that is done is no choice
    // of who has fewer.
    return mode_ == ServiceMode::System && rights.user != 0
               ? "only root chooses where the system's service keeps machines"
               : "";
}

RpcResult<void> KeptServiceSettings::judge(const ClientRights& rights,
                                           const ServiceSetParams& params) const {
    for (const auto& [folder, field] :
         {std::pair{&params.diskFolder, "diskFolder"}, {&params.machineFolder, "machineFolder"}})
        if (*folder)
            if (auto judged = judgeFolder(**folder, field); !judged)
                return judged;
    if (params.machineFolder && *params.machineFolder != settings_.machineFolder)
        if (std::string reason = limitation(rights); !reason.empty())
            return rpcFailure(ErrorCode::PermissionDenied, std::move(reason),
                              "use 'sudo vireo service set'", "machineFolder");
    return {};
}

RpcResult<void> KeptServiceSettings::set(const ServiceSetParams& params) {
    if (!unreadable_.empty())
        return rpcFailure(ErrorCode::StorageError, unreadable_,
                          "repair or remove the file and start the service again");
    ServiceSettings changed = settings_;
    if (params.diskFolder)
        changed.diskFolder = withoutTrailingSlashes(*params.diskFolder);
    if (params.machineFolder)
        changed.machineFolder = withoutTrailingSlashes(*params.machineFolder);
    // The usual one, named, is the usual one.
    if (changed.machineFolder == usualMachineFolder_)
        changed.machineFolder.clear();
    if (changed == settings_)
        return {};
    if (auto stored = replaceFile(
            file_, boost::json::serialize(encodeValue(ServiceFile{kVersion, changed})) + '\n');
        !stored)
        return rpcFailure(ErrorCode::StorageError, stored.error().message, "make room");
    settings_ = std::move(changed);
    if (onChanged_)
        onChanged_();
    return {};
}

RpcResult<void> tryFolder(const std::string& folder, const char* field) {
    const auto refuse = [&](int error, std::string advice) {
        return rpcFailure(
            ErrorCode::FileError,
            fmt::format("can't write into the folder '{}': {}", folder, std::strerror(error)),
            std::move(advice), field);
    };
    const FileDescriptor place(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!place) {
        const int error = errno;
        return refuse(error, error == EACCES ? "ask for the right to use it"
                                             : "make the folder first, or choose another one");
    }
    const std::string name = ".vireo-" + newUuid();
    const FileDescriptor file(
        ::openat(place.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file)
        return refuse(errno, "choose a folder that you can write");
    ::unlinkat(place.get(), name.c_str(), 0);
    return {};
}

}  // namespace service
