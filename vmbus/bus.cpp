// SPDX-License-Identifier: GPL-3.0-or-later
#include "bus.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <thread>
#include <variant>

namespace vmbus {

using hypervisor::Result;
using hypervisor::VpIndex;

namespace {

/// Guest messages that wait to be carried out, and answers that the guest has not taken: beyond,
/// its next message is refused, which guests repeat.
constexpr unsigned kMostWaiting = 64;
constexpr std::size_t kMostUntaken = 512;

/// Longer than any packet that a device of ours takes: storage's have 8 bytes for each page of a
/// request, the network's some hundred ranges.
constexpr std::uint32_t kMostPacketBytes = 64 * 1024;

}  // namespace

Bus::Bus(hypervisor::Partition& partition, Callbacks callbacks)
    : partition_(partition),
      synic_(partition.synic()),
      callbacks_(std::move(callbacks)),
      state_(partition.processorCount()) {
    synic_.setConnections(this);
}

Bus::~Bus() {
    synic_.setConnections(nullptr);
}

// --- The queue ---

void Bus::post(Input input) {
    std::unique_lock lock(mutex_);
    inputs_.push_back(std::move(input));
    if (active_)
        return;
    active_ = true;
    while (!inputs_.empty()) {
        Input next = std::move(inputs_.front());
        inputs_.pop_front();
        lock.unlock();
        next();
        carryOut();
        // What it holds may post.
        next = nullptr;
        lock.lock();
    }
    active_ = false;
    changed_.notify_all();
}

void Bus::runInTurn(Input input) {
    bool done = false;
    post([&] {
        input();
        const std::scoped_lock lock(mutex_);
        done = true;
    });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done; });
}

void Bus::carryOut() {
    // Answers that are given meanwhile have effects of their own.
    for (auto effects = state_.takeEffects(); !effects.empty(); effects = state_.takeEffects())
        for (const Effect& one : effects)
            std::visit([this](const auto& wanted) { effect(wanted); }, one);
    version_ = state_.version().value_or(0);
}

// --- The host ---

Result<void> Bus::offer(const Offer& offer, ChannelDevice& device) {
    Result<void> result;
    runInTurn([&] {
        if (const auto relid = state_.offer(offer)) {
            offered_[&device] = offer;
            attach(*relid, device, offer.name);
        } else {
            result = std::unexpected(relid.error());
        }
    });
    return result;
}

Result<void> Bus::offerSocket(const Offer& offer, ChannelDevice& device) {
    Result<void> result;
    runInTurn([&] {
        if (const auto relid = state_.offer(offer))
            attach(*relid, device, offer.name);
        else
            result = std::unexpected(relid.error());
    });
    return result;
}

void Bus::attach(Relid relid, ChannelDevice& device, std::string name, Relid primary) {
    Channel& channel = channels_[relid];
    channel = {&device, std::move(name), primary};
    if (callbacks_.counters)
        channel.counters = callbacks_.counters(relid, channel.name);
    doorbells_[relid].interrupts =
        channel.counters ? &(*channel.counters)[hypervisor::ChannelValue::InterruptsFromGuest]
                         : nullptr;
    doorbells_[relid].device = &device;
}

void Bus::detach(Channel& channel, Relid relid) {
    channel.device = nullptr;
    doorbells_[relid].device = nullptr;
    while (doorbells_[relid].ringing.load() != 0)
        std::this_thread::yield();
    doorbells_[relid].interrupts = nullptr;
    channel.counters.reset();
    if (!std::exchange(channel.detaching, false))
        return;
    const std::scoped_lock lock(mutex_);
    --detaching_;
    changed_.notify_all();
}

void Bus::revoke(ChannelDevice& device) {
    runInTurn([&] { revokeInTurn(device); });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return detaching_ == 0; });
}

void Bus::revokeInTurn(ChannelDevice& device) {
    offered_.erase(&device);
    const auto found = std::ranges::find_if(
        channels_, [&device](const auto& one) { return one.second.device == &device; });
    if (found == channels_.end())
        return;
    const Relid revoked = found->first;
    state_.revoke(revoked);
    for (auto& [relid, channel] : channels_) {
        if ((relid != revoked && channel.primary != revoked) || channel.device == nullptr)
            continue;
        channel.detaching = true;
        {
            const std::scoped_lock lock(mutex_);
            ++detaching_;
        }
        if (!channel.open)
            detach(channel, relid);
    }
}

