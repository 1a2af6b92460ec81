// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace service::cli {

/// The signals that end, stop or continue the program, as something to poll. SIGPIPE is ignored.
class SignalSource {
  public:
    /// Blocks them in the calling thread, so it comes before all other threads.
    [[nodiscard]] static hypervisor::Result<SignalSource> create();

    [[nodiscard]] int descriptor() const { return signals_.get(); }
    /// The next signal that has come, if any.
    [[nodiscard]] std::optional<int> next() const;

  private:
    explicit SignalSource(hypervisor::FileDescriptor signals) : signals_(std::move(signals)) {}

    hypervisor::FileDescriptor signals_;
};

}  // namespace service::cli
