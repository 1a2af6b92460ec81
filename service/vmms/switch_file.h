// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "hypervisor/error.h"
#include "service/ipc/switch_requests.h"
#include "service/vmms/switches/host_part.h"

namespace service {

/// The file with all switches (docs/file-formats.md); none where there is no file yet.
[[nodiscard]] hypervisor::Result<std::vector<SwitchSettings>> loadSwitches(const std::string& path);
[[nodiscard]] hypervisor::Result<void> storeSwitches(const std::string& path,
                                                     const std::vector<SwitchSettings>& switches);

/// What external switches have taken from the host's adapters, a file each. The folder goes when
/// the host restarts, as bridges do.
class HostPartFiles final : public HostPartKeeper {
  public:
    explicit HostPartFiles(std::string folder) : folder_(std::move(folder)) {}

    [[nodiscard]] hypervisor::Result<void> keep(const std::string& id,
                                                const HostPart& part) override;
    [[nodiscard]] std::optional<HostPart> kept(const std::string& id) const override;
    void forget(const std::string& id) override;

  private:
    [[nodiscard]] std::string file(const std::string& id) const;

    const std::string folder_;
};

}  // namespace service
