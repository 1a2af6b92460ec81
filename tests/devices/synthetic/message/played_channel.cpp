// SPDX-License-Identifier: GPL-3.0-or-later
#include "played_channel.h"

#include <cstdlib>

namespace {

constexpr std::uint64_t kMemory = 16 << 20;
constexpr hypervisor::Gpa kRings = 0x10'0000;
constexpr std::chrono::milliseconds kStep{100};
constexpr vmbus::ChannelClient::Limit kNow{0};

}  // namespace

PlayedChannel::PlayedChannel(std::size_t ringPages)
    : thread_(devices::synthetic::DeviceThread::createByHand(clock)),
      memory_(std::move(hypervisor::GuestMemory::create(kMemory).value())),
      client_(std::move(
          vmbus::ChannelClient::create(*memory_, vmbus::ClientRings::at(kRings, ringPages))
              .value())) {}

void PlayedChannel::open(vmbus::ChannelDevice& device) {
    device_ = &device;
    toldDoorbells_ = client_->doorbellCount();
    seenSignals_ = client_->signalCount();
    isOpen_ = true;
    device.opened(client_->open());
    settle();
}

bool PlayedChannel::close() {
    isOpen_ = false;
    device_->closing();
    settle();
    return client_->close(kNow);
}

bool PlayedChannel::send(std::span<const std::byte> payload, std::uint64_t transactionId) {
    return send({.transactionId = transactionId, .payload = {&payload, 1}});
}

bool PlayedChannel::send(const vmbus::OutgoingPacket& packet) {
    return client_->send(packet, kNow);
}

bool PlayedChannel::ring() {
    if (client_->doorbellCount() == toldDoorbells_)
        return false;
    toldDoorbells_ = client_->doorbellCount();
    device_->doorbell();
    return true;
}

bool PlayedChannel::read() {
    if (!isOpen_ || !driver)
        return false;
    const std::uint64_t signals = client_->signalCount();
    if (signals == seenSignals_)
        return false;
    seenSignals_ = signals;
    while (const auto packet = client_->poll()) {
        driver(*packet);
        if (reads == Reads::OnePerSignal || !driver)
            break;
    }
    return true;
}

void PlayedChannel::settle() {
    bool goesOn = true;
    // Far more rounds than any exchange takes; one without an end is a fault.
    for (unsigned rounds = 0; goesOn; ++rounds) {
        if (rounds == 100'000)
            std::abort();
        goesOn = thread_->runDue() != 0;
        goesOn |= read();
        goesOn |= ring();
    }
}

void PlayedChannel::advance(std::chrono::nanoseconds time) {
    for (std::chrono::nanoseconds passed{}; passed < time; passed += kStep) {
        clock.advance(static_cast<std::uint64_t>(
            std::min<std::chrono::nanoseconds>(kStep, time - passed).count()));
        settle();
    }
}
