// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>

#include "hypervisor/guest_memory.h"

namespace hypervisor {

/// An IOAPIC with 24 pins that reaches local APICs by messages. Source: Intel 82093AA data
/// sheet; the EOI register and version 0x20 as in ICH-class bridges.
///
/// A pin is asserted or not: its polarity bit is kept for the guest, and the wire is taken to be
/// driven the way that the guest has set. Edges on a masked pin are lost, as the data sheet says.
///
/// Thread safety: all methods from any thread; one short lock. `deliver` and `announce` are called
/// with it held and must not call back.
class IoApic {
  public:
    static constexpr Gpa kAddress = 0xFEC0'0000;
    static constexpr std::uint64_t kSize = 0x1000;
    static constexpr unsigned kPins = 24;
    static constexpr std::uint8_t kVersion = 0x20;

    /// A write of `data` to `address` in the MSI window; Partition::signalMessageInterrupt().
    using Deliver = std::function<void(std::uint64_t address, std::uint32_t data)>;

    /// What `pin` is going to send from now on, told before it is sent and only of pins whose end
    /// of interrupt matters; Partition::announceLevelInterrupt().
    using Announce = std::function<void(unsigned pin, std::uint64_t address, std::uint32_t data)>;

    explicit IoApic(Deliver deliver, Announce announce = {}, std::uint8_t id = 0);

    /// The state after power-on; the pins keep their levels.
    void reset();

    void setPin(unsigned pin, bool asserted);

    /// A local APIC has ended `vector`, which was level-triggered.
    void endOfInterrupt(std::uint8_t vector);

    /// A register access of any size, `offset` in [0, kSize). Registers are 32 bits wide at
    /// multiples of 16; bytes that belong to none read as zero.
    [[nodiscard]] std::uint64_t readMmio(std::uint64_t offset, unsigned size);
    void writeMmio(std::uint64_t offset, unsigned size, std::uint64_t value);

  private:
    [[nodiscard]] std::uint32_t readIndirect() const;
    void writeIndirect(std::uint32_t value);
    void writeEntry(unsigned pin, bool upperHalf, std::uint32_t value);
    void service(unsigned pin);
    void end(std::uint8_t vector);
    void send(std::uint64_t entry) const;

    const Deliver deliver_;
    const Announce announce_;
    const std::uint8_t initialId_;
    std::mutex mutex_;
    // Guarded by mutex_.
    std::uint8_t id_;
    std::uint8_t select_ = 0;
    std::uint32_t asserted_ = 0;
    std::array<std::uint64_t, kPins> entries_{};
};

}  // namespace hypervisor
