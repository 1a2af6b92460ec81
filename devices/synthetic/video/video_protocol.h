// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "edid.h"

/// What host and guest say to each other of the screen. Linux: drivers/gpu/drm/hyperv.
namespace devices::synthetic::screen {

enum class MessageType : std::uint32_t {
    VersionRequest = 1,
    VersionResponse = 2,
    MemoryLocation = 3,
    MemoryLocationAcknowledgement = 4,
    Situation = 5,
    SituationAcknowledgement = 6,
    PointerPosition = 7,
    PointerShape = 8,
    FeatureChange = 9,
    Dirt = 10,
    FirmwareRequest = 11,
    FirmwareResponse = 12,
    ResolutionRequest = 13,
    ResolutionResponse = 14,
    CapabilityRequest = 15,
    CapabilityResponse = 16,
};

#pragma pack(push, 1)

/// In front of every message.
struct Header {
    std::uint32_t pipeType;
    /// Of all behind this field.
    std::uint32_t pipeSize;
    std::uint32_t type;
    /// Of the message behind the pipe's header.
    std::uint32_t size;
};
static_assert(sizeof(Header) == 16);
inline constexpr std::uint32_t kPipeData = 1;
inline constexpr std::size_t kPipeHeader = offsetof(Header, type);

struct VersionRequest {
    Header header;
    /// Minor in the upper half.
    std::uint32_t version;
};
static_assert(sizeof(VersionRequest) == 20);
inline constexpr std::uint32_t kMajorVersion = 3;
inline constexpr std::uint32_t kOldestMinor = 2;
inline constexpr std::uint32_t kNewestMinor = 5;

struct VersionResponse {
    Header header;
    std::uint32_t version;
    std::uint8_t isAccepted;
    std::uint8_t mostOutputs;
};
static_assert(sizeof(VersionResponse) == 22);
/// The guest may ask for another version later on.
inline constexpr std::uint8_t kAcceptedWithExchange = 2;

struct ResolutionRequest {
    Header header;
    std::uint8_t mostResolutions;
};
static_assert(sizeof(ResolutionRequest) == 17);
inline constexpr std::size_t kMostResolutions = 64;

struct ResolutionResponse {
    Header header;
    std::array<std::uint8_t, kEdidSize> edid;
    std::uint8_t count;
    std::uint8_t defaultIndex;
    std::uint8_t isStandard;
    /// Of Resolution, which nothing aligns here.
    std::array<std::uint8_t, kMostResolutions * sizeof(Resolution)> resolutions;
};
static_assert(sizeof(Resolution) == 4);
static_assert(offsetof(ResolutionResponse, resolutions) == 147);
static_assert(sizeof(ResolutionResponse) == 403);

struct MemoryLocation {
    Header header;
    std::uint64_t context;
    std::uint8_t hasAddress;
    std::uint64_t address;
};
static_assert(sizeof(MemoryLocation) == 33);

/// Of memory locations and situations.
struct Acknowledgement {
    Header header;
    std::uint64_t context;
};
static_assert(sizeof(Acknowledgement) == 24);

struct Situation {
    Header header;
    std::uint64_t context;
    std::uint8_t outputs;
    std::uint8_t isActive;
    std::uint32_t offset;
    std::uint8_t bitsPerPixel;
    std::uint32_t width;
    std::uint32_t height;
    std::uint32_t pitch;
};
static_assert(offsetof(Situation, bitsPerPixel) == 30);
static_assert(sizeof(Situation) == 43);

struct PointerPosition {
    Header header;
    std::uint8_t isVisible;
    std::uint8_t output;
    std::int32_t x;
    std::int32_t y;
};
static_assert(sizeof(PointerPosition) == 26);

/// Pixels follow.
struct PointerShape {
    Header header;
    std::uint8_t part;
    std::uint8_t isArgb;
    std::uint32_t width;
    std::uint32_t height;
    std::uint32_t hotX;
    std::uint32_t hotY;
};
static_assert(sizeof(PointerShape) == 34);
inline constexpr std::uint32_t kMostPointerSide = 96;

struct FeatureChange {
    Header header;
    std::uint8_t isDirtNeeded;
    std::uint8_t isPointerPositionNeeded;
    std::uint8_t isPointerShapeNeeded;
    std::uint8_t isSituationNeeded;
};
static_assert(sizeof(FeatureChange) == 20);

/// Rectangles follow.
struct Dirt {
    Header header;
    std::uint8_t output;
    std::uint8_t count;
};
static_assert(sizeof(Dirt) == 18);

struct DirtyRectangle {
    std::int32_t left;
    std::int32_t top;
    /// Exclusive.
    std::int32_t right;
    std::int32_t bottom;
};
static_assert(sizeof(DirtyRectangle) == 16);

struct FirmwareResponse {
    Header header;
    std::uint32_t flags;
    std::array<std::uint8_t, 12> reserved;
};
static_assert(sizeof(FirmwareResponse) == 32);

struct CapabilityResponse {
    Header header;
    std::uint32_t locksOnDisconnect;
    std::array<std::uint32_t, 15> reserved;
};
static_assert(sizeof(CapabilityResponse) == 80);

#pragma pack(pop)

}  // namespace devices::synthetic::screen
