// SPDX-License-Identifier: GPL-3.0-or-later
#include "registers.h"

#include "retrace.h"

namespace devices::vga {

namespace {

enum Port : std::uint16_t {
    Attribute = 0x3C0,
    AttributeData = 0x3C1,
    /// Written: miscellaneous output. Read: input status 0.
    Miscellaneous = 0x3C2,
    Enable = 0x3C3,
    SequencerIndex = 0x3C4,
    SequencerData = 0x3C5,
    ColorMask = 0x3C6,
    /// Written: which colour is read. Read: whether colours are read or written.
    ColorReadIndex = 0x3C7,
    ColorWriteIndex = 0x3C8,
    ColorData = 0x3C9,
    FeatureControlRead = 0x3CA,
    MiscellaneousRead = 0x3CC,
    GraphicsIndex = 0x3CE,
    GraphicsData = 0x3CF,
    CrtIndex = 0x3D4,
    CrtData = 0x3D5,
    /// Read: input status 1. Written: feature control.
    Status = 0x3DA,
};

constexpr std::uint8_t kNothing = 0xFF;
constexpr std::uint8_t kColorAddresses = 0x01;
/// Of input status 0: a colour monitor is there.
constexpr std::uint8_t kMonitorSensed = 0x10;
// Of input status 1.
constexpr std::uint8_t kBlank = 0x01;
constexpr std::uint8_t kReturning = 0x08;

}  // namespace

std::uint16_t Registers::place(std::uint16_t port) const {
    if (port >= Attribute && port < 0x3D0)
        return port;
    const bool isColor = (miscellaneous_ & kColorAddresses) != 0;
    if ((port >= 0x3D0) != isColor)
        return 0;
    return static_cast<std::uint16_t>(0x3D0 | (port & 0xF));
}

std::uint8_t Registers::readStatus(std::uint64_t nanoseconds) {
    attributeController.expectIndex();
    const BeamState beam = beamAt(nanoseconds, crtController, sequencer, miscellaneous_ >> 2 & 3U);
    return static_cast<std::uint8_t>((beam.isBlank ? kBlank : 0) |
                                     (beam.isReturning ? kReturning : 0));
}

std::uint8_t Registers::read(std::uint16_t port, std::uint64_t nanoseconds) {
    if (!isEnabled_ && port != Enable)
        return kNothing;
    switch (place(port)) {
        case Attribute:
            return attributeController.index();
        case AttributeData:
            return attributeController.read();
        case Miscellaneous:
            return kMonitorSensed;
        case Enable:
            return isEnabled_ ? 1 : 0;
        case SequencerIndex:
            return sequencer.index();
        case SequencerData:
            return sequencer.read();
        case ColorMask:
            return colorConverter.mask();
        case ColorReadIndex:
            return colorConverter.state();
        case ColorWriteIndex:
            return colorConverter.writeIndex();
        case ColorData:
            return colorConverter.read();
        case FeatureControlRead:
            return featureControl_;
        case MiscellaneousRead:
            return miscellaneous_;
        case GraphicsIndex:
            return graphicsController.index();
        case GraphicsData:
            return graphicsController.read();
        case CrtIndex:
            return crtController.index();
        case CrtData:
            return crtController.read();
        case Status:
            return readStatus(nanoseconds);
        default:
            return kNothing;
    }
}

void Registers::write(std::uint16_t port, std::uint8_t value) {
    if (!isEnabled_ && port != Enable)
        return;
    switch (place(port)) {
        case Attribute:
            return attributeController.write(value);
        case Miscellaneous:
            miscellaneous_ = value & 0xEF;
            return;
        case Enable:
            isEnabled_ = (value & 1) != 0;
            return;
        case SequencerIndex:
            return sequencer.setIndex(value);
        case SequencerData:
            return sequencer.write(value);
        case ColorMask:
            return colorConverter.setMask(value);
        case ColorReadIndex:
            return colorConverter.beginRead(value);
        case ColorWriteIndex:
            return colorConverter.beginWrite(value);
        case ColorData:
            return colorConverter.write(value);
        case GraphicsIndex:
            return graphicsController.setIndex(value);
        case GraphicsData:
            return graphicsController.write(value);
        case CrtIndex:
            return crtController.setIndex(value);
        case CrtData:
            return crtController.write(value);
        case Status:
            featureControl_ = value & 3;
            return;
        default:
            return;
    }
}

}  // namespace devices::vga
