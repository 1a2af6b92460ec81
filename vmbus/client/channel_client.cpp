// SPDX-License-Identifier: GPL-3.0-or-later
#include "channel_client.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>

namespace vmbus {

using hypervisor::kPageSize;

namespace {

// Linux' first.
constexpr std::uint32_t kFirstGpadl = 0xE1E10;

template <class T>
void append(std::vector<std::byte>& to, const T& value) {
    const auto bytes = bytesOf(value);
    to.insert(to.end(), bytes.begin(), bytes.end());
}

void initialise(const RingMemory& ring) {
    std::memset(&ring.control(), 0, kPageSize);
    ring.control().featureBits = kPendingSendSizeFeature;
}

}  // namespace

ClientRings ClientRings::at(hypervisor::Gpa start, std::size_t pagesEach) {
    ClientRings rings{.frames = {}, .pagesToDevice = pagesEach};
    for (std::size_t i = 0; i < 2 * pagesEach; ++i)
        rings.frames.push_back(start / kPageSize + i);
    return rings;
}

ClientRings ClientRings::scatteredAt(hypervisor::Gpa start, std::size_t pagesEach) {
    ClientRings rings = at(start, pagesEach);
    std::ranges::reverse(rings.frames);
    return rings;
}

struct ChannelClient::Shared {
    mutable std::mutex mutex;
    mutable std::condition_variable changed;
    // Guarded by mutex.
    bool open = false;
    std::uint64_t doorbells = 0;
    std::uint64_t signals = 0;
    unsigned subChannels = 0;
    std::optional<std::string> failure;
    std::uint32_t nextGpadl = kFirstGpadl;
    std::map<std::uint32_t, std::shared_ptr<const GuestPages>> gpadls;
    /// Those whose pages somebody may still touch.
    std::map<std::uint32_t, std::weak_ptr<const GuestPages>> held;

    template <class Change>
    void change(Change apply) {
        const std::scoped_lock lock(mutex);
        apply();
        changed.notify_all();
    }
    template <class Condition>
    bool wait(Limit limit, Condition condition) const {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, limit, condition);
    }
};

hypervisor::Result<std::unique_ptr<ChannelClient>> ChannelClient::create(
    const hypervisor::GuestMemory& memory, const ClientRings& rings, const ClientOptions& options) {
    const GuestRange range{.byteCount = static_cast<std::uint32_t>(rings.frames.size() * kPageSize),
                           .byteOffset = 0,
                           .frames = rings.frames};
    auto created = GuestPages::create(memory, std::span(&range, 1));
    if (!created)
        return std::unexpected(created.error());
    const auto pages = std::make_shared<const GuestPages>(std::move(*created));
    auto toDevice = RingMemory::create(pages, 0, rings.pagesToDevice);
    if (!toDevice)
        return std::unexpected(toDevice.error());
    auto fromDevice =
        RingMemory::create(pages, rings.pagesToDevice, rings.frames.size() - rings.pagesToDevice);
    if (!fromDevice)
        return std::unexpected(fromDevice.error());
    return std::unique_ptr<ChannelClient>(
        new ChannelClient(memory, std::move(*toDevice), std::move(*fromDevice), options));
}

ChannelClient::ChannelClient(const hypervisor::GuestMemory& memory, RingMemory toDevice,
                             RingMemory fromDevice, const ClientOptions& options)
    : memory_(memory),
      ringToDevice_(std::move(toDevice)),
      ringFromDevice_(std::move(fromDevice)),
      options_(options),
      shared_(std::make_shared<Shared>()) {}

std::unique_ptr<OpenChannel> ChannelClient::open() {
    device_ = nullptr;
    initialise(ringToDevice_);
    initialise(ringFromDevice_);
    toDevice_.emplace(ringToDevice_);
    fromDevice_.emplace(ringFromDevice_, options_.mostBytesToClient);
    shared_->change([&] {
        shared_->open = true;
        shared_->failure.reset();
        shared_->subChannels = 0;
    });
    OpenChannel::Ways ways;
    ways.signalGuest = [shared = shared_] { shared->change([&] { ++shared->signals; }); };
    ways.gpadl = [shared = shared_](std::uint32_t id) -> std::shared_ptr<const GuestPages> {
        const std::scoped_lock lock(shared->mutex);
        const auto found = shared->gpadls.find(id);
        return found != shared->gpadls.end() ? found->second : nullptr;
    };
    ways.offerSubChannels = [shared = shared_](unsigned count) {
        shared->change([&] { shared->subChannels += count; });
    };
    ways.fail = [shared = shared_](std::string why) {
        shared->change([&] {
            // The first reason counts, as with the bus.
            if (!shared->failure)
                shared->failure = std::move(why);
        });
    };
    ways.closed = [shared = shared_] { shared->change([&] { shared->open = false; }); };
    return std::make_unique<OpenChannel>(RingReader(ringToDevice_, options_.mostBytesToDevice),
                                         RingWriter(ringFromDevice_), options_.version,
                                         options_.userData, memory_, std::move(ways));
}

void ChannelClient::open(ChannelDevice& device) {
    auto channel = open();
    device_ = &device;
    device.opened(std::move(channel));
}

bool ChannelClient::close(Limit limit) {
    if (device_ != nullptr)
        device_->closing();
    return shared_->wait(limit, [&] { return !shared_->open; });
}

