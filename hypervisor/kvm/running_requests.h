// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>

namespace hypervisor::kvm {

/// The codes of all requests (ioctl) that this backend makes of KVM once its partition is built,
/// for who confines its threads.
[[nodiscard]] std::span<const unsigned long> runningRequests();

}  // namespace hypervisor::kvm
