// SPDX-License-Identifier: GPL-3.0-or-later
#include "played_ic_driver.h"

#include <algorithm>

using namespace devices::synthetic;

namespace {

constexpr std::size_t kHeader = sizeof(ic::PipeHeader);
constexpr std::size_t kBody = kHeader + sizeof(ic::Header);

template <class T>
T at(const std::vector<std::byte>& bytes, std::size_t offset) {
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

template <class T>
void put(std::vector<std::byte>& bytes, std::size_t offset, const T& value) {
    std::memcpy(bytes.data() + offset, &value, sizeof value);
}

}  // namespace

PlayedIcDriver::PlayedIcDriver(PlayedChannel& channel, std::vector<Version> frameworks,
                               std::vector<Version> messages)
    : channel_(channel), frameworks_(std::move(frameworks)), messages_(std::move(messages)) {
    channel_.reads = PlayedChannel::Reads::OnePerSignal;
    startReading();
}

void PlayedIcDriver::startReading() {
    channel_.driver = [this](const vmbus::ReceivedPacket& packet) { received(packet); };
}

void PlayedIcDriver::poll() {
    if (const auto packet = channel_.client().poll())
        received(*packet);
    channel_.settle();
}

void PlayedIcDriver::received(const vmbus::ReceivedPacket& packet) {
    Message message{packet.transactionId(), {packet.payload().begin(), packet.payload().end()}};
    auto header = at<Header>(message.bytes, kHeader);
    if (header.type == std::to_underlying(ic::MessageType::Negotiate)) {
        ++negotiations;
        negotiate(message.bytes);
        return send(std::move(message));
    }
    requests.push_back(header);
    const bool now = !onRequest || onRequest(header, std::span(message.bytes).subspan(kBody));
    header.flags = ic::kTransactionFlag | ic::kResponseFlag;
    put(message.bytes, kHeader, header);
    if (now)
        send(std::move(message));
    else
        later_.push_back(std::move(message));
}

void PlayedIcDriver::negotiate(std::vector<std::byte>& message) {
    const auto counts = at<ic::Negotiate>(message, kBody);
    std::vector<Version> offered;
    for (std::size_t i = 0; i < std::size_t{counts.frameworkCount} + counts.messageCount; ++i)
        offered.push_back(
            at<Version>(message, kBody + sizeof(ic::Negotiate) + i * sizeof(Version)));
    const auto choose = [](std::span<const Version> ours, std::span<const Version> theirs) {
        for (const Version version : ours)
            if (std::ranges::find(theirs, version) != theirs.end())
                return std::optional(version);
        return std::optional<Version>();
    };
    const auto framework = choose(frameworks_, std::span(offered).first(counts.frameworkCount));
    const auto chosen = choose(messages_, std::span(offered).subspan(counts.frameworkCount));
    const bool found = framework && chosen;
    put(message, kBody, found ? ic::Negotiate{1, 1, 0} : ic::Negotiate{0, 0, 0});
    put(message, kBody + sizeof(ic::Negotiate), framework.value_or(Version{}));
    put(message, kBody + sizeof(ic::Negotiate) + sizeof(Version), chosen.value_or(Version{}));
    auto header = at<Header>(message, kHeader);
    header.size = 0x10;
    header.flags = ic::kTransactionFlag | ic::kResponseFlag;
    put(message, kHeader, header);
}

void PlayedIcDriver::answer(std::uint32_t status) {
    Message message = std::move(later_.front());
    later_.pop_front();
    auto header = at<Header>(message.bytes, kHeader);
    header.status = status;
    put(message.bytes, kHeader, header);
    send(std::move(message));
    channel_.settle();
}

void PlayedIcDriver::send(Message message) {
    if (spoil)
        spoil(message.bytes);
    static_cast<void>(channel_.send(message.bytes, message.transactionId));
}
