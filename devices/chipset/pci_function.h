// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "hypervisor/guest_memory.h"

namespace devices {

/// What a PCI function is.
struct PciIdentity {
    std::uint16_t vendor;
    std::uint16_t device;
    /// Base class, sub-class and programming interface, as 0xBBSSPP.
    std::uint32_t classCode;
    std::uint8_t revision = 0;
    std::uint16_t subsystemVendor = 0;
    std::uint16_t subsystem = 0;
};

/// The pins of a slot by which its functions interrupt, INTA# to INTD#, as headers number them.
enum class PciPin : std::uint8_t { A = 1, B, C, D };

/// The configuration space of one function of a PCI device, with a header of type 0. Source: PCI
/// Local Bus Specification 3.0, chapter 6.
///
/// Thread safety: one call at a time; the bus sees to it.
class PciFunction {
  public:
    static constexpr std::size_t kSpace = 256;
    static constexpr unsigned kBaseAddresses = 6;

    explicit PciFunction(const PciIdentity& identity);
    virtual ~PciFunction() = default;
    PciFunction(const PciFunction&) = delete;
    PciFunction& operator=(const PciFunction&) = delete;

    /// As after power-on: it decodes nothing. No VP may be in run().
    void reset();

    /// `size` is 1, 2 or 4, and all bytes are in the space.
    [[nodiscard]] std::uint32_t read(unsigned offset, unsigned size) const;
    void write(unsigned offset, unsigned size, std::uint32_t value);

    /// Says in this header that the device has other functions too. While the machine is built.
    void markMultiFunction();

    /// By which it interrupts, if it does.
    [[nodiscard]] std::optional<PciPin> interruptPin() const;
    /// The interrupt that firmware notes for its pin, where it has one and none is noted yet. While
    /// the machine is built.
    void noteInterrupt(std::uint8_t irq);

  protected:
    /// Gives it 32-bit memory. `size`: a power of two, at least 16. While the machine is built.
    void addMemory(unsigned baseAddress, std::uint32_t size, bool isPrefetchable);
    /// The guest has put that memory there, or has it nowhere.
    virtual void memoryPlaced(unsigned /*baseAddress*/, std::optional<hypervisor::Gpa> /*at*/) {}
    /// Whether the guest has it answer to ports and to memory; called after each write.
    virtual void decodes(bool /*ports*/, bool /*memory*/) {}

    /// Gives it an expansion ROM. `size`: a power of two, at least 2 KiB. While the machine is
    /// built.
    void addRom(std::uint32_t size);
    /// The guest has put the ROM there, or has it nowhere.
    virtual void romPlaced(std::optional<hypervisor::Gpa> /*at*/) {}

    /// Gives it I/O ports. `count`: a power of two, 4 to 256. While the machine is built.
    void addPorts(unsigned baseAddress, std::uint32_t count);
    /// The guest has put those ports there, or has them nowhere.
    virtual void portsPlaced(unsigned /*baseAddress*/, std::optional<std::uint16_t> /*first*/) {}

    /// Lets it interrupt, by a line of the chipset's for its device and this pin. Where the pin
    /// leads to one interrupt, that is noted. While the machine is built.
    void setInterruptPin(PciPin pin, std::uint8_t irq = 0);

    /// What a register of `size` bytes, 1, 2 or 4, always says but for bits that the guest can
    /// change. While the machine is built.
    void setConstant(unsigned offset, unsigned size, std::uint32_t value);
    /// Makes a register of `size` bytes, 1, 2 or 4, of the device's own part of the space: which
    /// bits the guest can change, and what they are after power-on. While the machine is built.
    void addRegister(unsigned offset, unsigned size, std::uint32_t writable, std::uint32_t initial);
    /// The guest has written to the space, or it is as after power-on.
    virtual void configured() {}
    /// The guest lets it read and write memory by itself.
    [[nodiscard]] bool mayMasterBus() const;

  private:
    /// What a base address register is for: nothing while `size` is 0.
    struct Window {
        bool isPorts = false;
        std::uint32_t size = 0;
        std::optional<std::uint32_t> at;
    };

    /// `flags`: the register's lowest bits, which the guest can't change.
    void addWindow(unsigned baseAddress, Window window, std::uint32_t flags);
    void place();
    void placeRom(bool decodesMemory);

    std::array<std::uint8_t, kSpace> bytes_{};
    /// Bits that the guest can change.
    std::array<std::uint8_t, kSpace> writable_{};
    /// Of those bits, what is set after power-on.
    std::array<std::uint8_t, kSpace> initial_{};
    std::array<Window, kBaseAddresses> windows_{};
    Window rom_{};
};

}  // namespace devices
