// SPDX-License-Identifier: GPL-3.0-or-later
#include "isa_bridge.h"

#include <optional>

namespace devices {

namespace {

constexpr PciIdentity kIdentity{
    .vendor = 0x8086, .device = 0x7110, .classCode = 0x06'01'00, .revision = 1};

// One register for each link: the ISA interrupt, and whether it is not routed at all.
constexpr unsigned kFirstRoute = 0x60;
constexpr std::uint32_t kInterrupt = 0x0F;
constexpr std::uint32_t kDisabled = 0x80;

}  // namespace

IsaBridge::IsaBridge(PciInterrupts& interrupts) : PciFunction(kIdentity), interrupts_(interrupts) {
    for (unsigned link = 0; link < PciInterrupts::kLinks; ++link)
        addRegister(kFirstRoute + link, 1, kDisabled | kInterrupt,
                    PciInterrupts::kFirmwareRoutes.at(link));
    configured();
}

void IsaBridge::configured() {
    for (unsigned link = 0; link < PciInterrupts::kLinks; ++link) {
        const std::uint32_t route = read(kFirstRoute + link, 1);
        interrupts_.route(
            link, (route & kDisabled) != 0 ? std::nullopt : std::optional(route & kInterrupt));
    }
}

}  // namespace devices
