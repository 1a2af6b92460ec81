// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "guest_interface_host.h"
#include "identity.h"
#include "synic.h"

namespace hypervisor {

/// TLFS, appendix "hypercall status codes".
enum class HypercallStatus : std::uint16_t {
    Success = 0x00,
    InvalidHypercallCode = 0x02,
    InvalidHypercallInput = 0x03,
    InvalidAlignment = 0x04,
    InvalidParameter = 0x05,
    InvalidConnectionId = 0x12,
    InsufficientBuffers = 0x13,
};

/// The hypercall input value (TLFS, section "hypercall inputs").
struct HypercallControl {
    explicit HypercallControl(std::uint64_t value) : value_(value) {}

    [[nodiscard]] std::uint16_t code() const { return static_cast<std::uint16_t>(value_); }
    [[nodiscard]] bool isFast() const { return (value_ & (1U << 16)) != 0; }
    /// In units of 8 bytes.
    [[nodiscard]] std::uint32_t variableHeaderSize() const { return field(17, 10); }
    [[nodiscard]] std::uint32_t repCount() const { return field(32, 12); }
    [[nodiscard]] std::uint32_t repStart() const { return field(48, 12); }
    /// Reserved bits, or the request for a nested hypervisor.
    [[nodiscard]] bool hasUnknownBits() const { return (value_ & 0xF000'F000'F800'0000) != 0; }

  private:
    [[nodiscard]] std::uint32_t field(unsigned first, unsigned bits) const {
        return static_cast<std::uint32_t>(value_ >> first) & ((1U << bits) - 1);
    }
    std::uint64_t value_;
};

/// A hypercall as its registers give it: where input and output are, or the first 16 bytes of
/// the input itself when it is fast.
struct HypercallRequest {
    HypercallControl control;
    std::uint64_t input;
    std::uint64_t output;
};

/// Checks and executes hypercalls of a partition. Thread safety: called by several VPs at a
/// time; it holds no state.
class HypercallDispatcher {
  public:
    HypercallDispatcher(const GuestInterfaceSettings& settings, const GuestMemory& memory,
                        GuestInterfaceHost& host, const Synic& synic)
        : settings_(settings), memory_(memory), host_(host), synic_(synic) {}

    /// The hypercall result value: status in the low 16 bits, completed reps from bit 32.
    [[nodiscard]] std::uint64_t dispatch(VpIndex vp, const HypercallRequest& request) const;

  private:
    const GuestInterfaceSettings& settings_;
    const GuestMemory& memory_;
    GuestInterfaceHost& host_;
    const Synic& synic_;
};

}  // namespace hypervisor