void Bus::reset() {
    runInTurn([this] { state_.reset(); });
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return openChannels_ == 0 && !active_; });
    }
    runInTurn([this] { offerWhatIsMissing(); });
}

void Bus::offerWhatIsMissing() {
    for (const auto& [device, offer] : offered_) {
        const bool there = std::ranges::any_of(
            channels_, [device](const auto& one) { return one.second.device == device; });
        if (there)
            continue;
        // There was room for it before.
        if (const auto relid = state_.offer(offer))
            attach(*relid, *device, offer.name);
    }
}

// --- Devices ---

void Bus::deviceClosed(Relid relid) {
    {
        const std::scoped_lock lock(mutex_);
        --openChannels_;
    }
    state_.closed(relid);
    const auto found = channels_.find(relid);
    if (found == channels_.end())
        return;
    found->second.open = false;
    if (found->second.detaching)
        detach(found->second, relid);
}

void Bus::deviceFailed(Relid relid, std::string why) {
    state_.revoke(relid);
    if (callbacks_.onViolation)
        callbacks_.onViolation(std::move(why));
}

void Bus::subChannelsWanted(Relid primary, unsigned count) {
    const auto found = channels_.find(primary);
    if (found == channels_.end() || found->second.device == nullptr)
        return;
    ChannelDevice& device = *found->second.device;
    unsigned index = 0;
    for (const Relid relid : state_.offerSubChannels(primary, count)) {
        if (ChannelDevice* const sub = device.subChannel(++index))
            attach(relid, *sub, fmt::format("{}, channel {}", found->second.name, index), primary);
        else
            state_.revoke(relid);
    }
}

std::shared_ptr<const GuestPages> Bus::gpadl(Relid relid, GpadlId id) const {
    const std::scoped_lock lock(gpadlMutex_);
    const auto found = gpadls_.find({relid, id});
    return found != gpadls_.end() ? found->second : nullptr;
}

// --- The guest ---

Bus::Post Bus::postMessage(VpIndex vp, std::uint32_t connection, std::uint32_t type,
                           std::span<const std::byte> payload) {
    if (!BusState::takesConnection(connection) || type != kChannelMessageType)
        return Post::Unknown;
    if (waitingMessages_.load() >= kMostWaiting ||
        synic_.waitingMessages(messageVp_, messageSint_) >= kMostUntaken)
        return Post::NoRoom;
    ++waitingMessages_;
    post([this, vp, connection, message = std::vector(payload.begin(), payload.end())] {
        --waitingMessages_;
        state_.guestMessage(vp, connection, message);
    });
    return Post::Taken;
}

bool Bus::signalEvent(VpIndex /*vp*/, std::uint32_t connection, std::uint16_t flag) {
    const Relid relid = connection ^ kEventConnection;
    if (relid > kLastRelid || flag != 0)
        return false;
    Doorbell& doorbell = doorbells_[relid];
    // Who takes the device away waits for those that have not seen it; the order of the two
    // atomics makes one of both see the other.
    doorbell.ringing.fetch_add(1);
    ChannelDevice* const device = doorbell.device.load();
    if (device != nullptr) {
        if (doorbell.interrupts != nullptr)
            doorbell.interrupts->addShared();
        device->doorbell();
    }
    doorbell.ringing.fetch_sub(1);
    return device != nullptr;
}

// --- Effects ---

void Bus::effect(const SendMessage& message) {
    messageVp_ = message.vp;
    messageSint_ = message.sint;
    hypervisor::SynicMessage posted;
    posted.type = kChannelMessageType;
    posted.size = message.length;
    std::ranges::copy(message.content(), posted.payload.begin());
    // Admission has made sure that there is room.
    static_cast<void>(synic_.postMessage(message.vp, message.sint, posted));
}

void Bus::effect(const DiscardMessages& /*nothing*/) {
    synic_.discardMessages();
}

void Bus::effect(const MapGpadl& map) {
    auto pages = GuestPages::create(partition_.memory(), map.ranges);
    if (!pages) {
        state_.gpadlMapped(map.relid, map.id, false);
        return;
    }
    const auto released = [this, relid = map.relid, id = map.id](const GuestPages* gone) {
        delete gone;
        post([this, relid, id] { state_.gpadlReleased(relid, id); });
    };
    std::shared_ptr<const GuestPages> shared(new GuestPages(std::move(*pages)), released);
    {
        const std::scoped_lock lock(gpadlMutex_);
        gpadls_[{map.relid, map.id}] = std::move(shared);
    }
    state_.gpadlMapped(map.relid, map.id, true);
}

