// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <vector>

#include "hypervisor/interrupts/interrupt_line.h"
#include "hypervisor/interrupts/io_apic.h"
#include "hypervisor/interrupts/isa_interrupts.h"
#include "mmio_bus.h"
#include "port_bus.h"

namespace devices {

/// What bare-metal test suites for x86 hypervisors expect beside the debug exit port: a port for
/// each of the 24 interrupts, through which a guest drives that line; ports and memory that keep
/// what is written, each access of them an intercept.
///
/// Thread safety: all methods from any thread; one short lock.
class TestDevice : public PortDevice, public MmioDevice {
  public:
    /// A write of zero or another value to kInterruptPort + n lowers or raises interrupt n: ISA
    /// lines at 0 to 15, then pins of the IOAPIC.
    static constexpr std::uint16_t kInterruptPort = 0x2000;
    /// Four bytes that take accesses of all sizes, and again for bytes alone.
    static constexpr std::uint16_t kScratchPort = 0xE0;
    static constexpr std::uint16_t kByteScratchPort = 0xE8;
    static constexpr hypervisor::Gpa kMemory = 0xFF00'0000;
    static constexpr std::uint64_t kMemorySize = 0x1'0000;

    TestDevice(hypervisor::IsaInterrupts& isa, hypervisor::IoApic& ioApic);

    [[nodiscard]] hypervisor::Result<void> claim(PortBus& ports, MmioBus& mmio);
    void reset();

    [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;
    [[nodiscard]] std::uint64_t readMmio(std::uint64_t offset, unsigned size) override;
    void writeMmio(std::uint64_t offset, unsigned size, std::uint64_t value) override;

  private:
    std::array<hypervisor::InterruptLine, hypervisor::IoApic::kPins> lines_;
    std::mutex mutex_;
    // Guarded by mutex_.
    std::array<std::uint8_t, 4> scratch_{};
    std::vector<std::uint8_t> memory_;
};

}  // namespace devices
