// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

#include "client_rights.h"
#include "hypervisor/error.h"
#include "service/ipc/error_codes.h"
#include "service/ipc/service_requests.h"
#include "service_places.h"

namespace service {

/// What the service does where a client says nothing, kept in a file of its own
/// (docs/file-formats.md).
///
/// Thread safety: the event loop's thread.
class KeptServiceSettings {
  public:
    KeptServiceSettings(const ServicePlaces& places, ServiceMode mode)
        : file_(places.serviceSettings()), usualMachineFolder_(places.machines()), mode_(mode) {}

    /// `onChanged` hears of what has been stored.
    void setListener(std::function<void()> onChanged) { onChanged_ = std::move(onChanged); }
    /// A file that can't be read stays as it is, and nothing can be set until it was repaired.
    [[nodiscard]] hypervisor::Result<void> load();

    [[nodiscard]] const ServiceSettings& settings() const { return settings_; }
    /// For new machines where no folder is named.
    [[nodiscard]] const std::string& machineFolder() const {
        return settings_.machineFolder.empty() ? usualMachineFolder_ : settings_.machineFolder;
    }
    [[nodiscard]] const std::string& usualMachineFolder() const { return usualMachineFolder_; }
    /// Why this client can't change the folder of machines; empty: it can.
    [[nodiscard]] std::string limitation(const ClientRights& rights) const;

    /// Of what is asked for, all that can be said without looking at folders.
    [[nodiscard]] RpcResult<void> judge(const ClientRights& rights,
                                        const ServiceSetParams& params) const;
    /// Of what was judged.
    [[nodiscard]] RpcResult<void> set(const ServiceSetParams& params);

  private:
    const std::string file_;
    const std::string usualMachineFolder_;
    const ServiceMode mode_;
    std::function<void()> onChanged_;
    ServiceSettings settings_;
    /// Why the file must not be written; empty: it may.
    std::string unreadable_;
};

/// Whether the folder is there and can be written by the calling thread: makes a file in it and
/// removes it. May take as long as the file system does.
[[nodiscard]] RpcResult<void> tryFolder(const std::string& folder, const char* field);

}  // namespace service