void Bus::effect(const ReleaseGpadl& release) {
    std::shared_ptr<const GuestPages> last;
    const std::scoped_lock lock(gpadlMutex_);
    if (const auto found = gpadls_.find({release.relid, release.id}); found != gpadls_.end()) {
        last = std::move(found->second);
        gpadls_.erase(found);
    }
}

std::unique_ptr<OpenChannel> Bus::makeChannel(const OpenRings& open) {
    const auto pages = gpadl(open.relid, open.ringGpadl);
    if (!pages || open.hostToGuestPage > pages->pageCount())
        return nullptr;
    auto incoming = RingMemory::create(pages, 0, open.hostToGuestPage);
    auto outgoing =
        RingMemory::create(pages, open.hostToGuestPage, pages->pageCount() - open.hostToGuestPage);
    if (!incoming || !outgoing)
        return nullptr;
    const Relid relid = open.relid;
    OpenChannel::Ways ways;
    ways.signalGuest = [this, relid] {
        synic_.setEventFlag(doorbells_[relid].target, messageSint_, relid);
    };
    if (const auto found = channels_.find(relid); found != channels_.end())
        ways.counters = found->second.counters;
    ways.gpadl = [this, relid](std::uint32_t id) { return gpadl(relid, id); };
    ways.offerSubChannels = [this, relid](unsigned count) {
        post([this, relid, count] { subChannelsWanted(relid, count); });
    };
    ways.fail = [this, relid](std::string why) {
        post([this, relid, what = std::move(why)]() mutable {
            deviceFailed(relid, std::move(what));
        });
    };
    ways.closed = [this, relid] { post([this, relid] { deviceClosed(relid); }); };
    return std::make_unique<OpenChannel>(RingReader(std::move(*incoming), kMostPacketBytes),
                                         RingWriter(std::move(*outgoing)), open.version,
                                         open.userData, partition_.memory(), std::move(ways));
}

void Bus::effect(const OpenRings& open) {
    const auto found = channels_.find(open.relid);
    ChannelDevice* const device = found != channels_.end() ? found->second.device : nullptr;
    doorbells_[open.relid].target = open.target;
    auto channel = device != nullptr ? makeChannel(open) : nullptr;
    if (!channel) {
        state_.ringsOpened(open.relid, false);
        return;
    }
    found->second.open = true;
    {
        const std::scoped_lock lock(mutex_);
        ++openChannels_;
    }
    state_.ringsOpened(open.relid, true);
    device->opened(std::move(channel));
}

void Bus::effect(const CloseRings& close) {
    const auto found = channels_.find(close.relid);
    if (found != channels_.end() && found->second.device != nullptr)
        found->second.device->closing();
}

void Bus::effect(const SetTarget& target) {
    doorbells_[target.relid].target = target.vp;
}

void Bus::effect(const Forget& forget) {
    const auto found = channels_.find(forget.relid);
    if (found == channels_.end())
        return;
    if (found->second.device != nullptr)
        detach(found->second, forget.relid);
    channels_.erase(found);
}

void Bus::effect(const ConnectHvSocket& connect) {
    ChannelDevice* const device =
        callbacks_.onSocketConnect ? callbacks_.onSocketConnect(connect.service, connect.endpoint)
                                   : nullptr;
    if (device == nullptr) {
        state_.hvSocketRefused(connect.service, connect.endpoint);
        return;
    }
    const Offer offer{.type = connect.service,
                      .instance = connect.endpoint,
                      .flags = static_cast<std::uint16_t>(kNamedPipeFlag | kHvSocketFlag),
                      .name = "Socket"};
    if (const auto relid = state_.offer(offer))
        attach(*relid, *device, offer.name);
    else
        state_.hvSocketRefused(connect.service, connect.endpoint);
}

void Bus::effect(const SetInterruptPage& /*page*/) {
    // For channels without an interrupt of their own, of which there are none.
}

void Bus::effect(const Violation& violation) {
    if (callbacks_.onViolation)
        callbacks_.onViolation(violation.relid
                                   ? fmt::format("channel {}: {}", *violation.relid, violation.text)
                                   : violation.text);
}

}  // namespace vmbus
