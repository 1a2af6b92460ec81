// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "devices/synthetic/storage/storage_protocol.h"
#include "vmbus/client/channel_client.h"

/// What a guest's storvsc does at its end of a channel, one thread's. Waits end with nothing after
/// the client's limit.
class PlayedStorvsc {
  public:
    using StoragePacket = devices::synthetic::StoragePacket;
    using StorageOperation = devices::synthetic::StorageOperation;
    using ScsiRequest = devices::synthetic::ScsiRequest;
    using Block = std::vector<std::uint8_t>;
    static constexpr std::uint64_t kInitialisationId = 0xFFFF'FFFF'FFFF'FFFD;
    static constexpr std::uint64_t kResetId = 0xFFFF'FFFF'FFFF'FFFC;

    struct Answer {
        std::uint64_t id = 0;
        StoragePacket packet{};
        [[nodiscard]] ScsiRequest request() const {
            ScsiRequest request;
            std::memcpy(&request, packet.payload.data(), sizeof(request));
            return request;
        }
        [[nodiscard]] bool good() const {
            return packet.operation == static_cast<std::uint32_t>(StorageOperation::CompleteIo) &&
                   packet.status == 0 && request().srbStatus == 1 && request().scsiStatus == 0;
        }
        /// Key, code and qualifier of the sense data, or 0.
        [[nodiscard]] unsigned sense() const {
            const ScsiRequest answered = request();
            if (answered.srbStatus != 0x84 || answered.senseLength < 14)
                return 0;
            const auto& bytes = answered.blockOrSense;
            return static_cast<unsigned>(bytes[2] << 16 | bytes[12] << 8 | bytes[13]);
        }
    };

    /// Two rings of `pages` each at `rings`.
    PlayedStorvsc(const hypervisor::GuestMemory& memory, hypervisor::Gpa rings,
                  std::size_t pages = 8)
        : client_(*vmbus::ChannelClient::create(memory, vmbus::ClientRings::at(rings, pages))) {}

    [[nodiscard]] vmbus::ChannelClient& client() { return *client_; }
    /// Unsolicited packets so far that ask to look for units.
    [[nodiscard]] unsigned enumerations() const { return enumerations_; }

    /// Nothing where the channel gives no answer.
    template <class Payload>
    std::optional<Answer> step(StorageOperation operation, const Payload& payload,
                               std::uint64_t id = kInitialisationId) {
        StoragePacket packet{};
        packet.operation = static_cast<std::uint32_t>(operation);
        packet.flags = 1;
        std::memcpy(packet.payload.data(), &payload, sizeof(payload));
        if (!client_->sendInBand(vmbus::bytesOf(packet), id))
            return std::nullopt;
        return receive();
    }
    [[nodiscard]] std::optional<std::uint32_t> statusOf(StorageOperation operation,
                                                        std::uint64_t payload = 0) {
        const auto answer = step(operation, payload);
        return answer ? std::optional(answer->packet.status) : std::nullopt;
    }
    /// Up to END_INITIALIZATION.
    [[nodiscard]] bool initialise(std::uint16_t version = 0x0602) {
        return statusOf(StorageOperation::BeginInitialization) == 0U &&
               statusOf(StorageOperation::QueryProtocolVersion, version) == 0U &&
               statusOf(StorageOperation::QueryProperties) == 0U &&
               statusOf(StorageOperation::EndInitialization) == 0U;
    }

    /// Opens the channel, initialises it, and hears of a unit that it has been powered on.
    [[nodiscard]] bool begin(vmbus::ChannelDevice& device, unsigned lun) {
        client_->open(device);
        return initialise() && none(lun, Block(6)).has_value();
    }

    [[nodiscard]] static ScsiRequest request(unsigned lun, const Block& block,
                                             std::uint8_t direction, std::uint32_t length) {
        ScsiRequest request{};
        request.length = sizeof(request);
        request.lun = static_cast<std::uint8_t>(lun);
        request.blockLength = static_cast<std::uint8_t>(block.size());
        request.senseLength = 20;
        request.direction = direction;
        request.dataLength = length;
        std::memcpy(request.blockOrSense.data(), block.data(), block.size());
        return request;
    }
    [[nodiscard]] bool send(const ScsiRequest& request, std::uint64_t id,
                            std::span<const vmbus::GuestRange> data = {}) {
        StoragePacket packet{};
        packet.operation = static_cast<std::uint32_t>(StorageOperation::ExecuteSrb);
        packet.flags = 1;
        std::memcpy(packet.payload.data(), &request, sizeof(request));
        return data.empty() ? client_->sendInBand(vmbus::bytesOf(packet), id)
                            : client_->sendGpaDirect(data, vmbus::bytesOf(packet), id);
    }
    /// The next answer.
    [[nodiscard]] std::optional<Answer> receive() {
        while (auto packet = client_->receive())
            if (auto answer = taken(*packet))
                return answer;
        return std::nullopt;
    }
    /// Waits until it has been asked to look for units.
    [[nodiscard]] bool waitForEnumeration() {
        const unsigned before = enumerations_;
        while (enumerations_ == before) {
            const auto packet = client_->receive();
            if (!packet || taken(*packet))
                return false;
        }
        return true;
    }
    [[nodiscard]] std::optional<Answer> run(const ScsiRequest& request,
                                            std::span<const vmbus::GuestRange> data = {}) {
        return send(request, ++lastId_, data) ? receive() : std::nullopt;
    }

    /// `length` bytes from `gpa` on.
    [[nodiscard]] static vmbus::GuestRange rangeAt(hypervisor::Gpa gpa, std::uint32_t length) {
        vmbus::GuestRange range{
            length, static_cast<std::uint32_t>(gpa % hypervisor::kPageSize), {}};
        for (std::uint64_t i = 0; i < vmbus::GuestRange::pageCount(length, range.byteOffset); ++i)
            range.frames.push_back(gpa / hypervisor::kPageSize + i);
        return range;
    }
    [[nodiscard]] std::optional<Answer> read(unsigned lun, const Block& block, hypervisor::Gpa gpa,
                                             std::uint32_t length) {
        const vmbus::GuestRange range = rangeAt(gpa, length);
        return run(request(lun, block, 1, length), std::span(&range, 1));
    }
    [[nodiscard]] std::optional<Answer> write(unsigned lun, const Block& block, hypervisor::Gpa gpa,
                                              std::uint32_t length) {
        const vmbus::GuestRange range = rangeAt(gpa, length);
        return run(request(lun, block, 0, length), std::span(&range, 1));
    }
    [[nodiscard]] std::optional<Answer> none(unsigned lun, const Block& block) {
        return run(request(lun, block, 2, 0));
    }

  private:
    std::optional<Answer> taken(const vmbus::ReceivedPacket& packet) {
        Answer answer{packet.transactionId(), {}};
        // As Linux: other sizes are no answers.
        if (packet.payload().size() != sizeof(StoragePacket))
            return std::nullopt;
        std::memcpy(&answer.packet, packet.payload().data(), sizeof(StoragePacket));
        if (packet.type() == vmbus::PacketType::Completion)
            return answer;
        if (answer.packet.operation == static_cast<std::uint32_t>(StorageOperation::EnumerateBus))
            ++enumerations_;
        return std::nullopt;
    }

    std::unique_ptr<vmbus::ChannelClient> client_;
    std::uint64_t lastId_ = 0;
    unsigned enumerations_ = 0;
};
