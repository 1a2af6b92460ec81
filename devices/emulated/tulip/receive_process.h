// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "descriptor_list.h"
#include "hypervisor/guest_memory.h"
#include "interrupt_status.h"

namespace devices::tulip {

/// A frame on its way to the guest.
struct IncomingFrame {
    /// At least TransmitProcess::kShortestFrame, without the checksum.
    std::vector<std::byte> bytes;
    /// Only CSR6 wanted it, not the filter.
    bool filterFailed = false;
    /// It has not been outside.
    bool isLoopback = false;
    /// RDES0's: how CSR6 has it looped back, or 0.
    std::uint32_t dataType = 0;
};

/// The way of frames into guest memory. Source: the 21140A's manual, chapter 4.
///
/// Thread safety: one call at a time.
class ReceiveProcess {
  public:
    /// Both outlive it.
    ReceiveProcess(const hypervisor::GuestMemory& memory, InterruptStatus& status)
        : memory_(memory), status_(status), list_(memory) {}

    void reset() { list_.reset(); }
    void start();
    void stop();
    [[nodiscard]] bool isRunning() const { return status_.receiveState != ReceiveState::Stopped; }
    /// Only while it is stopped.
    void setBase(std::uint32_t base);
    [[nodiscard]] std::uint32_t base() const { return list_.base(); }

    enum class Outcome : std::uint8_t {
        /// The guest has it, or as much of it as there was room for.
        Delivered,
        /// The guest has given no descriptor; it is told, once.
        NoDescriptor,
        /// A descriptor or a buffer is not in memory.
        BusError,
    };
    /// While it runs. `busMode`: CSR0.
    [[nodiscard]] Outcome deliver(const IncomingFrame& frame, std::uint32_t busMode);

  private:
    /// More than any frame needs: a guest may give descriptors without room, in a circle.
    static constexpr unsigned kMostDescriptors = 512;

    /// Puts what fits of `left` into the descriptor's buffers, and leaves the rest; false where
    /// there is no memory.
    [[nodiscard]] bool fill(const Descriptor& descriptor, std::span<const std::byte>& left) const;
    void suspend();
    [[nodiscard]] Outcome finish(std::uint32_t at, std::uint32_t result, std::uint32_t busMode);

    const hypervisor::GuestMemory& memory_;
    InterruptStatus& status_;
    DescriptorList list_;
    /// The frame with its checksum; kept for its memory.
    std::vector<std::byte> whole_;
};

}  // namespace devices::tulip
