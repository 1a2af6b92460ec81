// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace service {

/// The threads of this process, for code that can't open /proc any more.
class ThreadList {
  public:
    [[nodiscard]] static hypervisor::Result<ThreadList> create();

    /// The kernel's IDs, in no order.
    [[nodiscard]] std::vector<std::uint32_t> read() const;

  private:
    explicit ThreadList(hypervisor::FileDescriptor folder) : folder_(std::move(folder)) {}

    hypervisor::FileDescriptor folder_;
};

}  // namespace service
