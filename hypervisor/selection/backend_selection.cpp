// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend_selection.h"

#include <cpuid.h>

#include <utility>

#include "hypervisor/kvm/kvm_hypervisor.h"

namespace hypervisor {

bool hostVirtualizes() {
    constexpr unsigned kVmx = 1U << 5;
    constexpr unsigned kSvm = 1U << 2;
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & kVmx) != 0)
        return true;
    return __get_cpuid(0x8000'0001, &eax, &ebx, &ecx, &edx) != 0 && (ecx & kSvm) != 0;
}

Result<Backend> chooseBackend(BackendChoice choice, bool haveKvmDevice, bool virtualizes) {
    switch (choice) {
        case BackendChoice::Software:
            return Backend::Software;
        case BackendChoice::Auto:
            return haveKvmDevice && virtualizes ? Backend::Kvm : Backend::Software;
        case BackendChoice::Kvm:
            break;
    }
    if (haveKvmDevice)
        return Backend::Kvm;
    if (!virtualizes)
        return failure(
            "cannot use the kvm backend: this processor shows no VT-x or AMD-V, so there is no "
            "/dev/kvm; switch virtualization on in the firmware, or use the software backend");
    return failure(
        "cannot use the kvm backend: /dev/kvm cannot be opened; load the module kvm_intel or "
        "kvm_amd and see that you may read and write the device, or use the software backend");
}

Result<std::unique_ptr<Hypervisor>> createHypervisor(BackendChoice choice, FileDescriptor kvmDevice,
                                                     const SoftwareProcessor& software) {
    const bool virtualizes = hostVirtualizes();
    const auto backend = chooseBackend(choice, static_cast<bool>(kvmDevice), virtualizes);
    if (!backend)
        return std::unexpected(backend.error());
    if (*backend == Backend::Kvm) {
        auto kvm = kvm::createHypervisor(std::move(kvmDevice), virtualizes, software.emulators);
        if (kvm)
            return kvm;
        if (choice == BackendChoice::Kvm)
            return failure("cannot use the kvm backend: " + kvm.error().message);
    }
    return software.createHypervisor();
}

}  // namespace hypervisor
