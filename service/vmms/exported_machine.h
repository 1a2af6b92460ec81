// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "service/ipc/error_codes.h"
#include "service/ipc/machine_settings.h"
#include "service/vmms/exchange/source_files.h"

namespace service {

/// A machine as it is in a folder to be imported: exported, with relative paths to what is in the
/// folder, or another one's own folder, with absolute ones. Whoever has made the folder is not
/// trusted.
///
/// Everything is done with the rights of the calling thread.
class ExportedMachine {
  public:
    /// The error is about the field `folder`.
    [[nodiscard]] static RpcResult<ExportedMachine> read(const std::string& folder);

    /// Judged as the service's own; paths are absolute.
    [[nodiscard]] const MachineSettings& settings() const { return settings_; }
    /// What is named relatively must not lead out of the folder. Valid as long as this lives.
    [[nodiscard]] Confinement confinement() const { return {&folder_, confined_}; }
    /// Discs and diskettes are not carried along: those that can't be opened are taken out. A
    /// sentence about each.
    [[nodiscard]] std::vector<std::string> takeOutMissingDiscs();

  private:
    explicit ExportedMachine(ConfinedFolder folder) : folder_(std::move(folder)) {}
    [[nodiscard]] RpcResult<void> decode(const std::string& text);

    ConfinedFolder folder_;
    MachineSettings settings_;
    std::set<std::string> confined_;
};

}  // namespace service
