// SPDX-License-Identifier: GPL-3.0-or-later
#include "dynamic_memory.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace devices::synthetic {

using namespace dynamic_memory;

namespace {

/// What the guest is asked for is whole chunks; Linux insists on it.
constexpr std::uint64_t kChunkPages = 512;
/// So that a new target does not wait for a request of many gigabytes.
constexpr std::uint64_t kMostPagesAtOnce = 256 * kChunkPages;
constexpr std::size_t kMostRanges = 480;
static_assert(sizeof(UnballoonRequest) + kMostRanges * sizeof(std::uint64_t) + 16 <= kMostBytes);

constexpr std::chrono::seconds kRetryInterval{30};
constexpr std::chrono::milliseconds kInformDelay{250};
constexpr std::uint64_t kPagesPerMebibyte = 256;

template <class Message>
std::optional<Message> read(std::span<const std::byte> from) {
    if (from.size() < sizeof(Message))
        return std::nullopt;
    Message message;
    std::memcpy(&message, from.data(), sizeof message);
    return message;
}

template <class Message>
std::span<const std::byte> bytesOf(const Message& message) {
    return std::as_bytes(std::span(&message, 1));
}

bool isAligned(PageRange range, std::uint64_t pages) {
    return range.first % pages == 0 && range.count % pages == 0;
}

bool isInside(PageRange inner, PageRange outer) {
    return inner.first >= outer.first && inner.count <= outer.count &&
           inner.first - outer.first <= outer.count - inner.count;
}

bool fitsMessage(PageRange range) {
    return range.count > 0 && range.count <= kMostPagesInRange &&
           range.first < (std::uint64_t{1} << kRangeShift) - range.count;
}

}  // namespace

DynamicMemory::DynamicMemory(DeviceThread& thread, Callbacks callbacks, Options options)
    : MessageDevice(thread),
      callbacks_(std::move(callbacks)),
      options_(options),
      retry_(timer([this] {
          waitsToRetry_ = false;
          act();
      })),
      inform_(timer([this] {
          informing_ = false;
          if (callbacks_.changed)
              callbacks_.changed();
      })) {}

DynamicMemory::~DynamicMemory() {
    stop();
}

vmbus::Offer DynamicMemory::offer() {
    using vmbus::operator""_guid;
    return {.type = "525074dc-8985-46e2-8057-a307dc18a502"_guid,
            .instance = "1eccfd72-4b41-45ef-b73a-4a6e44c12924"_guid,
            .name = "Dynamic Memory"};
}

DynamicMemory::Status DynamicMemory::status() const {
    const std::scoped_lock lock(mutex_);
    return status_;
}

void DynamicMemory::setTarget(std::uint64_t pages) {
    post([this, pages] {
        target_ = pages;
        waitsToRetry_ = false;
        retry_.cancel();
        inform();
        act();
    });
}

void DynamicMemory::hotAdd(PageRange range, std::optional<PageRange> region, Done done) {
    post([this, range, region, whenDone = std::move(done)]() mutable {
        startHotAdd(range, region, std::move(whenDone));
    });
}

Header DynamicMemory::header(MessageType type, std::size_t size) {
    return {std::to_underlying(type), static_cast<std::uint16_t>(size), ++transaction_};
}

void DynamicMemory::inform() {
    {
        const std::scoped_lock lock(mutex_);
        status_.canBalloon = stage_ == Stage::Ready && (capabilities_ & kCanBalloon) != 0;
        status_.canHotAdd =
            stage_ == Stage::Ready && (capabilities_ & kCanHotAdd) != 0 && !refusesHotAdd_;
        status_.targetPages = target_;
        status_.balloonedPages = balloon_.size();
        status_.hotAddedPages = 0;
        for (const PageRange range : added_)
            status_.hotAddedPages += range.count;
        if (stage_ == Stage::Closed) {
            status_.availablePages = 0;
            status_.committedPages = 0;
        }
    }
    if (!std::exchange(informing_, true))
        inform_.startIn(kInformDelay);
}

void DynamicMemory::onOpened() {
    stage_ = Stage::Version;
}

void DynamicMemory::onClosed() {
    while (balloon_.size() != 0)
        for (const PageRange range :
             balloon_.first(balloon_.size(), kMostRanges, kMostPagesInRange)) {
            balloon_.remove(range);
            static_cast<void>(callbacks_.back(range));
        }
    added_.clear();
    refusesHotAdd_ = false;
    stage_ = Stage::Closed;
    capabilities_ = 0;
    busy_ = Busy::No;
    waitsToRetry_ = false;
    retry_.cancel();
    if (Done done = std::exchange(addingDone_, {}))
        done(hypervisor::failure(
            "The guest has not added the memory: it has closed the channel meanwhile."));
    inform();
}

