// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "boot_images.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "machine.h"
#include "service/ipc/message_socket.h"
#include "service/ipc/worker_messages.h"
#include "synthetic_order.h"

namespace service {

/// What a worker has been told to run, checked, with the descriptors that came for it.
struct MachineOrder {
    MachineSettings settings;
    BackendChoice backend = BackendChoice::Auto;
    /// Whom the process becomes, 0: nobody else.
    std::uint32_t userId = 0;
    std::uint32_t groupId = 0;
    /// Where further connections come in, or none.
    hypervisor::FileDescriptor listener;
    hypervisor::FileDescriptor kvm;
    SerialWiring serial;
    BootImages boot;
    SyntheticOrder synthetic;

    /// From the control socket's first message.
    [[nodiscard]] static hypervisor::Result<MachineOrder> create(MessageSocket::Message message);
};

}  // namespace service
