// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "job_requests.h"
#include "machine_settings.h"

namespace service {

// Machines to and from folders that can be carried elsewhere (docs/file-formats.md). Everything is
// read and written with the rights of the client's user.

struct MachineExportParams {
    std::string machine;
    /// Where the machine's folder is made, which has the machine's name.
    std::string folder;
};
BOOST_DESCRIBE_STRUCT(MachineExportParams, (), (machine, folder))

struct MachineExportMethod {
    static constexpr std::string_view kName = "machine.export";
    using Params = MachineExportParams;
    using Reply = JobReply;
};

enum class ImportKind : std::uint8_t {
    /// With its id; its disks and what it boots stay where they are.
    Register,
    /// With its id; its disks and what it boots are copied.
    Restore,
    /// A new machine with a new id and new network addresses; all is copied.
    Copy,
};
BOOST_DESCRIBE_ENUM(ImportKind, Register, Restore, Copy)

enum class MachineFileKind : std::uint8_t { HardDisk, ParentDisk, Kernel, InitialRamDisk };
BOOST_DESCRIBE_ENUM(MachineFileKind, HardDisk, ParentDisk, Kernel, InitialRamDisk)

/// A file that belongs to an exported machine and is copied with it.
struct ImportFile {
    MachineFileKind kind = MachineFileKind::HardDisk;
    std::string path;
    std::uint64_t sizeBytes = 0;
    bool missing = false;
};
BOOST_DESCRIBE_STRUCT(ImportFile, (), (kind, path, sizeBytes, missing))

struct ImportProblem {
    /// A sentence.
    std::string text;
    /// What can't be done because of it; empty: it should be known, no more.
    std::vector<ImportKind> prevents;
};
BOOST_DESCRIBE_STRUCT(ImportProblem, (), (text, prevents))

struct ImportInspectParams {
    std::string folder;
};
BOOST_DESCRIBE_STRUCT(ImportInspectParams, (), (folder))

struct ImportInspectReply {
    /// With absolute paths.
    MachineSettings settings;
    std::vector<ImportFile> files;
    std::uint64_t totalBytes = 0;
    std::vector<ImportProblem> problems;
};
BOOST_DESCRIBE_STRUCT(ImportInspectReply, (), (settings, files, totalBytes, problems))

/// What there is in an exported machine's folder.
struct ImportInspectMethod {
    static constexpr std::string_view kName = "import.inspect";
    using Params = ImportInspectParams;
    using Reply = ImportInspectReply;
};

struct MachineImportParams {
    std::string folder;
    ImportKind kind = ImportKind::Copy;
    /// Nothing: as it was.
    std::optional<std::string> name;
    /// As `folder` of machine.create. Neither is for Register.
    std::optional<std::string> machineFolder;
    /// Where a folder with the machine's name is made for its disks and what it boots; nothing:
    /// "Vireo/Virtual Hard Disks" in the user's home.
    std::optional<std::string> diskFolder;
};
BOOST_DESCRIBE_STRUCT(MachineImportParams, (), (folder, kind, name, machineFolder, diskFolder))

struct MachineImportMethod {
    static constexpr std::string_view kName = "machine.import";
    using Params = MachineImportParams;
    using Reply = JobReply;
};

}  // namespace service