void DynamicMemory::onPacket(const vmbus::ReceivedPacket& packet) {
    const auto head = read<Header>(packet.payload());
    if (packet.type() != vmbus::PacketType::InBand || !head || head->size < sizeof(Header) ||
        head->size > packet.payload().size() || head->size > kMostBytes)
        return fail("A message of dynamic memory is longer than its packet");
    const auto message = packet.payload().first(head->size);
    switch (static_cast<MessageType>(head->type)) {
        case MessageType::VersionRequest:
            return versionRequested(message);
        case MessageType::Capabilities:
            return capabilitiesReported(message);
        case MessageType::Status:
            return statusReported(message);
        case MessageType::BalloonResponse:
            return ballooned(message);
        case MessageType::UnballoonResponse:
            return unballooned();
        case MessageType::HotAddResponse:
            return hotAdded(message);
        default:
            return fail("A message of dynamic memory has a type that no guest sends");
    }
}

void DynamicMemory::versionRequested(std::span<const std::byte> message) {
    const auto request = read<VersionRequest>(message);
    if (!request || stage_ != Stage::Version)
        return fail("A version of dynamic memory was asked for at a wrong time");
    const bool known = request->version == kVersion2 || request->version == kVersion1;
    if (known)
        stage_ = Stage::Capabilities;
    static_cast<void>(send(bytesOf(Response{header(MessageType::VersionResponse, sizeof(Response)),
                                            known ? std::uint64_t{1} : 0})));
}

void DynamicMemory::capabilitiesReported(std::span<const std::byte> message) {
    const auto report = read<Capabilities>(message);
    if (!report || stage_ != Stage::Capabilities)
        return fail("Capabilities of dynamic memory were reported at a wrong time");
    capabilities_ = report->bits;
    stage_ = Stage::Ready;
    static_cast<void>(
        send(bytesOf(Response{header(MessageType::CapabilitiesResponse, sizeof(Response)), 1})));
    if (options_.mostPages != 0)
        static_cast<void>(send(
            bytesOf(Information{.header = header(MessageType::Information, sizeof(Information)),
                                .reserved = 0,
                                .size = sizeof(Information) - offsetof(Information, kind),
                                .kind = kMostPagesInformation,
                                .dataSize = sizeof(std::uint64_t),
                                .mostPages = options_.mostPages})));
    inform();
    act();
}

void DynamicMemory::statusReported(std::span<const std::byte> message) {
    const auto report = read<dynamic_memory::Status>(message);
    if (!report)
        return fail("A status report of dynamic memory is too short");
    {
        const std::scoped_lock lock(mutex_);
        status_.availablePages = report->availablePages;
        status_.committedPages = report->committedPages;
    }
    inform();
}

bool DynamicMemory::isGuestMemory(PageRange range) {
    // Forty and 24 bits: nothing of this wraps.
    if (channel().memory().at(range.first * hypervisor::kPageSize,
                              range.count * hypervisor::kPageSize) != nullptr)
        return true;
    return std::ranges::any_of(added_, [&](PageRange added) { return isInside(range, added); });
}

void DynamicMemory::ballooned(std::span<const std::byte> message) {
    const auto response = read<BalloonResponse>(message);
    if (!response || busy_ != Busy::Ballooning)
        return fail("The guest has given up memory that it was not asked for");
    const std::uint64_t count = response->rangesAndMore >> 1;
    const bool more = (response->rangesAndMore & 1) != 0;
    const auto packed = message.subspan(sizeof(BalloonResponse));
    if (count > packed.size() / sizeof(std::uint64_t) || (more && count == 0))
        return fail("A balloon response has a wrong count of ranges");
    for (std::size_t i = 0; i < count; ++i) {
        std::uint64_t number;
        std::memcpy(&number, packed.data() + i * sizeof number, sizeof number);
        const PageRange range{firstOf(number), countOf(number)};
        if (range.count == 0 || range.count > askedPages_ - receivedPages_ ||
            !isGuestMemory(range) || balloon_.intersects(range))
            return fail("The guest has given up memory that is not its own, or more than asked");
        balloon_.add(range);
        receivedPages_ += range.count;
        callbacks_.release(range);
    }
    inform();
    if (more)
        return;
    busy_ = Busy::No;
    if (receivedPages_ < askedPages_)
        retryLater();
    act();
}

