// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <string>

#include "hypervisor/error.h"
#include "service/ipc/machine_settings.h"

namespace service {

/// What a vm.json holds (docs/file-formats.md).
struct StoredMachine {
    MachineSettings settings;
    /// The user with whose rights the machine's files are opened when it is started by nobody:
    /// automatically, or after a crash.
    uid_t owner = 0;

    bool operator==(const StoredMachine&) const = default;
};

inline constexpr std::size_t kMaximumMachineFile = 4 << 20;
inline constexpr const char* kMachineFileName = "vm.json";

// The text alone, so that tests reach it without a file.

/// Fails with what is wrong and where.
[[nodiscard]] hypervisor::Result<StoredMachine> parseMachineFile(const std::string& text);
/// The same without what checkSettings() judges: an exported machine has relative paths.
[[nodiscard]] hypervisor::Result<StoredMachine> decodeMachineFile(const std::string& text);
/// The text for the machine; what `previous` (the file's present text, or empty) has beyond what
/// this version knows stays in it: in objects by their fields, in lists by what identifies an
/// element (an id, a drive's place) or else by its index.
[[nodiscard]] std::string writeMachineFile(const StoredMachine& machine,
                                           const std::string& previous);

/// From `<folder>/vm.json`.
[[nodiscard]] hypervisor::Result<StoredMachine> loadMachine(const std::string& folder);
/// Replaces it atomically.
[[nodiscard]] hypervisor::Result<void> storeMachine(const std::string& folder,
                                                    const StoredMachine& machine);

}  // namespace service
