// SPDX-License-Identifier: GPL-3.0-or-later
#include "mouse.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "mouse_protocol.h"

namespace devices::synthetic {

namespace {

constexpr std::size_t kMostMovements = 32;
constexpr int kMostWheel = 32767;

template <class Message>
mouse::Header headerOf(mouse::MessageType type) {
    return {.pipeType = mouse::kPipeData,
            .pipeSize = sizeof(Message) - mouse::kPipeHeader,
            .type = std::to_underlying(type),
            .size = sizeof(Message) - sizeof(mouse::Header)};
}

template <class Message>
std::span<const std::byte> bytesOf(const Message& message) {
    return std::as_bytes(std::span(&message, 1));
}

}  // namespace

Mouse::~Mouse() {
    stop();
}

vmbus::Offer Mouse::offer() {
    using vmbus::operator""_guid;
    vmbus::Offer offer{.type = "cfa8b69e-5b4a-4cc0-b98b-8ba1a1f3f95a"_guid,
                       .instance = "58f75a6d-d949-4320-99e1-a2a2576d581c"_guid,
                       .flags = vmbus::kNamedPipeFlag,
                       .name = "Mouse"};
    std::memcpy(offer.userData.data(), &vmbus::kMessagePipeMode, sizeof vmbus::kMessagePipeMode);
    return offer;
}

void Mouse::pointer(const display::PointerState& state, int wheel) {
    {
        const std::scoped_lock lock(mutex_);
        const int notches = std::clamp(wheel, -kMostWheel, kMostWheel);
        const bool isPlain =
            std::exchange(buttons_, state.buttons) == state.buttons && notches == 0;
        // Of places that were only passed the guest needs the last one; of too many movements the
        // last one as well.
        if (!movements_.empty() &&
            ((isPlain && movements_.back().isPlain) || movements_.size() >= kMostMovements)) {
            Movement& last = movements_.back();
            last = {state, std::clamp(last.wheel + notches, -kMostWheel, kMostWheel),
                    isPlain && last.isPlain};
        } else {
            movements_.push_back({state, notches, isPlain});
        }
    }
    if (!posted_.exchange(true))
        post([this] {
            posted_ = false;
            deliver();
        });
}

void Mouse::onOpened() {
    stage_ = Stage::Opened;
}

void Mouse::onClosed() {
    stage_ = Stage::Closed;
    listening_ = false;
    const std::scoped_lock lock(mutex_);
    movements_.clear();
    buttons_ = 0;
}

void Mouse::onPacket(const vmbus::ReceivedPacket& packet) {
    const auto payload = packet.payload();
    mouse::Header header;
    if (packet.type() != vmbus::PacketType::InBand || payload.size() < sizeof header)
        return fail("The mouse's packet is no message");
    std::memcpy(&header, payload.data(), sizeof header);
    if (header.pipeType != mouse::kPipeData ||
        header.pipeSize > payload.size() - mouse::kPipeHeader)
        return fail("The mouse's message is longer than its packet");
    switch (static_cast<mouse::MessageType>(header.type)) {
        case mouse::MessageType::ProtocolRequest: {
            mouse::ProtocolRequest request;
            if (header.pipeSize < sizeof request - mouse::kPipeHeader)
                return fail("The mouse's protocol request is too short");
            std::memcpy(&request, payload.data(), sizeof request);
            answerRequest(request.version, packet.transactionId());
            break;
        }
        case mouse::MessageType::DeviceInformationAcknowledgement:
            if (stage_ != Stage::Approved && stage_ != Stage::Listening)
                return fail("The mouse's driver acknowledges what it has not got");
            stage_ = Stage::Listening;
            listening_ = true;
            break;
        default:
            return fail("The mouse's driver has sent a message of an unknown type");
    }
    if (packet.wantsCompletion())
        complete(packet.transactionId(), {});
    deliver();
}

void Mouse::answerRequest(std::uint32_t version, std::uint64_t transactionId) {
    const bool isApproved = version == mouse::kVersion;
    stage_ = isApproved ? Stage::Approved : Stage::Opened;
    listening_ = false;
    const mouse::ProtocolResponse response{
        headerOf<mouse::ProtocolResponse>(mouse::MessageType::ProtocolResponse), version,
        isApproved ? std::uint8_t{1} : std::uint8_t{0}};
    send(bytesOf(response), transactionId);
    if (isApproved)
        sendInformation();
}

void Mouse::sendInformation() {
    const mouse::DeviceInformation information{
        .header = headerOf<mouse::DeviceInformation>(mouse::MessageType::DeviceInformation),
        .attributesSize = 32,
        .vendor = 0x045E,
        .product = 0x0621,
        .version = 1,
        .reserved = {},
        .descriptor = {.length = sizeof(mouse::HidDescriptor),
                       .type = 0x21,
                       .version = 0x0101,
                       .country = 0,
                       .count = 1,
                       .reportType = 0x22,
                       .reportLength = mouse::kReportDescriptor.size()},
        .reportDescriptor = mouse::kReportDescriptor};
    send(bytesOf(information));
}

void Mouse::deliver() {
    while (stage_ == Stage::Listening && isOpen() && isEmpty()) {
        std::optional<Movement> movement;
        {
            const std::scoped_lock lock(mutex_);
            if (movements_.empty())
                return;
            movement = movements_.front();
            movements_.pop_front();
        }
        const display::PointerState& state = movement->state;
        const mouse::InputReport report{
            headerOf<mouse::InputReport>(mouse::MessageType::InputReport),
            {.buttons = static_cast<std::uint8_t>(state.buttons & display::kAllPointerButtons),
             .x = std::min(state.x, display::kMostPointer),
             .y = std::min(state.y, display::kMostPointer),
             .wheel = static_cast<std::int16_t>(movement->wheel)}};
        if (!send(bytesOf(report)))
            return;
    }
}

}  // namespace devices::synthetic
