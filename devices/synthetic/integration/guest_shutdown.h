// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "integration_component.h"

namespace devices::synthetic {

/// Asks the guest to shut itself down.
class GuestShutdown final : public IntegrationComponent {
  public:
    enum class Kind : std::uint8_t { PowerOff, Restart, Hibernate };
    /// Called on the thread. Success says that the guest has agreed; when it is through, the
    /// machine turns itself off or resets.
    using Done = std::move_only_function<void(hypervisor::Result<void>)>;
    struct Options {
        Kind kind = Kind::PowerOff;
        /// Without asking applications and users. Linux ignores it.
        bool force = false;
        /// For who is logged in there: UTF-8.
        std::string text = {};
    };

    explicit GuestShutdown(DeviceThread& thread);
    ~GuestShutdown() override;

    [[nodiscard]] static vmbus::Offer offer();
    /// Any thread. `done` is called once, unless the component goes before.
    void shutDown(Options options, Done done);

  private:
    void onReady() override {}
    void ask(const Options& options, Done done);
};

}  // namespace devices::synthetic
