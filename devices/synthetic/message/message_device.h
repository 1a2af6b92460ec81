// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "device_thread.h"
#include "vmbus/channel.h"

namespace devices::synthetic {

/// A device of one channel that exchanges small messages with its driver: the frame for keyboard,
/// mouse, video, dynamic memory and the integration components. It takes what the bus calls on
/// any thread over to a DeviceThread, so that a device is written as if there were only one.
///
/// What a device does:
/// - overrides onOpened(), onPacket(), onClosed(), which come on the thread, in this order;
/// - sends with send() and complete() on the thread, while the channel is open;
/// - takes calls from outside (a key, a picture) over to the thread with post();
/// - makes its timers with timer();
/// - calls fail() when the guest breaks its protocol: nothing more comes of this channel then, and
///   sends are dropped, until onClosed();
/// - calls stop() first thing in the destructor of its final class.
///
/// Order at the end: the bus revokes the device and calls it no more, then nobody calls it from
/// outside any more, then it is destroyed, on any thread but within none of its own callbacks, and
/// without any lock that the channel's ways or its callbacks take; the DeviceThread goes after all
/// its devices.
///
/// Thread safety: the bus's calls, post() and stop() from any thread; all else on the thread.
class MessageDevice : public vmbus::ChannelDevice {
  public:
    ~MessageDevice() override;
    MessageDevice(const MessageDevice&) = delete;
    MessageDevice& operator=(const MessageDevice&) = delete;

    void opened(std::unique_ptr<vmbus::OpenChannel> channel) final;
    void closing() final;
    void doorbell() final;

  protected:
    explicit MessageDevice(DeviceThread& thread) : thread_(thread) {}

    /// Lets go of the channel, with onClosed() when it is open. Nothing of the device runs on the
    /// thread afterwards.
    void stop();

    /// The guest has opened the channel; no packet has been read yet.
    virtual void onOpened() = 0;
    /// A packet of any type and content; nothing but its descriptor has been checked.
    virtual void onPacket(const vmbus::ReceivedPacket& packet) = 0;
    /// The channel is closed or has been taken away: whatever a guest could have under way is
    /// over. The channel itself is let go right after.
    virtual void onClosed() = 0;
    /// What had to wait for room is in the ring now.
    virtual void onRoom() {}

    /// An in-band message; with `transactionId`, an answer that asks for none. Waits for room in
    /// the ring where there is none. False, with nothing kept: no channel is open, it has failed,
    /// or too much is waiting already, because the guest does not read.
    bool send(std::span<const std::byte> payload, std::uint64_t transactionId = 0);
    /// The completion of a packet that wantsCompletion(); as send().
    bool complete(std::uint64_t transactionId, std::span<const std::byte> payload);
    /// Nothing is waiting for room: what is sent now gets into the ring, as far as that has room.
    [[nodiscard]] bool isEmpty() const { return waiting_.empty(); }

    void fail(std::string why);
    [[nodiscard]] bool isOpen() const { return channel_ != nullptr && !failed_; }
    /// Only while the channel is open.
    [[nodiscard]] vmbus::OpenChannel& channel() { return *channel_; }

    /// Runs `function` on the thread, unless the device has been stopped by then.
    void post(DeviceThread::Function function) { thread_.post(this, std::move(function)); }
    [[nodiscard]] DeviceTimer timer(std::function<void()> callback) {
        return {thread_, this, std::move(callback)};
    }
    [[nodiscard]] DeviceThread& thread() const { return thread_; }

  private:
    struct Waiting {
        vmbus::PacketType type;
        std::uint64_t transactionId;
        std::vector<std::byte> payload;
    };
    enum class Written : std::uint8_t { Yes, NoRoom, Failed };

    bool sendPacket(vmbus::PacketType type, std::uint64_t transactionId,
                    std::span<const std::byte> payload);
    Written write(vmbus::PacketType type, std::uint64_t transactionId,
                  std::span<const std::byte> payload);
    /// Writes what is waiting, as far as there is room; asks to be told of more.
    void flush();
    /// What a doorbell means: room, packets or both.
    void serve();
    void letGo();
    /// The guest's packets are left in the ring until it reads some of ours.
    [[nodiscard]] bool holdsBack() const;

    DeviceThread& thread_;
    /// A serve() is posted and has not begun.
    std::atomic<bool> rung_ = false;
    std::atomic<bool> stopped_ = false;

    // Of the thread.
    std::unique_ptr<vmbus::OpenChannel> channel_;
    bool failed_ = false;
    std::deque<Waiting> waiting_;
    std::size_t waitingBytes_ = 0;
    vmbus::ReceivedPacket packet_;
};

}  // namespace devices::synthetic
