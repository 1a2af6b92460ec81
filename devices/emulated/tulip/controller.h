// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "adapter_settings.h"
#include "address_filter.h"
#include "devices/chipset/clock.h"
#include "general_timer.h"
#include "hypervisor/guest_memory.h"
#include "interrupt_status.h"
#include "management_bus.h"
#include "phy.h"
#include "receive_process.h"
#include "serial_rom.h"
#include "transmit_process.h"

namespace devices::tulip {

/// The 21140A's registers with what is behind them, but for the network: the registers are the
/// guest's, the frames the adapter's thread's.
///
/// Thread safety: any thread; each call takes the lock, for no longer than a frame takes to be
/// copied. `wake` and the interrupt line are called with it held.
class Controller {
  public:
    /// References outlive it. `wake`: there may be work. The callbacks of `clock` are on a thread
    /// of its own.
    Controller(const AdapterSettings& settings, const hypervisor::GuestMemory& memory, Clock& clock,
               const hypervisor::InterruptLine& line, std::function<void()> wake);

    /// As after power-on.
    void reset();
    /// `offset` is below kRegisterBytes. What is not a whole register reads as its part, and
    /// changes nothing.
    [[nodiscard]] std::uint32_t read(unsigned offset, unsigned size);
    /// True: the guest demands that frames be sent now. Of that alone `wake` is not told.
    bool write(unsigned offset, unsigned size, std::uint32_t value);
    /// The guest lets it read and write memory by itself. Takes no lock.
    void setMaster(bool allowed);
    void setLink(bool up);

    enum class Sent : std::uint8_t {
        /// There is nothing to do until the guest wants something.
        Nothing,
        /// Something is done, and there may be more.
        Done,
        /// A frame for the network is in `frame`.
        Frame,
        /// A frame that comes back is in `frame`.
        Loopback,
    };
    /// Does one step of what is to be sent.
    [[nodiscard]] Sent send(IncomingFrame& frame);

    enum class Wish : std::uint8_t {
        /// The adapter does not look at frames.
        Deaf,
        /// It is none for this guest.
        Refused,
        Taken,
    };
    /// Whether the guest wants the frame, which has a whole Ethernet header; notes in it what the
    /// filter says. One that comes back has its data type already.
    [[nodiscard]] Wish judge(IncomingFrame& frame) const;

    enum class Received : std::uint8_t {
        Delivered,
        /// The guest has no room: later.
        NoRoom,
        /// The guest has turned the receiver or the bus off meanwhile.
        Lost,
    };
    [[nodiscard]] Received receive(const IncomingFrame& frame);
    /// Frames have been lost because there was no room.
    void countMissed(std::uint32_t frames);

  private:
    [[nodiscard]] std::uint32_t readRegister(unsigned number);
    void writeRegister(unsigned number, std::uint32_t value);
    void writeBusMode(std::uint32_t value);
    void writeMode(std::uint32_t value);
    void writeRomAndManagement(std::uint32_t value);
    void writeGeneralPort(std::uint32_t value);
    [[nodiscard]] std::uint32_t readMode() const;
    [[nodiscard]] std::uint32_t readRomAndManagement() const;
    [[nodiscard]] std::uint32_t takeMissed();
    void resetAll();
    void busError();
    void pollLater();

    Clock& clock_;
    const std::function<void()> wake_;
    std::atomic<bool> isMaster_ = false;

    mutable std::mutex mutex_;
    // Guarded by mutex_.
    Phy phy_;
    ManagementBus management_;
    SerialRom serialRom_;
    AddressFilter filter_;
    InterruptStatus status_;
    TransmitProcess transmit_;
    ReceiveProcess receive_;
    std::uint32_t busMode_ = 0;
    std::uint32_t mode_ = 0;
    std::uint32_t romAndManagement_ = 0;
    std::uint32_t bootRomAddress_ = 0;
    std::uint32_t watchdog_ = 0;
    /// Which pins of the general-purpose port are outputs, and what they have.
    std::uint32_t outputs_ = 0;
    std::uint32_t outputLevels_ = 0;
    std::uint32_t missed_ = 0;
    /// Until a reset nothing touches memory any more.
    bool hasFailed_ = false;

    /// pollAlarm_ is going to ring.
    bool pollIsDue_ = false;

    // Last, so that they go first: they call back.
    GeneralTimer timer_;
    const std::unique_ptr<Alarm> pollAlarm_;
};

}  // namespace devices::tulip
