// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

/// What host and guest say to each other of a mouse. Linux: drivers/hid/hid-hyperv.c.
namespace devices::synthetic::mouse {

enum class MessageType : std::uint32_t {
    ProtocolRequest = 0,
    ProtocolResponse = 1,
    DeviceInformation = 2,
    DeviceInformationAcknowledgement = 3,
    InputReport = 4,
};

#pragma pack(push, 1)

/// In front of every message.
struct Header {
    std::uint32_t pipeType;
    /// Of all behind this field.
    std::uint32_t pipeSize;
    std::uint32_t type;
    /// Of the body.
    std::uint32_t size;
};
static_assert(sizeof(Header) == 16);
inline constexpr std::uint32_t kPipeData = 1;
inline constexpr std::size_t kPipeHeader = offsetof(Header, type);

struct ProtocolRequest {
    Header header;
    /// Major in the upper half.
    std::uint32_t version;
};
static_assert(sizeof(ProtocolRequest) == 20);
inline constexpr std::uint32_t kVersion = 0x2'0000;

struct ProtocolResponse {
    Header header;
    std::uint32_t version;
    std::uint8_t isApproved;
};
static_assert(sizeof(ProtocolResponse) == 21);

struct HidDescriptor {
    std::uint8_t length;
    std::uint8_t type;
    std::uint16_t version;
    std::uint8_t country;
    std::uint8_t count;
    std::uint8_t reportType;
    std::uint16_t reportLength;
};
static_assert(sizeof(HidDescriptor) == 9);

/// HID 1.11, section 6.2.2; the report it describes is Report.
inline constexpr std::array<std::uint8_t, 65> kReportDescriptor{
    0x05, 0x01,        // usage page: generic desktop
    0x09, 0x02,        // usage: mouse
    0xA1, 0x01,        // collection: application
    0x09, 0x01,        //   usage: pointer
    0xA1, 0x00,        //   collection: physical
    0x05, 0x09,        //     usage page: buttons
    0x19, 0x01,        //     usage minimum: 1
    0x29, 0x05,        //     usage maximum: 5
    0x15, 0x00,        //     logical minimum: 0
    0x25, 0x01,        //     logical maximum: 1
    0x95, 0x05,        //     report count: 5
    0x75, 0x01,        //     report size: 1
    0x81, 0x02,        //     input: data, variable, absolute
    0x95, 0x01,        //     report count: 1
    0x75, 0x03,        //     report size: 3
    0x81, 0x03,        //     input: constant
    0x05, 0x01,        //     usage page: generic desktop
    0x09, 0x30,        //     usage: X
    0x09, 0x31,        //     usage: Y
    0x15, 0x00,        //     logical minimum: 0
    0x26, 0xFF, 0x7F,  //     logical maximum: 32767
    0x75, 0x10,        //     report size: 16
    0x95, 0x02,        //     report count: 2
    0x81, 0x02,        //     input: data, variable, absolute
    0x09, 0x38,        //     usage: wheel
    0x16, 0x01, 0x80,  //     logical minimum: -32767
    0x26, 0xFF, 0x7F,  //     logical maximum: 32767
    0x75, 0x10,        //     report size: 16
    0x95, 0x01,        //     report count: 1
    0x81, 0x06,        //     input: data, variable, relative
    0xC0,              //   end of collection
    0xC0,              // end of collection
};

struct DeviceInformation {
    Header header;
    std::uint32_t attributesSize;
    std::uint16_t vendor;
    std::uint16_t product;
    std::uint16_t version;
    std::array<std::uint16_t, 11> reserved;
    HidDescriptor descriptor;
    std::array<std::uint8_t, kReportDescriptor.size()> reportDescriptor;
};
static_assert(offsetof(DeviceInformation, descriptor) == sizeof(Header) + 32);
static_assert(sizeof(DeviceInformation) == sizeof(Header) + 41 + kReportDescriptor.size());

struct Report {
    std::uint8_t buttons;
    std::uint16_t x;
    std::uint16_t y;
    std::int16_t wheel;
};
static_assert(sizeof(Report) == 7);

struct InputReport {
    Header header;
    Report report;
};
static_assert(sizeof(InputReport) == 23);

#pragma pack(pop)

}  // namespace devices::synthetic::mouse
