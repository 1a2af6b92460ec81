// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "vmbus/channel.h"

namespace vmbus {

/// Where a client's two rings lie: one GPADL, the ring to the device first.
struct ClientRings {
    std::vector<std::uint64_t> frames;
    /// Of the first ring, its control page included; the second has the others.
    std::size_t pagesToDevice = 0;

    /// Two rings of `pagesEach` pages, all one behind the other from `start` on.
    [[nodiscard]] static ClientRings at(hypervisor::Gpa start, std::size_t pagesEach);
    /// The same pages in reverse order: no two of them are neighbours.
    [[nodiscard]] static ClientRings scatteredAt(hypervisor::Gpa start, std::size_t pagesEach);
};

struct ClientOptions {
    /// As the bus has it: major in the upper half.
    std::uint32_t version = 0x0005'0003;
    UserData userData{};
    /// The longest packets that device and client take, descriptor included.
    std::uint32_t mostBytesToDevice = 0x1'0000;
    std::uint32_t mostBytesToClient = 0x1'0000;
};

/// A guest's end of one channel, with the bus's part played: what tests and benches of a
/// ChannelDevice have in place of a guest and a bus. It signals by the rules and waits for signals,
/// so a device that forgets one is found out by a wait in vain.
///
///     auto client = ChannelClient::create(*memory, ClientRings::at(0x10'0000, 32)).value();
///     client->open(device);
///     QVERIFY(client->sendGpaDirect(ranges, bytesOf(request), 7));
///     const auto answer = client->receive();
///     QVERIFY(answer && answer->transactionId() == 7);
///     QVERIFY(client->close());
///
/// Thread safety: sending is for one thread at a time, and so is receiving; open() and close() for
/// neither of them at the same time; all else for any thread. Memory and device must outlive it; it
/// may go before the channel that it has opened.
class ChannelClient {
  public:
    using Limit = std::chrono::milliseconds;
    static constexpr Limit kLimit{10'000};

    /// Fails when the rings don't lie in the memory.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<ChannelClient>> create(
        const hypervisor::GuestMemory& memory, const ClientRings& rings,
        const ClientOptions& options = {});

    /// Initialises both rings as Linux does and gives the device its end. Not while it is open.
    void open(ChannelDevice& device);
    /// The same without a device: who is told by doorbells is up to the caller.
    [[nodiscard]] std::unique_ptr<OpenChannel> open();
    /// Tells the device that the channel closes, and waits until it has let go of it.
    [[nodiscard]] bool close(Limit limit = kLimit);

    /// Writes a packet, and waits for room where there is none. False: no room came, or it is a
    /// packet that never fits.
    [[nodiscard]] bool send(const OutgoingPacket& packet, Limit limit = kLimit);
    /// What follows fills in the packet. In-band packets ask for a completion when they have an id.
    [[nodiscard]] bool sendInBand(std::span<const std::byte> payload,
                                  std::uint64_t transactionId = 0);
    [[nodiscard]] bool sendGpaDirect(std::span<const GuestRange> ranges,
                                     std::span<const std::byte> payload,
                                     std::uint64_t transactionId);
    [[nodiscard]] bool sendCompletion(std::uint64_t transactionId,
                                      std::span<const std::byte> payload);

    /// The next packet; waits for the device's signal where there is none. Nothing: none came, or
    /// fromDevice().why() tells what is wrong with it.
    [[nodiscard]] std::optional<ReceivedPacket> receive(Limit limit = kLimit);
    /// The next packet if it is there already.
    [[nodiscard]] std::optional<ReceivedPacket> poll();

    /// A GPADL for this channel; its id, for the device to ask for.
    [[nodiscard]] hypervisor::Result<std::uint32_t> addGpadl(std::span<const GuestRange> ranges);
    /// Tears it down: waits until the device holds it no more.
    [[nodiscard]] bool removeGpadl(std::uint32_t id, Limit limit = kLimit);

    /// How often the device has been told, and has told the client.
    [[nodiscard]] std::uint64_t doorbellCount() const;
    [[nodiscard]] std::uint64_t signalCount() const;
    /// Tells the device, without a reason where it is by the caller.
    void ringDoorbell();
    /// Waits until the client has been told more than `seen` times.
    [[nodiscard]] bool waitForSignal(std::uint64_t seen, Limit limit = kLimit) const;

    /// Why the device has given the channel up, if it has; the second waits for it.
    [[nodiscard]] std::optional<std::string> failure() const;
    [[nodiscard]] std::optional<std::string> waitForFailure(Limit limit = kLimit) const;
    /// How many sub-channels the device has offered; the second waits for any. To open one, make
    /// another client for device.subChannel(index).
    [[nodiscard]] unsigned subChannels() const;
    [[nodiscard]] unsigned waitForSubChannels(Limit limit = kLimit) const;

    /// The ends themselves, while open; the memory under them, for who means no good.
    [[nodiscard]] RingWriter& toDevice() { return *toDevice_; }
    [[nodiscard]] RingReader& fromDevice() { return *fromDevice_; }
    [[nodiscard]] const RingMemory& ringToDevice() const { return ringToDevice_; }
    [[nodiscard]] const RingMemory& ringFromDevice() const { return ringFromDevice_; }

  private:
    /// What the ways of an open channel reach, also when the client has gone.
    struct Shared;
    ChannelClient(const hypervisor::GuestMemory& memory, RingMemory toDevice, RingMemory fromDevice,
                  const ClientOptions& options);

    const hypervisor::GuestMemory& memory_;
    const RingMemory ringToDevice_;
    const RingMemory ringFromDevice_;
    const ClientOptions options_;
    const std::shared_ptr<Shared> shared_;
    ChannelDevice* device_ = nullptr;
    std::optional<RingWriter> toDevice_;
    std::optional<RingReader> fromDevice_;
};

/// A message as it is in memory.
template <class T>
requires std::is_trivially_copyable_v<T>
[[nodiscard]] std::span<const std::byte> bytesOf(const T& value) {
    return std::as_bytes(std::span(&value, 1));
}

}  // namespace vmbus
