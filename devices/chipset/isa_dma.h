// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>

#include "dma_controller.h"
#include "hypervisor/guest_memory.h"
#include "port_bus.h"

namespace devices {

/// A PC's DMA: two 8237As, of which the first moves bytes on channels 0 to 3, the second words on
/// 5 to 7 (4 is the first one), and registers for what of the addresses the chips have no pins
/// for. A transfer stays within its 64 KiB, or 128 KiB of words.
///
/// A device asks, and moves its data when it may. Memory that is no RAM reads as ones and loses
/// what is written.
///
/// Thread safety: all methods from any thread, but for connect() and attach(), which are for a
/// machine that is being built; one short lock, without which a device is told.
class IsaDma final : public PortDevice {
  public:
    static constexpr unsigned kChannels = 8;

    [[nodiscard]] hypervisor::Result<void> claimPorts(PortBus& ports);
    /// Where data goes and comes from; outlives the machine's devices. Null: nothing is moved.
    void connect(const hypervisor::GuestMemory* memory) { memory_ = memory; }
    /// As after power-on. What devices ask for stays.
    void reset();

    using Ready = std::function<void()>;
    /// `ready` is called, without a lock, when a channel that was asked for becomes free to move.
    void attach(unsigned channel, Ready ready);
    void detach(unsigned channel);

    /// The device asks to be served. True: it may move data that way now.
    [[nodiscard]] bool request(unsigned channel, DmaDirection direction);
    void withdraw(unsigned channel);
    /// Bytes until the terminal count, 1 to 131,072; 0 where nothing may be moved.
    [[nodiscard]] std::size_t bytesLeft(unsigned channel, DmaDirection direction) const;

    struct Moved {
        std::size_t bytes = 0;
        bool terminalCount = false;
    };
    /// Moves as much as the channel takes, up to the terminal count. Of words, whole ones.
    [[nodiscard]] Moved toMemory(unsigned channel, std::span<const std::uint8_t> from);
    [[nodiscard]] Moved fromMemory(unsigned channel, std::span<std::uint8_t> to);

    [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;

  private:
    static constexpr unsigned kControllers = 2;
    static constexpr unsigned kPages = 16;
    struct Device {
        Ready ready;
        DmaDirection direction = DmaDirection::ToMemory;
    };

    // With mutex_ held.
    [[nodiscard]] DmaController& controller(unsigned channel) {
        return controllers_.at(channel / DmaController::kChannels);
    }
    [[nodiscard]] const DmaController& controller(unsigned channel) const {
        return controllers_.at(channel / DmaController::kChannels);
    }
    [[nodiscard]] bool mayMove(unsigned channel, DmaDirection direction) const;
    [[nodiscard]] hypervisor::Gpa address(unsigned channel, std::uint32_t unit) const;
    /// `piece` takes the address and the place in the device's data of bytes that lie together.
    template <class Piece>
    [[nodiscard]] Moved move(unsigned channel, DmaDirection direction, std::size_t bytes,
                             Piece piece);
    void load(hypervisor::Gpa from, std::span<std::uint8_t> to) const;
    void store(hypervisor::Gpa to, std::span<const std::uint8_t> from) const;

    const hypervisor::GuestMemory* memory_ = nullptr;
    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::array<DmaController, kControllers> controllers_;
    /// By their ports; that of the first belongs to somebody else.
    std::array<std::uint8_t, kPages> pages_{};
    std::array<Device, kChannels> devices_;
};

}  // namespace devices