void DynamicMemory::unballooned() {
    if (busy_ != Busy::Unballooning)
        return fail("The guest has taken back memory that it was not given");
    busy_ = Busy::No;
    act();
}

void DynamicMemory::retryLater() {
    waitsToRetry_ = true;
    retry_.startIn(kRetryInterval);
}

void DynamicMemory::act() {
    if (stage_ != Stage::Ready || !isOpen() || busy_ != Busy::No ||
        (capabilities_ & kCanBalloon) == 0)
        return;
    const std::uint64_t now = balloon_.size();
    if (now > target_)
        unballoon(now - target_);
    else if (target_ - now >= kChunkPages && !waitsToRetry_)
        balloon(target_ - now);
}

void DynamicMemory::balloon(std::uint64_t pages) {
    askedPages_ = std::min(pages, kMostPagesAtOnce) / kChunkPages * kChunkPages;
    receivedPages_ = 0;
    busy_ = Busy::Ballooning;
    static_cast<void>(
        send(bytesOf(BalloonRequest{header(MessageType::BalloonRequest, sizeof(BalloonRequest)),
                                    static_cast<std::uint32_t>(askedPages_), 0})));
}

void DynamicMemory::unballoon(std::uint64_t pages) {
    if (waitsToRetry_)
        return;
    std::vector<std::uint64_t> packed;
    for (const PageRange range :
         balloon_.first(std::min(pages, kMostPagesAtOnce), kMostRanges, kMostPagesInRange)) {
        if (!callbacks_.back(range)) {
            retryLater();
            break;
        }
        balloon_.remove(range);
        packed.push_back(packRange(range.first, range.count));
    }
    inform();
    if (packed.empty())
        return;
    const auto ranges = std::as_bytes(std::span(packed));
    const UnballoonRequest request{
        header(MessageType::UnballoonRequest, sizeof(UnballoonRequest) + ranges.size()), 0,
        static_cast<std::uint32_t>(packed.size())};
    std::vector<std::byte> message(sizeof request + ranges.size());
    std::memcpy(message.data(), &request, sizeof request);
    std::ranges::copy(ranges, message.begin() + sizeof request);
    busy_ = Busy::Unballooning;
    static_cast<void>(send(message));
}

void DynamicMemory::startHotAdd(PageRange range, std::optional<PageRange> region, Done done) {
    const std::uint64_t alignment = kPagesPerMebibyte << alignmentShift(capabilities_);
    if (stage_ != Stage::Ready || !isOpen() || (capabilities_ & kCanHotAdd) == 0)
        return done(hypervisor::failure(
            "Can't add memory to the guest: its driver does not run or does not support it."));
    if (busy_ != Busy::No)
        return done(hypervisor::failure(
            "Can't add memory to the guest: it is busy with its memory. Try again later."));
    if (!fitsMessage(range) || !isAligned(region.value_or(range), alignment) ||
        (region && (!fitsMessage(*region) || !isInside(range, *region))))
        return done(hypervisor::failure(
            "Can't add memory to the guest: where it is does not fit what the guest's driver "
            "can add."));
    const std::size_t size = sizeof(HotAddRequest) + (region ? sizeof(std::uint64_t) : 0);
    struct {
        HotAddRequest request;
        std::uint64_t region;
    } message{{header(MessageType::HotAddRequest, size), packRange(range.first, range.count)},
              region ? packRange(region->first, region->count) : 0};
    busy_ = Busy::HotAdding;
    adding_ = range;
    addingDone_ = std::move(done);
    static_cast<void>(send(bytesOf(message).first(size)));
}

void DynamicMemory::hotAdded(std::span<const std::byte> message) {
    const auto response = read<HotAddResponse>(message);
    if (!response || busy_ != Busy::HotAdding || response->pages > adding_.count)
        return fail("The guest has added memory that it was not given");
    busy_ = Busy::No;
    if (response->pages != 0)
        added_.push_back({adding_.first, response->pages});
    refusesHotAdd_ = response->pages == 0 && response->result != 0;
    Done done = std::exchange(addingDone_, {});
    if (response->pages != 0)
        done(std::uint64_t{response->pages});
    else if (response->result == 0)
        done(hypervisor::failure("The guest can't add the memory now. Try again later."));
    else
        done(hypervisor::failure("The guest adds no memory any more."));
    inform();
    act();
}

}  // namespace devices::synthetic
