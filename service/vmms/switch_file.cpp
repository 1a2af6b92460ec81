// SPDX-License-Identifier: GPL-3.0-or-later
#include "switch_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>

#include "atomic_file.h"
#include "json_file.h"
#include "service/ipc/value_codec.h"
#include "switch_check.h"

namespace service {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::size_t kMostBytes = 4 << 20;
/// Raised when an older program would misunderstand the file.
constexpr std::uint32_t kVersion = 1;

struct SwitchFile {
    std::uint32_t version = kVersion;
    std::vector<SwitchSettings> switches;
};
BOOST_DESCRIBE_STRUCT(SwitchFile, (), (version, switches))

}  // namespace

Result<std::vector<SwitchSettings>> loadSwitches(const std::string& path) {
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT)
        return std::vector<SwitchSettings>();
    auto file = readJsonFile<SwitchFile>(path, kMostBytes);
    if (!file)
        return std::unexpected(file.error());
    if (file->version > kVersion)
        return failure(fmt::format("'{}' has version {} and this Vireo knows up to {}", path,
                                   file->version, kVersion));
    for (const SwitchSettings& settings : file->switches)
        if (const auto checked = checkSwitch(settings); !checked)
            return failure(fmt::format("'{}': {}", path, describe(checked.error())));
    return std::move(file->switches);
}

Result<void> storeSwitches(const std::string& path, const std::vector<SwitchSettings>& switches) {
    return replaceFile(path,
                       boost::json::serialize(encodeValue(SwitchFile{kVersion, switches})) + '\n');
}

std::string HostPartFiles::file(const std::string& id) const {
    return fmt::format("{}/{}.json", folder_, id);
}

Result<void> HostPartFiles::keep(const std::string& id, const HostPart& part) {
    return replaceFile(file(id), boost::json::serialize(encodeValue(part)) + '\n');
}

std::optional<HostPart> HostPartFiles::kept(const std::string& id) const {
    auto part = readJsonFile<HostPart>(file(id), kMostBytes);
    if (!part)
        return std::nullopt;
    return std::move(*part);
}

void HostPartFiles::forget(const std::string& id) {
    ::unlink(file(id).c_str());
}

}  // namespace service
