// SPDX-License-Identifier: GPL-3.0-or-later

// A hostile driver of a network adapter: packets of any type and content, in a session that is as
// far as the input's first byte says, with frames from the switch in between. The input is a list
// of steps, each a byte for what to do, two for a length, and so many bytes.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "devices/network/switch_port.h"
#include "devices/synthetic/network/network_engine.h"
#include "devices/synthetic/network/nvsp_protocol.h"
#include "devices/synthetic/network/rndis_protocol.h"
#include "hypervisor/guest_memory.h"
#include "vmbus/client/channel_client.h"

using namespace devices::synthetic;
using devices::network::FrameOffload;
using devices::network::FrameSink;
using devices::network::ReceiveOutcome;
using devices::network::SendOutcome;
using devices::network::SwitchPort;
using Bytes = std::span<const std::byte>;

namespace {

constexpr hypervisor::Gpa kRings = 1 << 20;
constexpr hypervisor::Gpa kReceiveBuffer = 2 << 20;
constexpr hypervisor::Gpa kSendBuffer = 3 << 20;
constexpr hypervisor::Gpa kPages = 3 << 20 | 1 << 18;
constexpr std::uint64_t kMemory = 4 << 20;
constexpr std::size_t kRingPages = 4;

/// Takes every frame and looks at all of it; gives those that it was given.
class FuzzPort final : public SwitchPort {
  public:
    FuzzPort(bool offloads, std::vector<std::vector<std::byte>>& toGuest)
        : offloads_(offloads), toGuest_(toGuest) {}
    [[nodiscard]] Capabilities capabilities() const override { return {offloads_, offloads_}; }
    [[nodiscard]] SendOutcome send(std::span<const iovec> pieces,
                                   const FrameOffload& offload) override {
        const std::size_t length = devices::network::lengthOf(pieces);
        if (length < devices::network::kEthernetHeader || length > devices::network::kLongestFrame)
            std::abort();
        if (!offloads_ && (offload.checksum() || offload.segmentation()))
            std::abort();
        if (offload.headerLength > length)
            std::abort();
        unsigned sum = 0;
        for (const iovec& piece : pieces)
            for (std::size_t i = 0; i < piece.iov_len; ++i)
                sum += static_cast<const std::uint8_t*>(piece.iov_base)[i];
        seen_ = sum;
        return SendOutcome::Sent;
    }
    [[nodiscard]] ReceiveOutcome receive(FrameSink& sink, unsigned most) override {
        for (; most != 0 && !toGuest_.empty(); --most) {
            sink.received({toGuest_.back(), true});
            toGuest_.pop_back();
        }
        return toGuest_.empty() ? ReceiveOutcome::Empty : ReceiveOutcome::More;
    }
    [[nodiscard]] bool isUp() const override { return true; }
    [[nodiscard]] int descriptor() const override { return -1; }

