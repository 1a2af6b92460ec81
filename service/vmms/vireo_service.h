// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "hypervisor/error.h"
#include "service_manager.h"
#include "service_places.h"

namespace service {

/// What becomes of machines that run when the service is stopped.
enum class WhenStopped : std::uint8_t {
    /// They go on, unless the host, or the user's session, goes down with the service.
    Automatic,
    Keep,
    /// Each by its automatic stop action.
    StopMachines,
};

struct ServiceOptions {
    ServiceMode mode = ServiceMode::System;
    WhenStopped whenStopped = WhenStopped::Automatic;
    /// How long guests may take to shut down before they are turned off.
    std::chrono::seconds shutDownPatience{60};
    /// All machines together get no more memory than this, in bytes; none: what the host can spare.
    std::optional<std::uint64_t> machineMemory;
    std::optional<InheritedSocket> inheritedSocket;
};

/// vireod: everything put together.
class VireoService {
  public:
    /// Takes the places and reads the machines; fails with what to do.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<VireoService>> create(
        ServiceOptions options);
    virtual ~VireoService() = default;
    VireoService(const VireoService&) = delete;
    VireoService& operator=(const VireoService&) = delete;

    /// Adopts workers, serves, and returns after SIGTERM, SIGINT or a client's request: 0, or 1 if it could not serve.
    [[nodiscard]] virtual int run() = 0;

  protected:
    VireoService() = default;
};

}  // namespace service
