// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "hypervisor/hypervisor.h"

/// A backend whose VPs, instead of guest code, run a function of the test: what a machine does
/// with what its VPs do can be seen without a processor.
class ScriptedHypervisor : public hypervisor::Hypervisor {
  public:
    /// What a VP's run() does; it has `waitForStop` to block until it is told to stop.
    struct Vp {
        hypervisor::InterceptHandler& devices;
        hypervisor::VpIndex index;
        /// As set last.
        hypervisor::ProcessorState state;
        std::function<void()> waitForStop;
    };
    using Script = std::function<hypervisor::ExitReason(Vp&)>;

    explicit ScriptedHypervisor(Script script) : script_(std::move(script)) {}

    [[nodiscard]] hypervisor::Backend backend() const override {
        return hypervisor::Backend::Software;
    }
    [[nodiscard]] hypervisor::Result<std::unique_ptr<hypervisor::ProtoPartition>> createPartition(
        const hypervisor::PartitionSettings& settings) override;

    /// How often the partition has been reset.
    int resets = 0;
    std::atomic<bool> timeFrozen = false;
    /// A VP's failure to bind, if any.
    std::optional<hypervisor::Error> bindFailure;

  private:
    friend class ScriptedPartition;
    Script script_;
};
