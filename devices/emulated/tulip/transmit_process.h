// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "address_filter.h"
#include "descriptor_list.h"
#include "hypervisor/guest_memory.h"
#include "interrupt_status.h"

namespace devices::tulip {

/// The way of frames out of guest memory, and of setup frames to the filter. Source: the 21140A's
/// manual, chapter 4.
///
/// Thread safety: one call at a time.
class TransmitProcess {
  public:
    /// All outlive it.
    TransmitProcess(const hypervisor::GuestMemory& memory, AddressFilter& filter,
                    InterruptStatus& status)
        : memory_(memory), filter_(filter), status_(status), list_(memory) {}

    void reset();
    void start();
    void stop();
    /// There may be something where there was nothing.
    void demand() { demanded_ = true; }
    [[nodiscard]] bool isSuspended() const {
        return status_.transmitState == TransmitState::Suspended;
    }
    /// Only while it is stopped.
    void setBase(std::uint32_t base);
    [[nodiscard]] std::uint32_t base() const { return list_.base(); }

    enum class Step : std::uint8_t {
        /// There is nothing to do.
        Idle,
        /// A descriptor is done, and there may be more.
        Done,
        /// The same, and takeFrame() has a frame.
        Frame,
        /// The descriptor or what it leads to is not in memory.
        BusError,
    };
    /// Does one descriptor. `busMode`: CSR0.
    [[nodiscard]] Step step(std::uint32_t busMode);
    /// A finished frame without its checksum, kShortestFrame long at least unless the guest has it
    /// otherwise; in exchange for memory that can be used again.
    void takeFrame(std::vector<std::byte>& into) { std::swap(frame_, into); }

    static constexpr std::size_t kShortestFrame = 60;
    static constexpr std::size_t kChecksum = 4;

  private:
    /// What the jabber timer lets pass.
    static constexpr std::size_t kMostFrame = 2048;

    [[nodiscard]] bool load(const Descriptor& descriptor);
    [[nodiscard]] bool append(std::uint32_t address, std::uint32_t size);
    [[nodiscard]] Step gather(const Descriptor& descriptor, std::uint32_t busMode);
    [[nodiscard]] Step jabber(const Descriptor& descriptor, std::uint32_t busMode);
    [[nodiscard]] Step close(const Descriptor& descriptor, std::uint32_t busMode,
                             std::uint32_t result, Step step);

    const hypervisor::GuestMemory& memory_;
    AddressFilter& filter_;
    InterruptStatus& status_;
    DescriptorList list_;
    bool demanded_ = false;
    /// What there is of the frame that is being gathered.
    std::vector<std::byte> frame_;
    bool gathering_ = false;
    /// As its first descriptor says.
    bool hasChecksum_ = false;
    bool isPadded_ = true;
};

}  // namespace devices::tulip
