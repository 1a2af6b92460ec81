// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>
#include <cstddef>
#include <memory>
#include <span>

#include "hypervisor/error.h"
#include "machine_state.h"

namespace oracle {

/// Runs cases on the host's processor, in a child process that takes them in batches through
/// shared memory. A child that dies is replaced; the case that it died of ends as a hang.
class NativeProcessor {
  public:
    static constexpr std::size_t kBatch = 2048;

    [[nodiscard]] static hypervisor::Result<std::unique_ptr<NativeProcessor>> create(
        const TestMemory& background);
    ~NativeProcessor();
    NativeProcessor(const NativeProcessor&) = delete;
    NativeProcessor& operator=(const NativeProcessor&) = delete;

    /// Two batches take turns, so that one runs while the other is filled or judged.
    [[nodiscard]] std::span<Case> cases(unsigned batch);
    [[nodiscard]] std::span<const Outcome> outcomes(unsigned batch) const;

    void start(unsigned batch, std::size_t count);
    [[nodiscard]] hypervisor::Result<void> wait();

  private:
    struct Shared;
    explicit NativeProcessor(Shared* shared);
    [[nodiscard]] hypervisor::Result<void> startChild();
    void endChild();

    Shared* const shared_;
    pid_t child_ = -1;
    int toChild_ = -1;
    int fromChild_ = -1;
    unsigned batch_ = 0;
    std::size_t count_ = 0;
};

}  // namespace oracle
