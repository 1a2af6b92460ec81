// SPDX-License-Identifier: GPL-3.0-or-later
#include "phy.h"

namespace devices::tulip {

namespace {

// Registers.
constexpr unsigned kControl = 0;
constexpr unsigned kStatus = 1;
constexpr unsigned kIdentifierHigh = 2;
constexpr unsigned kIdentifierLow = 3;
constexpr unsigned kAdvertisement = 4;
constexpr unsigned kPartner = 5;
constexpr unsigned kExpansion = 6;

constexpr std::uint16_t kResets = 0x8000;
constexpr std::uint16_t kLoopsBack = 0x4000;
constexpr std::uint16_t kNegotiates = 0x1000;
constexpr std::uint16_t kPoweredDown = 0x0800;
constexpr std::uint16_t kIsolated = 0x0400;
/// Reset and a new negotiation are over at once.
constexpr std::uint16_t kControlWritable = 0x7D80;

// Of the status: a preamble may be missing, it can negotiate, it has more registers.
constexpr std::uint16_t kFixedStatus = Phy::kAbilities | 0x0049;
constexpr std::uint16_t kNegotiated = 0x0020;
constexpr std::uint16_t kLinkUp = 0x0004;

constexpr std::uint16_t kDp83840High = 0x2000;
constexpr std::uint16_t kDp83840Low = 0x5C01;

constexpr std::uint16_t kAdvertisementWritable = 0x2FFF;
/// The partner's abilities, and that it has ours.
constexpr std::uint16_t kPartnerUp = Phy::kAdvertised | 0x4001;
/// The partner negotiates.
constexpr std::uint16_t kExpansionUp = 0x0001;

}  // namespace

void Phy::reset() {
    control_ = kInitialControl;
    advertisement_ = kInitialAdvertisement;
    wasDown_ = !cable_;
}

void Phy::setLink(bool up) {
    cable_ = up;
    wasDown_ = wasDown_ || !up;
}

bool Phy::loopsBack() const {
    return (control_ & kLoopsBack) != 0;
}

bool Phy::hasLink() const {
    return cable_ && (control_ & (kPoweredDown | kIsolated)) == 0;
}

bool Phy::negotiates() const {
    return (control_ & kNegotiates) != 0;
}

std::uint16_t Phy::status() {
    // A link that was lost is told once, even if it is back.
    const bool tellsLink = hasLink() && !wasDown_;
    wasDown_ = !hasLink();
    return static_cast<std::uint16_t>(kFixedStatus | (tellsLink ? kLinkUp : 0) |
                                      (hasLink() && negotiates() ? kNegotiated : 0));
}

std::uint16_t Phy::read(unsigned number) {
    switch (number) {
        case kControl:
            return control_;
        case kStatus:
            return status();
        case kIdentifierHigh:
            return kDp83840High;
        case kIdentifierLow:
            return kDp83840Low;
        case kAdvertisement:
            return advertisement_;
        case kPartner:
            return hasLink() && negotiates() ? kPartnerUp : 0;
        case kExpansion:
            return hasLink() && negotiates() ? kExpansionUp : 0;
        default:
            return 0;
    }
}

void Phy::write(unsigned number, std::uint16_t value) {
    if (number == kControl && (value & kResets) != 0)
        reset();
    else if (number == kControl)
        control_ = value & kControlWritable;
    else if (number == kAdvertisement)
        advertisement_ = static_cast<std::uint16_t>((value & kAdvertisementWritable) | 1);
}

}  // namespace devices::tulip
