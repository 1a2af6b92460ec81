// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace hypervisor::software {

/// MSRs that hold what was written to them and change nothing about how instructions run (Intel
/// SDM volume 4). All memory is write-back whatever the MTRRs say.
struct MiscellaneousRegisters {
    static constexpr std::size_t kVariableRanges = 8;
    static constexpr std::size_t kFixedRanges = 11;

    /// IA32_MTRR_DEF_TYPE: enabled, write-back.
    std::uint64_t mtrrDefaultType = 0x806;
    std::array<std::uint64_t, kVariableRanges> mtrrBase{};
    std::array<std::uint64_t, kVariableRanges> mtrrMask{};
    std::array<std::uint64_t, kFixedRanges> mtrrFixed{};
    /// IA32_MISC_ENABLE: fast strings; branch trace and precise event storage unavailable.
    std::uint64_t miscEnable = 0x1801;
    /// IA32_SPEC_CTRL.
    std::uint64_t speculationControl = 0;
    /// IA32_MCG_STATUS.
    std::uint64_t machineCheckStatus = 0;
};

}  // namespace hypervisor::software
