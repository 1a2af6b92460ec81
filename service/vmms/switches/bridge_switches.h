// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "host_network.h"
#include "host_part.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "service/ipc/switch_requests.h"

namespace service {

/// External, internal and private switches as bridges of the host. A bridge's name comes from its
/// switch's id, so that it is found again; nothing else is remembered of it.
///
/// Thread safety: one thread at a time.
class BridgeSwitches {
  public:
    /// `keeper` outlives this.
    BridgeSwitches(HostNetwork network, HostPartKeeper& keeper)
        : network_(std::move(network)), keeper_(keeper) {}

    /// "vireo-1a2b3c4d": an interface's name has at most 15 bytes.
    [[nodiscard]] static std::string interfaceOf(const std::string& id);

    /// Makes what is not there of the switch: its bridge, the host's part in it, ports that were
    /// plugged into a bridge of it before. A failure leaves the host's adapter as it was.
    [[nodiscard]] hypervisor::Result<void> establish(const SwitchSettings& settings);
    /// From one to another of the same id; ports stay plugged. A failure leaves the old one.
    [[nodiscard]] hypervisor::Result<void> change(const SwitchSettings& from,
                                                  const SwitchSettings& to);
    /// The host's adapter gets its addresses and routes back.
    [[nodiscard]] hypervisor::Result<void> remove(const SwitchSettings& settings);

    /// What is not as it should be, a sentence's part; empty: nothing. `links` are the host's.
    [[nodiscard]] static std::string problemOf(const SwitchSettings& settings,
                                               const std::vector<HostLink>& links);
    /// Whether an external switch that has lost its adapter could have it again.
    [[nodiscard]] static bool adapterIsFree(const SwitchSettings& settings,
                                            const std::vector<HostLink>& links);
    /// A new port, for a worker.
    [[nodiscard]] hypervisor::Result<hypervisor::FileDescriptor> plug(
        const SwitchSettings& settings);

    [[nodiscard]] hypervisor::Result<std::vector<HostLink>> links() { return network_.links(); }
    /// Those that a switch could have, and others that somebody may look for, with the reason.
    [[nodiscard]] static std::vector<HostAdapter> hostAdapters(
        const std::vector<HostLink>& links, const std::vector<SwitchSettings>& switches);
    /// The host's network that overlaps this one, "192.168.1.5/24 of 'eth0'"; empty: none does.
    [[nodiscard]] hypervisor::Result<std::string> overlapping(const std::string& prefix,
                                                              const std::string& exceptId);

  private:
    [[nodiscard]] hypervisor::Result<HostLink> existing(const std::string& name);
    [[nodiscard]] hypervisor::Result<void> build(const SwitchSettings& settings);
    /// What build() has made beyond the bridge itself.
    [[nodiscard]] hypervisor::Result<void> withdraw(const SwitchSettings& settings);
    [[nodiscard]] hypervisor::Result<void> joinAdapter(const SwitchSettings& settings,
                                                       const HostLink& bridge);
    [[nodiscard]] hypervisor::Result<void> releaseAdapter(const SwitchSettings& settings,
                                                          const HostLink& bridge);
    [[nodiscard]] hypervisor::Result<void> replugPorts(const SwitchSettings& settings,
                                                       const HostLink& bridge);

    HostNetwork network_;
    HostPartKeeper& keeper_;
};

}  // namespace service
