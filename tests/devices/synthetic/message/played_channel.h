// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "../../fake_clock.h"
#include "devices/synthetic/message/device_thread.h"
#include "hypervisor/guest_memory.h"
#include "vmbus/client/channel_client.h"

/// One device, the guest's end of its channel and a DeviceThread without a thread: nothing happens
/// but inside the methods here, so that tests have every step at its place and time stands still.
/// Devices are told by the doorbells that a guest's driver would ring, and no others.
class PlayedChannel {
  public:
    enum class Reads : std::uint8_t {
        /// As long as there are packets.
        All,
        /// As some of Linux' drivers do.
        OnePerSignal,
    };

    explicit PlayedChannel(std::size_t ringPages = 4);

    /// The guest's driver, called for each packet. Null: the driver hangs, and leaves them in the
    /// ring.
    std::function<void(const vmbus::ReceivedPacket&)> driver;
    Reads reads = Reads::All;

    void open(vmbus::ChannelDevice& device);
    /// Whether the device has let go of the channel.
    [[nodiscard]] bool close();

    /// From the guest; false when the ring is full.
    [[nodiscard]] bool send(std::span<const std::byte> payload, std::uint64_t transactionId = 0);
    [[nodiscard]] bool send(const vmbus::OutgoingPacket& packet);
    /// Lets device and driver run until neither has anything to do.
    void settle();
    /// Time passes, in small steps.
    void advance(std::chrono::nanoseconds time);

    [[nodiscard]] std::optional<std::string> failure() const { return client_->failure(); }
    [[nodiscard]] vmbus::ChannelClient& client() { return *client_; }
    [[nodiscard]] devices::synthetic::DeviceThread& thread() { return *thread_; }
    [[nodiscard]] const hypervisor::GuestMemory& memory() const { return *memory_; }
    FakeClock clock;

  private:
    bool ring();
    bool read();

    const std::unique_ptr<devices::synthetic::DeviceThread> thread_;
    const std::unique_ptr<hypervisor::GuestMemory> memory_;
    const std::unique_ptr<vmbus::ChannelClient> client_;
    vmbus::ChannelDevice* device_ = nullptr;
    std::uint64_t toldDoorbells_ = 0;
    std::uint64_t seenSignals_ = 0;
    bool isOpen_ = false;
};
