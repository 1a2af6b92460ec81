// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/ioctl.h>

#include <cerrno>
#include <string>
#include <vector>

#include "hypervisor/error.h"
#include "kernel_interface.h"

namespace hypervisor::kvm {

/// One KVM request; `what` says in the error message what it was for.
template <class Argument>
[[nodiscard]] Result<int> request(int descriptor, unsigned long code, Argument argument,
                                  const char* what) {
    for (;;) {
        const int value = ::ioctl(descriptor, code, argument);
        if (value >= 0)
            return value;
        if (errno != EINTR)
            return systemFailure(std::string("KVM refuses to ") + what, errno);
    }
}

/// KVM_CHECK_EXTENSION: 0 when the kernel does not know it.
[[nodiscard]] inline int extension(int descriptor, unsigned long capability) {
    const int value = ::ioctl(descriptor, KVM_CHECK_EXTENSION, capability);
    return value > 0 ? value : 0;
}

/// Room for one of KVM's structures that end in an array, `Header` with `count` `Element`s.
template <class Header, class Element>
class Variable {
  public:
    explicit Variable(std::size_t count)
        : storage_(sizeof(Header) / sizeof(std::uint64_t) + 1 +
                   (count * sizeof(Element) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t)) {}

    [[nodiscard]] Header* get() { return reinterpret_cast<Header*>(storage_.data()); }
    [[nodiscard]] Header* operator->() { return get(); }

  private:
    std::vector<std::uint64_t> storage_;
};

}  // namespace hypervisor::kvm
