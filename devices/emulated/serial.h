// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "devices/chipset/clock.h"
#include "devices/chipset/port_bus.h"
#include "hypervisor/interrupts/interrupt_line.h"
#include "serial_backend.h"

namespace devices {

/// Where a PC has its serial ports COM1 to COM4.
struct SerialAddress {
    std::uint16_t port;
    unsigned interrupt;
};
inline constexpr std::array<SerialAddress, 4> kSerialAddresses{
    SerialAddress{0x3F8, 4}, SerialAddress{0x2F8, 3}, SerialAddress{0x3E8, 4},
    SerialAddress{0x2E8, 3}};

/// Bytes in the order of their arrival, at most 16 of them, each with what the line status
/// register says about it.
class SerialFifo {
  public:
    struct Entry {
        std::uint8_t byte;
        std::uint8_t errors;
    };
    static constexpr std::size_t kCapacity = 16;

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] const Entry& front() const { return entries_[first_]; }
    [[nodiscard]] bool hasErrors() const;
    /// Only while size() is below kCapacity.
    void push(Entry entry);
    /// Only while not empty.
    Entry pop();
    void clear() { size_ = 0; }
    /// Only while not empty.
    void clearFrontErrors() { entries_[first_].errors = 0; }

  private:
    std::array<Entry, kCapacity> entries_{};
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

/// A 16550A serial port. Line speed counts for the receiver's time-out alone: bytes pass as fast
/// as both ends take them. Interrupts need OUT2, as on a PC. Source: National Semiconductor
/// PC16550D data sheet.
///
/// Thread safety: all methods from any thread; one short lock.
class SerialPort : public PortDevice, private SerialBackend::Port {
  public:
    /// `clock` and `backend` must outlive the port; without a back end, the cable is unplugged.
    SerialPort(Clock& clock, hypervisor::InterruptLine interrupt, SerialBackend* backend);
    ~SerialPort() override;
    SerialPort(const SerialPort&) = delete;
    SerialPort& operator=(const SerialPort&) = delete;

    /// `name` is for messages: "COM1".
    [[nodiscard]] hypervisor::Result<void> claimPorts(PortBus& ports, std::string name,
                                                      std::uint16_t firstPort);

    /// The state after power-on; bytes in the FIFOs are lost.
    void reset();

    /// The lowest three bits of `port` choose the register: standard ports are multiples of 8.
    [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;

  private:
    struct Registers {
        std::uint16_t divisor = 0;
        std::uint8_t interruptEnable = 0;
        std::uint8_t fifoControl = 0;
        std::uint8_t lineControl = 0;
        std::uint8_t modemControl = 0;
        std::uint8_t modemDeltas = 0;
        std::uint8_t scratch = 0;
        bool overrun = false;
        /// The transmitter has run empty since the guest last heard of it.
        bool transmitterEvent = false;
        /// Bytes have lain in the receiver for four characters' time.
        bool receiverTimeout = false;
    };

    [[nodiscard]] std::size_t receive(std::span<const std::uint8_t> bytes) override;
    void outputRoom() override;

    [[nodiscard]] bool fifoEnabled() const;
    [[nodiscard]] bool loopback() const;
    [[nodiscard]] bool divisorLatch() const;
    [[nodiscard]] std::size_t capacity() const;
    [[nodiscard]] std::size_t triggerLevel() const;
    [[nodiscard]] std::uint64_t timeoutLength() const;
    [[nodiscard]] std::uint8_t modemLines() const;
    [[nodiscard]] std::uint8_t interruptIdentification() const;

    [[nodiscard]] std::uint8_t readData();
    [[nodiscard]] std::uint8_t readLineStatus();
    void writeData(std::uint8_t value);
    void writeInterruptEnable(std::uint8_t value);
    void writeFifoControl(std::uint8_t value);
    void writeLineControl(std::uint8_t value);
    void writeModemControl(std::uint8_t value);

    void store(SerialFifo::Entry entry);
    void transmit();
    void restartTimeout();
    void askForInput();
    void updateInterrupt();

    Clock& clock_;
    const hypervisor::InterruptLine interrupt_;
    SerialBackend* const backend_;
    std::mutex mutex_;
    // Guarded by mutex_.
    Registers registers_;
    SerialFifo receiver_;
    SerialFifo transmitter_;
    bool inputWaits_ = false;  // the back end holds bytes that were not taken
    std::uint64_t timeoutAt_ = 0;
    // Last, so that it goes first: its callback uses the others.
    std::unique_ptr<Alarm> timeout_;
};

}  // namespace devices
