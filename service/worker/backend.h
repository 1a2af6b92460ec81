// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "hypervisor/hypervisor.h"
#include "service/ipc/worker_messages.h"

namespace service {

/// The hypervisor backend for this choice; `kvm` is /dev/kvm, or none if that could not be opened.
[[nodiscard]] hypervisor::Result<std::unique_ptr<hypervisor::Hypervisor>> createBackend(
    BackendChoice choice, hypervisor::FileDescriptor kvm);

}  // namespace service
