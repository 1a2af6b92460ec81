// SPDX-License-Identifier: GPL-3.0-or-later
#include "running_requests.h"

#include <array>

#include "kernel_interface.h"

namespace hypervisor::kvm {

std::span<const unsigned long> runningRequests() {
    static constexpr std::array<unsigned long, 26> kRequests{
        KVM_RUN,
        KVM_SET_USER_MEMORY_REGION,
        KVM_GET_REGS,
        KVM_SET_REGS,
        KVM_GET_SREGS,
        KVM_SET_SREGS,
        KVM_GET_MSRS,
        KVM_SET_MSRS,
        KVM_GET_XSAVE,
        KVM_SET_XSAVE,
        KVM_GET_XCRS,
        KVM_SET_XCRS,
        KVM_GET_LAPIC,
        KVM_SET_LAPIC,
        KVM_GET_DEBUGREGS,
        KVM_SET_DEBUGREGS,
        KVM_SET_GUEST_DEBUG,
        KVM_GET_VCPU_EVENTS,
        KVM_SET_VCPU_EVENTS,
        KVM_GET_MP_STATE,
        KVM_SET_MP_STATE,
        KVM_TRANSLATE,
        KVM_INTERRUPT,
        KVM_SIGNAL_MSI,
        KVM_SET_GSI_ROUTING,
        KVM_SET_DEVICE_ATTR,
    };
    return kRequests;
}

}  // namespace hypervisor::kvm
