// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <seccomp.h>

#include <cerrno>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>

#include "hypervisor/error.h"

namespace service {

/// A seccomp list in the making. What fails is kept, the first of all, for load() to say.
class SystemCallFilter {
  public:
    using Conditions = std::initializer_list<scmp_arg_cmp>;

    /// Refuses with EPERM what is not allowed.
    [[nodiscard]] static SystemCallFilter allowList() {
        return SystemCallFilter(SCMP_ACT_ERRNO(EPERM));
    }
    /// Allows all but starting programs, new namespaces and mounting: for builds with sanitizers,
    /// whose run-time library needs calls that nobody else may have.
    [[nodiscard]] static SystemCallFilter looseList();

    void allow(std::initializer_list<int> calls);
    void allow(int call, Conditions conditions);
    void refuse(int call, int error);

    /// For the calling thread, or for all threads of the process. `who` begins the text of an
    /// error: "the worker".
    [[nodiscard]] hypervisor::Result<void> load(std::string_view who, bool allThreads = false);

  private:
    struct Release {
        void operator()(void* filter) const { ::seccomp_release(filter); }
    };

    explicit SystemCallFilter(std::uint32_t otherwise);
    void add(std::uint32_t action, int call, Conditions conditions);
    void note(int result);

    std::unique_ptr<void, Release> filter_;
    int error_ = 0;
};

/// Conditions on a call's arguments, which are counted from 0.
[[nodiscard]] constexpr scmp_arg_cmp argumentEquals(unsigned argument, std::uint64_t value) {
    return {argument, SCMP_CMP_EQ, value, 0};
}
[[nodiscard]] constexpr scmp_arg_cmp maskedArgumentEquals(unsigned argument, std::uint64_t mask,
                                                          std::uint64_t value) {
    return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

/// True in a build with sanitizers: SystemCallFilter::looseList().
[[nodiscard]] bool confinementIsLoose();

}  // namespace service
