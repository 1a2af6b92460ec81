// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "devices/synthetic/network/nvsp_protocol.h"
#include "devices/synthetic/network/rndis_protocol.h"
#include "hypervisor/guest_memory.h"
#include "vmbus/client/channel_client.h"

using Bytes = std::vector<std::byte>;

/// A driver of a network adapter, as Linux's, against a device of this process. All waits have the
/// channel client's limit.
class PlayedNetworkGuest {
  public:
    static constexpr std::uint32_t kReceiveBufferSize = 1 << 20;
    static constexpr std::uint32_t kSendBufferSize = 1 << 20;
    static constexpr std::uint32_t kDefaultFilter = 0xD;

    PlayedNetworkGuest();

    /// Opens the channel.
    void open(vmbus::ChannelDevice& device);
    /// Agrees on the version, gives both buffers and initializes RNDIS.
    [[nodiscard]] bool start(std::uint32_t version = 0x0006'0001);
    [[nodiscard]] bool setFilter(std::uint32_t bits = kDefaultFilter);
    /// As Linux takes its adapter down: filter, halt, revocations, close, teardown.
    [[nodiscard]] bool stop();

    /// An in-band message that asks for a completion; its payload.
    [[nodiscard]] std::optional<Bytes> request(std::span<const std::byte> message);
    [[nodiscard]] bool tell(std::span<const std::byte> message);
    template <class T>
    requires std::is_trivially_copyable_v<T>
    [[nodiscard]] std::optional<Bytes> request(const T& message) {
        return request(padded(vmbus::bytesOf(message)));
    }
    template <class T>
    requires std::is_trivially_copyable_v<T>
    [[nodiscard]] bool tell(const T& message) { return tell(padded(vmbus::bytesOf(message))); }

    /// An RNDIS control message in guest memory, and its answer.
    [[nodiscard]] std::optional<Bytes> control(const Bytes& message);
    /// Status and value of a query, and the status of a set.
    [[nodiscard]] std::optional<std::pair<std::uint32_t, Bytes>> query(std::uint32_t oid,
                                                                       const Bytes& info = {});
    [[nodiscard]] std::optional<std::uint32_t> set(std::uint32_t oid, const Bytes& info);

    /// Per-packet information of 4 bytes: type and value.
    using Info = std::pair<std::uint32_t, std::uint32_t>;
    [[nodiscard]] static Bytes dataMessage(std::span<const std::byte> frame,
                                           const std::vector<Info>& infos = {});
    /// In pages that are no neighbours, or in a section of the send buffer; the completion's
    /// status.
    [[nodiscard]] std::optional<std::uint32_t> sendDirect(const Bytes& messages);
    [[nodiscard]] std::optional<std::uint32_t> sendInSection(std::uint32_t section,
                                                             const Bytes& messages);
    /// The first bytes in a section, the others in pages, as Linux does it.
    [[nodiscard]] std::optional<std::uint32_t> sendSplit(std::uint32_t section,
                                                         const Bytes& messages, std::size_t first);

    struct Received {
        std::uint32_t channelType;
        Bytes message;
        /// Of a data message.
        [[nodiscard]] Bytes frame() const;
        [[nodiscard]] std::optional<std::uint32_t> info(std::uint32_t type) const;
    };
    /// The next message, and gives back what it came in, unless told to keep it.
    [[nodiscard]] std::optional<Received> receive();
    void keepReceived(bool keep) { keep_ = keep; }
    [[nodiscard]] bool giveBack();
    [[nodiscard]] std::size_t keptCount() const { return kept_.size(); }

    [[nodiscard]] vmbus::ChannelClient& client() { return *client_; }
    [[nodiscard]] const hypervisor::GuestMemory& memory() const { return *memory_; }
    [[nodiscard]] std::uint32_t sectionSize() const { return sectionSize_; }
    [[nodiscard]] std::uint32_t subAllocations() const { return subAllocations_; }
    /// In-band messages of the device's own accord.
    std::deque<Bytes> told;

    [[nodiscard]] static Bytes padded(std::span<const std::byte> message);

  private:
    /// Takes the next packet; false when none came.
    [[nodiscard]] bool takePacket();
    [[nodiscard]] std::optional<Bytes> completion(std::uint64_t id);
    [[nodiscard]] std::optional<std::uint32_t> sendRndis(std::span<const vmbus::GuestRange> ranges,
                                                         std::uint32_t section,
                                                         std::uint32_t sectionSize,
                                                         std::uint32_t channelType);
    [[nodiscard]] vmbus::GuestRange putInPages(std::span<const std::byte> bytes);
    [[nodiscard]] bool giveBuffers();

    std::unique_ptr<hypervisor::GuestMemory> memory_;
    std::unique_ptr<vmbus::ChannelClient> client_;
    std::uint32_t receiveGpadl_ = 0;
    std::uint32_t sendGpadl_ = 0;
    std::uint32_t sectionSize_ = 0;
    std::uint32_t subAllocations_ = 0;
    std::uint64_t nextId_ = 1;
    std::uint32_t nextRequest_ = 1;
    std::deque<std::pair<std::uint64_t, Bytes>> completions_;
    std::deque<Received> received_;
    bool keep_ = false;
    std::vector<std::uint64_t> kept_;
};
