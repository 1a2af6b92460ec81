// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machine_requests.h"

namespace service {

// Long work: a request that begins it is answered with the job at once. Paths are opened with the
// rights of the client's user.

enum class JobState : std::uint8_t { Running, Succeeded, Failed, Cancelled };
BOOST_DESCRIBE_ENUM(JobState, Running, Succeeded, Failed, Cancelled)

enum class JobKind : std::uint8_t {
    CreateDisk,
    ConvertDisk,
    CompactDisk,
    ExpandDisk,
    MergeDisk,
    ExportMachine,
    ImportMachine,
    CopyFile,
};
BOOST_DESCRIBE_ENUM(JobKind, CreateDisk, ConvertDisk, CompactDisk, ExpandDisk, MergeDisk,
                    ExportMachine, ImportMachine, CopyFile)

struct Job {
    std::uint64_t id = 0;
    JobKind kind = JobKind::CreateDisk;
    JobState state = JobState::Running;
    /// "Creating disk.vhdx".
    std::string title;
    /// 0 to 100.
    double percent = 0;
    /// Why it failed; empty otherwise.
    std::string error;
    /// Milliseconds since 1970.
    std::int64_t started = 0;
    std::optional<std::int64_t> ended;
    /// The id of the machine that an export, import or copy which has succeeded was about.
    std::optional<std::string> machine;
};
BOOST_DESCRIBE_STRUCT(Job, (), (id, kind, state, title, percent, error, started, ended, machine))

struct JobReply {
    Job job;
};
BOOST_DESCRIBE_STRUCT(JobReply, (), (job))

struct JobParams {
    std::uint64_t job = 0;
};
BOOST_DESCRIBE_STRUCT(JobParams, (), (job))

struct JobListReply {
    std::vector<Job> jobs;
};
BOOST_DESCRIBE_STRUCT(JobListReply, (), (jobs))

/// Those that run, and the last ones that ended.
struct JobListMethod {
    static constexpr std::string_view kName = "job.list";
    using Params = NoParams;
    using Reply = JobListReply;
};

struct JobGetMethod {
    static constexpr std::string_view kName = "job.get";
    using Params = JobParams;
    using Reply = JobReply;
};

/// The job ends as soon as it can and leaves nothing half-made.
struct JobCancelMethod {
    static constexpr std::string_view kName = "job.cancel";
    using Params = JobParams;
    using Reply = JobReply;
};

enum class DiskFormat : std::uint8_t { Vhdx, Vhd, Raw };
BOOST_DESCRIBE_ENUM(DiskFormat, Vhdx, Vhd, Raw)
enum class DiskType : std::uint8_t { Dynamic, Fixed, Differencing };
BOOST_DESCRIBE_ENUM(DiskType, Dynamic, Fixed, Differencing)

struct DiskCreateParams {
    std::string path;
    /// Nothing: by the file name's ending.
    std::optional<DiskFormat> format;
    /// Nothing: Dynamic, or Differencing with a parent, or Fixed for raw images.
    std::optional<DiskType> type;
    /// Not with a parent.
    std::optional<std::uint64_t> sizeBytes;
    std::optional<std::string> parent;
};
BOOST_DESCRIBE_STRUCT(DiskCreateParams, (), (path, format, type, sizeBytes, parent))

struct DiskCreateMethod {
    static constexpr std::string_view kName = "disk.create";
    using Params = DiskCreateParams;
    using Reply = JobReply;
};

struct DiskConvertParams {
    std::string source;
    std::string destination;
    std::optional<DiskFormat> format;
    std::optional<DiskType> type;
};
BOOST_DESCRIBE_STRUCT(DiskConvertParams, (), (source, destination, format, type))

struct DiskConvertMethod {
    static constexpr std::string_view kName = "disk.convert";
    using Params = DiskConvertParams;
    using Reply = JobReply;
};

struct DiskParams {
    std::string path;
};
BOOST_DESCRIBE_STRUCT(DiskParams, (), (path))

struct DiskCompactMethod {
    static constexpr std::string_view kName = "disk.compact";
    using Params = DiskParams;
    using Reply = JobReply;
};

struct DiskExpandParams {
    std::string path;
    std::uint64_t sizeBytes = 0;
};
BOOST_DESCRIBE_STRUCT(DiskExpandParams, (), (path, sizeBytes))

struct DiskExpandMethod {
    static constexpr std::string_view kName = "disk.expand";
    using Params = DiskExpandParams;
    using Reply = JobReply;
};

/// A differencing disk into its parent.
struct DiskMergeMethod {
    static constexpr std::string_view kName = "disk.merge";
    using Params = DiskParams;
    using Reply = JobReply;
};

struct DiskInspectReply {
    DiskFormat format = DiskFormat::Raw;
    DiskType type = DiskType::Fixed;
    std::uint64_t sizeBytes = 0;
    std::uint64_t fileSizeBytes = 0;
    std::uint64_t blockSizeBytes = 0;
    std::string identifier;
    std::string parent;
};
BOOST_DESCRIBE_STRUCT(DiskInspectReply, (),
                      (format, type, sizeBytes, fileSizeBytes, blockSizeBytes, identifier, parent))

struct DiskInspectMethod {
    static constexpr std::string_view kName = "disk.inspect";
    using Params = DiskParams;
    using Reply = DiskInspectReply;
};

}  // namespace service