  private:
    const bool offloads_;
    std::vector<std::vector<std::byte>>& toGuest_;
    volatile unsigned seen_ = 0;
};

vmbus::GuestRange wholeRange(hypervisor::Gpa start, std::uint32_t size) {
    vmbus::GuestRange range{size, 0, {}};
    for (std::uint64_t page = 0; page < size / hypervisor::kPageSize; ++page)
        range.frames.push_back(start / hypervisor::kPageSize + page);
    return range;
}

class Session {
  public:
    Session(std::uint8_t options)
        : memory_(hypervisor::GuestMemory::create(kMemory).value()), engine_(settings(options)) {
        engine_.setPort(std::make_unique<FuzzPort>((options & 1) != 0, toGuest_));
        // Queue 0 and a sub-channel.
        for (unsigned i = 0; i < 2; ++i) {
            clients_.push_back(
                vmbus::ChannelClient::create(
                    *memory_, vmbus::ClientRings::at(kRings + (std::uint64_t{i} << 16), kRingPages))
                    .value());
            engine_.open(i, clients_[i]->open());
        }
        receiveGpadl_ =
            clients_[0]->addGpadl(std::array{wholeRange(kReceiveBuffer, 1 << 18)}).value();
        sendGpadl_ = clients_[0]->addGpadl(std::array{wholeRange(kSendBuffer, 1 << 16)}).value();
        const unsigned stage = options >> 1 & 7;
        if (stage > 0)
            inBand(0, vmbus::bytesOf(nvsp::Init{1, 0x6'0001, 0x6'0001}));
        if (stage > 1) {
            inBand(0, vmbus::bytesOf(nvsp::SendBuffer{101, receiveGpadl_, 0xCAFE, 0}));
            inBand(0, vmbus::bytesOf(nvsp::SendBuffer{104, sendGpadl_, 0, 0}));
        }
        if (stage > 2)
            control(vmbus::bytesOf(rndis::Initialize{{2, 24}, 1, 1, 0, 0x4000}));
        if (stage > 3)
            control(vmbus::bytesOf(
                std::array<std::uint32_t, 8>{5, 32, 2, 0x0001'010E, 4, 20, 0, 0x2D}));
    }
    ~Session() {
        for (unsigned i = 0; i < 2; ++i)
            engine_.close(i);
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void step(std::uint8_t what, Bytes bytes) {
        const unsigned queue = what >> 7;
        switch (what & 0xF) {
            case 0:
                inBand(queue, bytes);
                break;
            case 1:
                control(bytes);
                break;
            case 2:
                data(queue, bytes);
                break;
            case 3:
                section(queue, bytes);
                break;
            case 4:
                toGuest_.emplace_back(bytes.begin(), bytes.end());
                toGuest_.back().resize(std::max(bytes.size(), devices::network::kEthernetHeader));
                break;
            case 5:
                giveBack(queue);
                break;
            case 6:
                // A packet of a type, an id and ranges of the guest's choice.
                wild(queue, bytes);
                break;
            case 7:
                engine_.close(queue);
                engine_.open(queue, clients_[queue]->open());
                break;
            case 8:
                // Into the ring itself.
                scribble(queue, bytes);
                break;
            default:
                set(bytes, what);
                break;
        }
        work();
    }

  private:
    static NetworkSettings settings(std::uint8_t options) {
        NetworkSettings settings;
        settings.mac = {std::byte{0}, std::byte{1}, std::byte{2},
                        std::byte{3}, std::byte{4}, std::byte{5}};
        settings.queues = 2;
        settings.macSpoofing = (options & 0x10) != 0;
        return settings;
    }
    void work() {
        engine_.startWork();
        for (int i = 0; i < 64 && engine_.work(); ++i) {
        }
        static_cast<void>(engine_.stopWork());
    }
    void write(unsigned queue, const vmbus::OutgoingPacket& packet) {
        static_cast<void>(clients_[queue]->toDevice().write(packet));
        work();
    }
    void inBand(unsigned queue, Bytes payload) {
        write(queue, {.wantsCompletion = true, .transactionId = 1, .payload = {&payload, 1}});
    }
    void gpaDirect(unsigned queue, const nvsp::RndisPacket& message, std::uint32_t length,
                   std::uint32_t offset) {
        std::vector<std::byte> header;
        const auto put = [&header](const auto& value) {
            const auto bytes = vmbus::bytesOf(value);
            header.insert(header.end(), bytes.begin(), bytes.end());
        };
        put(vmbus::GpaDirectHeader{0, 1});
        put(vmbus::GpaRangeHeader{length, offset});
        for (std::uint64_t page = 0; page < vmbus::GuestRange::pageCount(length, offset); ++page)
            put(kPages / hypervisor::kPageSize + page);
        const Bytes payload = vmbus::bytesOf(message);
        write(queue, {.type = vmbus::PacketType::GpaDirect,
                      .wantsCompletion = true,
                      .transactionId = 2,
                      .header = header,
                      .payload = {&payload, 1}});
    }
    void inPages(unsigned queue, std::uint32_t channel, Bytes bytes) {
        static_cast<void>(memory_->write(kPages + 9, bytes));
        gpaDirect(queue, {107, channel, nvsp::kNoSection, 0},
                  static_cast<std::uint32_t>(bytes.size()), 9);
    }
    void control(Bytes bytes) { inPages(0, 1, bytes); }
    /// The bytes are a frame behind the driver's own message, whose numbers they begin with.
    void data(unsigned queue, Bytes bytes) { inPages(queue, 0, bytes); }
    void section(unsigned queue, Bytes bytes) {
        static_cast<void>(memory_->write(kSendBuffer, bytes));
        std::array<std::uint32_t, 2> place{};
        std::memcpy(place.data(), bytes.data(), std::min(bytes.size(), sizeof place));
        inBand(queue, vmbus::bytesOf(nvsp::RndisPacket{107, 0, place[0] % 16,
                                                       static_cast<std::uint32_t>(bytes.size())}));
    }
    void set(Bytes bytes, std::uint8_t what) {
        constexpr std::array<std::uint32_t, 6> kOids{0x0001'010E, 0x0001'0204, 0x0001'021B,
                                                     0x0101'0103, 0xFC01'020C, 0xFC01'020D};
        const auto size = static_cast<std::uint32_t>(bytes.size());
        std::vector<std::byte> message;
        const auto header = rndis::Request{
            {(what & 0x10) != 0 ? 4U : 5U, size + 28}, 7, kOids[what % kOids.size()], size, 20, 0};
        const auto front = vmbus::bytesOf(header);
        message.insert(message.end(), front.begin(), front.end());
        message.insert(message.end(), bytes.begin(), bytes.end());
        control(message);
    }
    void giveBack(unsigned queue) {
        const nvsp::RndisPacketComplete complete{108, 1};
        const Bytes payload = vmbus::bytesOf(complete);
        while (const auto packet = clients_[queue]->poll())
            if (packet->type() == vmbus::PacketType::TransferPages)
                write(queue, {.type = vmbus::PacketType::Completion,
                              .transactionId = packet->transactionId(),
                              .payload = {&payload, 1}});
    }
    void wild(unsigned queue, Bytes bytes) {
        if (bytes.size() < 16)
            return;
        constexpr std::array kTypes{vmbus::PacketType::InBand, vmbus::PacketType::TransferPages,
                                    vmbus::PacketType::GpaDirect, vmbus::PacketType::Completion};
        std::uint64_t id = 0;
        std::memcpy(&id, bytes.data(), sizeof id);
        const auto choice = std::to_integer<unsigned>(bytes[8]);
        const std::size_t header = std::min<std::size_t>(choice >> 2, (bytes.size() - 16) / 8) * 8;
        const Bytes payload = bytes.subspan(16 + header);
        write(queue, {.type = kTypes[choice % 4],
                      .wantsCompletion = (std::to_integer<unsigned>(bytes[9]) & 1) != 0,
                      .transactionId = id,
                      .header = bytes.subspan(16, header),
                      .payload = {&payload, 1}});
    }
    void scribble(unsigned queue, Bytes bytes) {
        static_cast<void>(memory_->write(kRings + (std::uint64_t{queue} << 16), bytes));
    }

    std::unique_ptr<hypervisor::GuestMemory> memory_;
    std::vector<std::vector<std::byte>> toGuest_;
    NetworkEngine engine_;
    std::vector<std::unique_ptr<vmbus::ChannelClient>> clients_;
    std::uint32_t receiveGpadl_ = 0;
    std::uint32_t sendGpadl_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    Session session(data[0]);
    auto input = std::as_bytes(std::span(data, size)).subspan(1);
    while (input.size() >= 3) {
        const auto what = std::to_integer<std::uint8_t>(input[0]);
        const std::size_t length =
            std::to_integer<std::size_t>(input[1]) + std::to_integer<std::size_t>(input[2]) * 256;
        input = input.subspan(3);
        const auto bytes = input.first(std::min<std::size_t>({length, input.size(), 20'000}));
        session.step(what, bytes);
        input = input.subspan(bytes.size());
    }
    return 0;
}
