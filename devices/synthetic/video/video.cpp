// SPDX-License-Identifier: GPL-3.0-or-later
#include "video.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

#include "video_protocol.h"

namespace devices::synthetic {

namespace {

using screen::MessageType;

constexpr std::uint64_t kMegabyte = 1024 * 1024;
constexpr std::uint16_t kMostMegabytes = 64;
static_assert(kMostMegabytes * kMegabyte <= kDeviceMemoryEnd - kDeviceMemoryStart);

constexpr Resolution kResolutions[] = {
    {640, 480},   {800, 600},   {1024, 768},  {1152, 864},  {1280, 720},  {1280, 800},
    {1280, 960},  {1280, 1024}, {1366, 768},  {1440, 900},  {1400, 1050}, {1600, 900},
    {1600, 1200}, {1680, 1050}, {1920, 1080}, {1920, 1200}, {2048, 1536}, {2560, 1440},
    {2560, 1600}, {3440, 1440}, {3840, 2160}, {5120, 2880},
};
static_assert(std::size(kResolutions) < screen::kMostResolutions);

bool fits(Resolution resolution, std::uint64_t bytes) {
    return std::uint64_t{resolution.width} * resolution.height * display::kBytesPerPixel <= bytes;
}

/// The message, if the guest's is as long.
template <class Message>
requires std::is_trivially_copyable_v<Message> std::optional<Message> read(
    std::span<const std::byte> bytes) {
    Message message;
    if (bytes.size() < sizeof message)
        return std::nullopt;
    std::memcpy(&message, bytes.data(), sizeof message);
    return message;
}

template <class Message>
std::span<const std::byte> finish(Message& message, MessageType type,
                                  std::size_t size = sizeof(Message)) {
    message.header = {.pipeType = screen::kPipeData,
                      .pipeSize = static_cast<std::uint32_t>(size - screen::kPipeHeader),
                      .type = std::to_underlying(type),
                      .size = static_cast<std::uint32_t>(size - screen::kPipeHeader)};
    return std::as_bytes(std::span(&message, 1)).first(size);
}

/// What of it is right of and below 0; nothing where that is empty.
std::optional<display::Rectangle> rectangleOf(const screen::DirtyRectangle& dirty) {
    const std::int32_t left = std::max(dirty.left, 0);
    const std::int32_t top = std::max(dirty.top, 0);
    if (dirty.right <= left || dirty.bottom <= top)
        return std::nullopt;
    return display::Rectangle{static_cast<std::uint32_t>(left), static_cast<std::uint32_t>(top),
                              static_cast<std::uint32_t>(dirty.right - left),
                              static_cast<std::uint32_t>(dirty.bottom - top)};
}

}  // namespace

hypervisor::Result<std::unique_ptr<Video>> Video::create(
    DeviceThread& thread, display::Framebuffer& framebuffer, VideoMemoryMapper& mapper,
    std::shared_ptr<const display::VideoMemory> memory, const Options& options) {
    const std::uint64_t bytes = memory->size();
    if (bytes < kMegabyte || bytes > kMostMegabytes * kMegabyte || !std::has_single_bit(bytes))
        return hypervisor::failure("Can't make a screen with " + std::to_string(bytes) +
                                   " bytes of video memory: it must be a power of two of 1 to 64 "
                                   "MiB");
    const Resolution preferred = options.preferred;
    if (preferred.width < 640 || preferred.height < 480 || preferred.width >= kEdidLimit ||
        preferred.height >= kEdidLimit || !fits(preferred, bytes))
        return hypervisor::failure(
            "Can't make a screen of " + std::to_string(preferred.width) + "x" +
            std::to_string(preferred.height) +
            " pixels: it must be from 640x480 to 4095x4095 and fit the video memory");
    std::vector<Resolution> resolutions;
    for (const Resolution resolution : kResolutions)
        if (fits(resolution, bytes))
            resolutions.push_back(resolution);
    if (std::ranges::find(resolutions, preferred) == resolutions.end())
        resolutions.push_back(preferred);
    return std::unique_ptr<Video>(
        new Video(thread, framebuffer, mapper, options, std::move(memory), std::move(resolutions)));
}

Video::Video(DeviceThread& thread, display::Framebuffer& framebuffer, VideoMemoryMapper& mapper,
             const Options& options, std::shared_ptr<const display::VideoMemory> memory,
             std::vector<Resolution> resolutions)
    : MessageDevice(thread),
      framebuffer_(framebuffer),
      mapper_(mapper),
      options_(options),
      memory_(std::move(memory)),
      resolutions_(std::move(resolutions)) {}

Video::~Video() {
    // With the channel goes the picture, and then nobody calls watchersChanged() any more.
    stop();
}

vmbus::Offer Video::offer() const {
    using vmbus::operator""_guid;
    vmbus::Offer offer{.type = "da0a7802-e377-4aac-8e77-0558eb1073f8"_guid,
                       .instance = "5620e0c7-8062-4dce-aeb7-520c7ef76171"_guid,
                       .flags = vmbus::kNamedPipeFlag,
                       .mmioMegabytes = static_cast<std::uint16_t>(memory_->size() / kMegabyte),
                       .name = "Video"};
    std::memcpy(offer.userData.data(), &vmbus::kMessagePipeMode, sizeof vmbus::kMessagePipeMode);
    return offer;
}

void Video::watchersChanged() {
    post([this] { askForChanges(); });
}

void Video::onOpened() {
    hasVersion_ = false;
    hasSituation_ = false;
    wantsChanges_.reset();
}

void Video::onClosed() {
    framebuffer_.hide(*this);
    unmap();
    hasVersion_ = false;
    hasSituation_ = false;
}

void Video::unmap() {
    if (std::exchange(isMapped_, false))
        mapper_.unmap();
}

void Video::onPacket(const vmbus::ReceivedPacket& packet) {
    const auto payload = packet.payload();
    const auto header = read<screen::Header>(payload);
    if (packet.type() != vmbus::PacketType::InBand || !header)
        return fail("The screen's packet is no message");
    if (header->pipeType != screen::kPipeData ||
        header->pipeSize > payload.size() - screen::kPipeHeader)
        return fail("The screen's message is longer than its packet");
    const auto message = payload.first(screen::kPipeHeader + header->pipeSize);
    if (header->type == std::to_underlying(MessageType::VersionRequest))
        takeVersion(message, packet.transactionId());
    else if (!hasVersion_)
        fail("The screen's driver has not asked for a version first");
    else
        takeAgreed(header->type, message, packet.transactionId());
    if (isOpen() && packet.wantsCompletion())
        complete(packet.transactionId(), {});
}

void Video::takeVersion(std::span<const std::byte> message, std::uint64_t transaction) {
    const auto request = read<screen::VersionRequest>(message);
    if (!request)
        return fail("The screen's version request is too short");
    const std::uint32_t minor = request->version >> 16;
    hasVersion_ = (request->version & 0xFFFF) == screen::kMajorVersion &&
                  minor >= screen::kOldestMinor && minor <= screen::kNewestMinor;
    screen::VersionResponse response{
        .header = {},
        .version = request->version,
        .isAccepted = hasVersion_ ? screen::kAcceptedWithExchange : std::uint8_t{0},
        .mostOutputs = 1};
    send(finish(response, MessageType::VersionResponse), transaction);
}

void Video::takeAgreed(std::uint32_t type, std::span<const std::byte> message,
                       std::uint64_t transaction) {
    switch (static_cast<MessageType>(type)) {
        case MessageType::ResolutionRequest:
            return takeResolutionRequest(message, transaction);
        case MessageType::MemoryLocation:
            return takeMemoryLocation(message, transaction);
        case MessageType::Situation:
            return takeSituation(message, transaction);
        case MessageType::PointerPosition:
            if (message.size() < sizeof(screen::PointerPosition))
                fail("The screen's pointer position is too short");
            return;
        case MessageType::PointerShape:
            return takePointerShape(message);
        case MessageType::Dirt:
            return takeDirt(message);
        case MessageType::FirmwareRequest: {
            screen::FirmwareResponse response{};
            send(finish(response, MessageType::FirmwareResponse), transaction);
            return;
        }
        case MessageType::CapabilityRequest: {
            screen::CapabilityResponse response{};
            send(finish(response, MessageType::CapabilityResponse), transaction);
            return;
        }
        default:
            return fail("The screen's driver has sent a message of an unknown type");
    }
}

void Video::takeResolutionRequest(std::span<const std::byte> message, std::uint64_t transaction) {
    const auto request = read<screen::ResolutionRequest>(message);
    if (!request || request->mostResolutions == 0)
        return fail("The screen's driver has asked for no resolutions");
    // The preferred one first, so that it is among those the guest takes.
    std::vector<Resolution> resolutions{options_.preferred};
    for (const Resolution resolution : resolutions_)
        if (resolution != options_.preferred)
            resolutions.push_back(resolution);
    const std::size_t count = std::min<std::size_t>(resolutions.size(), request->mostResolutions);
    screen::ResolutionResponse response{};
    response.edid = monitorIdentification(options_.preferred);
    response.count = static_cast<std::uint8_t>(count);
    std::memcpy(response.resolutions.data(), resolutions.data(), count * sizeof(Resolution));
    send(finish(response, MessageType::ResolutionResponse), transaction);
}

void Video::takeMemoryLocation(std::span<const std::byte> message, std::uint64_t transaction) {
    const auto location = read<screen::MemoryLocation>(message);
    if (!location)
        return fail("The screen's memory location is too short");
    unmap();
    if (location->hasAddress != 0) {
        if (location->address % hypervisor::kPageSize != 0 ||
            location->address < kDeviceMemoryStart || location->address > kDeviceMemoryEnd ||
            memory_->size() > kDeviceMemoryEnd - location->address)
            return fail("The screen's memory can't be where the guest wants it");
        if (const auto mapped = mapper_.map(location->address, memory_); !mapped)
            return fail(mapped.error().message);
        isMapped_ = true;
    }
    acknowledge(std::to_underlying(MessageType::MemoryLocationAcknowledgement), location->context,
                transaction);
}

void Video::takeSituation(std::span<const std::byte> message, std::uint64_t transaction) {
    const auto situation = read<screen::Situation>(message);
    if (!situation || situation->outputs != 1)
        return fail("The screen's situation is not of one screen");
    if (situation->isActive == 0) {
        framebuffer_.hide(*this);
    } else {
        if (situation->bitsPerPixel != 32)
            return fail("The screen's pixels are not of 32 bits");
        // Told, because the guest is asked for changes whenever somebody watches.
        const auto shown =
            framebuffer_.show(*this, {memory_,
                                      situation->offset,
                                      {situation->width, situation->height, situation->pitch},
                                      display::Changes::Told});
        if (!shown)
            return fail(shown.error().message);
    }
    acknowledge(std::to_underlying(MessageType::SituationAcknowledgement), situation->context,
                transaction);
    hasSituation_ = true;
    askForChanges();
}

void Video::takePointerShape(std::span<const std::byte> message) {
    const auto shape = read<screen::PointerShape>(message);
    if (!shape || shape->width > screen::kMostPointerSide ||
        shape->height > screen::kMostPointerSide)
        fail("The screen's pointer is too short or too large");
}

void Video::takeDirt(std::span<const std::byte> message) {
    const auto dirt = read<screen::Dirt>(message);
    const std::size_t room = message.size() - std::min(message.size(), sizeof(screen::Dirt));
    if (!dirt || dirt->count > room / sizeof(screen::DirtyRectangle))
        return fail("The screen's changes are more than their message");
    std::vector<display::Rectangle> rectangles;
    rectangles.reserve(dirt->count);
    for (std::size_t i = 0; i < dirt->count; ++i) {
        screen::DirtyRectangle dirty;
        std::memcpy(&dirty,
                    message.data() + sizeof(screen::Dirt) + i * sizeof(screen::DirtyRectangle),
                    sizeof dirty);
        if (const auto rectangle = rectangleOf(dirty))
            rectangles.push_back(*rectangle);
    }
    framebuffer_.changed(*this, rectangles);
}

void Video::acknowledge(std::uint32_t type, std::uint64_t context, std::uint64_t transaction) {
    screen::Acknowledgement acknowledgement{.header = {}, .context = context};
    send(finish(acknowledgement, static_cast<MessageType>(type)), transaction);
}

void Video::askForChanges() {
    if (!isOpen() || !hasSituation_ || !isEmpty())
        return;
    const bool wanted = framebuffer_.isWatched();
    if (wantsChanges_ == wanted)
        return;
    const std::uint8_t needed = wanted ? 1 : 0;
    screen::FeatureChange change{.header = {},
                                 .isDirtNeeded = needed,
                                 .isPointerPositionNeeded = needed,
                                 .isPointerShapeNeeded = needed,
                                 .isSituationNeeded = 1};
    if (send(finish(change, MessageType::FeatureChange)))
        wantsChanges_ = wanted;
}

}  // namespace devices::synthetic
