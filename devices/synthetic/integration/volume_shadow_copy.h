// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "integration_component.h"

namespace devices::synthetic {

/// Has the guest bring its file systems to rest for a backup of its disks. The owner asks
/// checkSupport(), then freeze(), takes the checkpoint and calls thaw() in any case, even when
/// freeze() has failed or nothing has come of it in time: some of the guest may be frozen.
///
/// One call at a time; `done` is called once, on the thread, unless the component goes before.
class VolumeShadowCopy final : public IntegrationComponent {
  public:
    using Done = std::move_only_function<void(hypervisor::Result<void>)>;

    explicit VolumeShadowCopy(DeviceThread& thread);
    ~VolumeShadowCopy() override;

    [[nodiscard]] static vmbus::Offer offer();

    /// Whether the guest can be backed up while it runs. Any thread, as the others.
    void checkSupport(Done done);
    /// The guest flushes, and writes nothing until thaw().
    void freeze(Done done);
    void thaw(Done done);

  private:
    void onReady() override {}
    void ask(ic::ShadowCopyOperation operation, Done done);
};

}  // namespace devices::synthetic
