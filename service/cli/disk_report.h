// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "devices/storage/images/disk_jobs.h"

namespace service::cli {

// What `vireo disk` tells of disks, for people and, with --json, for programs: one JSON object a
// line.

[[nodiscard]] std::string describeText(const devices::storage::DiskInformation& information);
[[nodiscard]] std::string describeJson(const devices::storage::DiskInformation& information);
[[nodiscard]] std::string checkText(const std::string& path,
                                    const devices::storage::CheckReport& report);
[[nodiscard]] std::string checkJson(const std::string& path,
                                    const devices::storage::CheckReport& report);
/// {"result": "done", "verb": ..., "path": ...}
[[nodiscard]] std::string doneJson(const std::string& verb, const std::string& path);
/// {"error": ...}
[[nodiscard]] std::string errorJson(const std::string& message);

/// Whether data is wrong and was not repaired.
[[nodiscard]] bool hasErrors(const devices::storage::CheckReport& report);

}  // namespace service::cli
