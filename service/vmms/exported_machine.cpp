// SPDX-License-Identifier: GPL-3.0-or-later
#include "exported_machine.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "atomic_file.h"
#include "machine_file.h"
#include "service/vmms/exchange/own_paths.h"
#include "service/vmms/exchange/plain_file.h"
#include "settings_check.h"

namespace service {

namespace {

std::unexpected<RpcError> unusableFolder(std::string message, std::string advice = {}) {
    return rpcFailure(ErrorCode::FileError, std::move(message), std::move(advice), "folder");
}

/// By its words alone; what links make of it is judged when the file is opened.
bool leadsOut(const std::string& relative) {
    const std::filesystem::path plain = std::filesystem::path(relative).lexically_normal();
    return plain.empty() || *plain.begin() == ".." || plain == "." ||
           relative.find('\0') != std::string::npos;
}

/// Empties the path of what can't be opened.
void judgeDisc(std::string& path, const char* what, std::vector<std::string>& missing) {
    if (path.empty())
        return;
    const auto disc = openPlainFile(path, BlockDevices::Accept);
    if (disc)
        return;
    missing.push_back(fmt::format("The drive of the {} '{}' will be empty: {}.", what, path,
                                  disc.error().message));
    path.clear();
}

}  // namespace

RpcResult<ExportedMachine> ExportedMachine::read(const std::string& folder) {
    auto confined = ConfinedFolder::open(folder);
    if (!confined)
        return unusableFolder(confined.error().message, "check the name");
    const std::string path = confined->path() + '/' + kMachineFileName;
    const auto file = confined->openFile(kMachineFileName);
    if (!file && file.error() == ENOENT)
        return unusableFolder(fmt::format("there is no {} in '{}'", kMachineFileName, folder),
                              "choose the folder of an exported machine");
    if (!file && file.error() == EXDEV)
        return unusableFolder(fmt::format("'{}' leads out of the folder", path));
    if (!file)
        return unusableFolder(
            fmt::format("can't open '{}': {}", path, std::strerror(file.error())));
    const auto text = readFile(*file, path, kMaximumMachineFile);
    if (!text)
        return unusableFolder(text.error().message);
    ExportedMachine machine(std::move(*confined));
    if (auto decoded = machine.decode(*text); !decoded)
        return unusableFolder(
            fmt::format("'{}' can't be used: {}", path, describe(decoded.error())));
    return machine;
}

RpcResult<void> ExportedMachine::decode(const std::string& text) {
    auto decoded = decodeMachineFile(text);
    if (!decoded)
        return rpcFailure(ErrorCode::InvalidParams, decoded.error().message);
    settings_ = std::move(decoded->settings);
    for (const OwnPath& own : ownPaths(settings_)) {
        if (own.path->empty() || own.path->front() == '/')
            continue;
        if (leadsOut(*own.path))
            return rpcFailure(
                ErrorCode::InvalidParams,
                fmt::format("'{}' leads out of the folder: '{}'", own.field, *own.path));
        *own.path =
            folder_.path() + '/' + std::filesystem::path(*own.path).lexically_normal().string();
        confined_.insert(*own.path);
    }
    giveIdentities(settings_);
    return checkSettings(settings_);
}

std::vector<std::string> ExportedMachine::takeOutMissingDiscs() {
    std::vector<std::string> missing;
    for (Drive& drive : settings_.drives)
        if (drive.kind == DriveKind::Dvd)
            judgeDisc(drive.path, "disc", missing);
    if (settings_.floppy)
        judgeDisc(settings_.floppy->path, "diskette", missing);
    return missing;
}

}  // namespace service
