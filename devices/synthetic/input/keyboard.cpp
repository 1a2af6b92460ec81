// SPDX-License-Identifier: GPL-3.0-or-later
#include "keyboard.h"

#include <cstring>
#include <optional>
#include <utility>

#include "keyboard_protocol.h"

namespace devices::synthetic {

namespace {

/// Of presses; their releases may come on top.
constexpr std::size_t kMostStrokes = 64;

std::size_t indexOf(display::ScanCode code) {
    return static_cast<std::size_t>(code.prefix) * 256 + code.code;
}

std::uint32_t flagsOf(display::ScanCode code, display::KeyAction action) {
    std::uint32_t flags = action == display::KeyAction::Up ? keyboard::kBreakFlag : 0;
    if (code.prefix == display::ScanPrefix::E0)
        flags |= keyboard::kE0Flag;
    if (code.prefix == display::ScanPrefix::E1)
        flags |= keyboard::kE1Flag;
    return flags;
}

}  // namespace

Keyboard::~Keyboard() {
    stop();
}

vmbus::Offer Keyboard::offer() {
    using vmbus::operator""_guid;
    return {.type = "f912ad6d-2b17-48ea-bd65-f927a61c7684"_guid,
            .instance = "d34b2567-b9b6-42b9-8778-0a4ec0b955bf"_guid,
            .name = "Keyboard"};
}

void Keyboard::key(display::ScanCode code, display::KeyAction action) {
    {
        const std::scoped_lock lock(mutex_);
        const std::size_t index = indexOf(code);
        if (action == display::KeyAction::Down) {
            if (strokes_.size() >= kMostStrokes)
                return;
            down_.set(index);
        } else {
            if (!down_.test(index))
                return;
            down_.reset(index);
        }
        strokes_.push_back({code, action});
    }
    if (!posted_.exchange(true))
        post([this] {
            posted_ = false;
            deliver();
        });
}

void Keyboard::onOpened() {}

void Keyboard::onPacket(const vmbus::ReceivedPacket& packet) {
    const auto payload = packet.payload();
    keyboard::ProtocolRequest request;
    if (packet.type() != vmbus::PacketType::InBand || payload.size() < sizeof request)
        return fail("The keyboard's packet is no message");
    std::memcpy(&request, payload.data(), sizeof request);
    switch (static_cast<keyboard::MessageType>(request.type)) {
        case keyboard::MessageType::ProtocolRequest: {
            accepted_ = request.version == keyboard::kVersion;
            const keyboard::ProtocolResponse response{
                std::to_underlying(keyboard::MessageType::ProtocolResponse),
                accepted_ ? keyboard::kAccepted : 0};
            send(std::as_bytes(std::span(&response, 1)), packet.transactionId());
            break;
        }
        // The guest's lights; nobody shows them.
        case keyboard::MessageType::Indicators:
            break;
        default:
            return fail("The keyboard's driver has sent a message of an unknown type");
    }
    if (packet.wantsCompletion())
        complete(packet.transactionId(), {});
    deliver();
}

void Keyboard::onClosed() {
    accepted_ = false;
    const std::scoped_lock lock(mutex_);
    strokes_.clear();
    down_.reset();
}

void Keyboard::deliver() {
    while (accepted_ && isOpen() && isEmpty()) {
        std::optional<Stroke> stroke;
        {
            const std::scoped_lock lock(mutex_);
            if (strokes_.empty())
                return;
            stroke = strokes_.front();
            strokes_.pop_front();
        }
        const keyboard::Event event{std::to_underlying(keyboard::MessageType::Event),
                                    stroke->code.code, 0, flagsOf(stroke->code, stroke->action)};
        if (!send(std::as_bytes(std::span(&event, 1))))
            return;
    }
}

}  // namespace devices::synthetic