bool ChannelClient::send(const OutgoingPacket& packet, Limit limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    bool waited = false;
    for (;;) {
        const std::uint64_t seen = signalCount();
        const RingWriter::Outcome outcome = toDevice_->write(packet);
        if (outcome == RingWriter::Outcome::Full) {
            waited = true;
            if (toDevice_->requestSpace(static_cast<std::uint32_t>(RingWriter::sizeOf(packet))))
                continue;
            const auto left = std::chrono::ceil<Limit>(until - std::chrono::steady_clock::now());
            if (left.count() > 0 && waitForSignal(seen, left))
                continue;
        }
        if (waited)
            toDevice_->cancelSpaceRequest();
        if (outcome == RingWriter::Outcome::WrittenAndSignal)
            ringDoorbell();
        return outcome == RingWriter::Outcome::WrittenAndSignal ||
               outcome == RingWriter::Outcome::Written;
    }
}

bool ChannelClient::sendInBand(std::span<const std::byte> payload, std::uint64_t transactionId) {
    return send({.type = PacketType::InBand,
                 .wantsCompletion = transactionId != 0,
                 .transactionId = transactionId,
                 .payload = std::span(&payload, 1)});
}

bool ChannelClient::sendGpaDirect(std::span<const GuestRange> ranges,
                                  std::span<const std::byte> payload, std::uint64_t transactionId) {
    std::vector<std::byte> header;
    append(header, GpaDirectHeader{0, static_cast<std::uint32_t>(ranges.size())});
    for (const GuestRange& range : ranges) {
        append(header, GpaRangeHeader{range.byteCount, range.byteOffset});
        for (const std::uint64_t frame : range.frames)
            append(header, frame);
    }
    return send({.type = PacketType::GpaDirect,
                 .wantsCompletion = true,
                 .transactionId = transactionId,
                 .header = header,
                 .payload = std::span(&payload, 1)});
}

bool ChannelClient::sendCompletion(std::uint64_t transactionId,
                                   std::span<const std::byte> payload) {
    return send({.type = PacketType::Completion,
                 .transactionId = transactionId,
                 .payload = std::span(&payload, 1)});
}

std::optional<ReceivedPacket> ChannelClient::receive(Limit limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    for (;;) {
        const std::uint64_t seen = signalCount();
        if (auto packet = poll())
            return packet;
        const auto left = std::chrono::ceil<Limit>(until - std::chrono::steady_clock::now());
        if (!fromDevice_->why().empty() || left.count() <= 0 || !waitForSignal(seen, left))
            return std::nullopt;
    }
}

std::optional<ReceivedPacket> ChannelClient::poll() {
    std::optional<ReceivedPacket> packet(std::in_place);
    if (fromDevice_->read(*packet) != RingReader::Outcome::Packet)
        return std::nullopt;
    if (fromDevice_->release())
        ringDoorbell();
    return packet;
}

hypervisor::Result<std::uint32_t> ChannelClient::addGpadl(std::span<const GuestRange> ranges) {
    auto pages = GuestPages::create(memory_, ranges);
    if (!pages)
        return std::unexpected(pages.error());
    // Who lets go of it last says so.
    std::shared_ptr<const GuestPages> shared(
        std::make_unique<const GuestPages>(std::move(*pages)).release(),
        [bus = std::weak_ptr(shared_)](const GuestPages* gone) {
            std::default_delete<const GuestPages>{}(gone);
            if (const auto alive = bus.lock())
                alive->change([] {});
        });
    std::uint32_t id = 0;
    shared_->change([&] {
        id = shared_->nextGpadl++;
        shared_->held[id] = shared;
        shared_->gpadls[id] = std::move(shared);
    });
    return id;
}

bool ChannelClient::removeGpadl(std::uint32_t id, Limit limit) {
    std::shared_ptr<const GuestPages> last;
    shared_->change([&] {
        if (const auto found = shared_->gpadls.extract(id))
            last = std::move(found.mapped());
    });
    // Not under the lock: the last one takes it.
    last.reset();
    return shared_->wait(limit, [&] {
        const auto found = shared_->held.find(id);
        return found != shared_->held.end() && found->second.expired();
    });
}

std::uint64_t ChannelClient::doorbellCount() const {
    const std::scoped_lock lock(shared_->mutex);
    return shared_->doorbells;
}

std::uint64_t ChannelClient::signalCount() const {
    const std::scoped_lock lock(shared_->mutex);
    return shared_->signals;
}

void ChannelClient::ringDoorbell() {
    shared_->change([&] { ++shared_->doorbells; });
    if (device_ != nullptr)
        device_->doorbell();
}

bool ChannelClient::waitForSignal(std::uint64_t seen, Limit limit) const {
    return shared_->wait(limit, [&] { return shared_->signals > seen; });
}

std::optional<std::string> ChannelClient::failure() const {
    const std::scoped_lock lock(shared_->mutex);
    return shared_->failure;
}

std::optional<std::string> ChannelClient::waitForFailure(Limit limit) const {
    static_cast<void>(shared_->wait(limit, [&] { return shared_->failure.has_value(); }));
    return failure();
}

unsigned ChannelClient::subChannels() const {
    const std::scoped_lock lock(shared_->mutex);
    return shared_->subChannels;
}

unsigned ChannelClient::waitForSubChannels(Limit limit) const {
    static_cast<void>(shared_->wait(limit, [&] { return shared_->subChannels != 0; }));
    return subChannels();
}

}  // namespace vmbus
