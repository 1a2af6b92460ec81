// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend.h"

#include <utility>

#include "hypervisor/selection/backend_selection.h"
#include "hypervisor/software/software_hypervisor.h"

namespace service {

namespace {

hypervisor::BackendChoice toHypervisor(BackendChoice choice) {
    switch (choice) {
        case BackendChoice::Kvm:
            return hypervisor::BackendChoice::Kvm;
        case BackendChoice::Software:
            return hypervisor::BackendChoice::Software;
        case BackendChoice::Auto:
            break;
    }
    return hypervisor::BackendChoice::Auto;
}

}  // namespace

hypervisor::Result<std::unique_ptr<hypervisor::Hypervisor>> createBackend(
    BackendChoice choice, hypervisor::FileDescriptor kvm) {
    return hypervisor::createHypervisor(toHypervisor(choice), std::move(kvm),
                                        {hypervisor::software::createSoftwareHypervisor,
                                         hypervisor::software::createInstructionEmulator});
}

}  // namespace service
