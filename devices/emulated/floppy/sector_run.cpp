// SPDX-License-Identifier: GPL-3.0-or-later
#include "sector_run.h"

namespace devices::floppy {

SectorRun::SectorRun(const SectorOrder& order, const DisketteFormat& format, std::uint8_t cylinder,
                     std::uint8_t head)
    : order_(order) {
    if (order.first.cylinder != cylinder) {
        end_ = End::WrongCylinder;
        return;
    }
    if (order.first.head != head || order.first.sizeCode != kSizeCode)
        return;
    SectorId id = order.first;
    while (id.sector >= 1 && id.sector <= format.sectors) {
        const std::uint32_t track = std::uint32_t{cylinder} * DisketteFormat::kHeads + id.head;
        sectors_.push_back(track * format.sectors + id.sector - 1);
        const bool endsTrack = id.sector == order.endOfTrack;
        const bool endsCylinder = endsTrack && (!order.multiTrack || id.head != 0);
        if (endsCylinder) {
            end_ = End::OfCylinder;
            return;
        }
        id = next(id);
    }
}

SectorId SectorRun::next(SectorId id) const {
    if (id.sector != order_.endOfTrack) {
        ++id.sector;
        return id;
    }
    id.sector = 1;
    if (!order_.multiTrack || id.head != 0)
        ++id.cylinder;
    if (order_.multiTrack)
        id.head ^= 1;
    return id;
}

SectorId SectorRun::after(std::size_t count) const {
    SectorId id = order_.first;
    for (; count != 0; --count)
        id = next(id);
    return id;
}

}  // namespace devices::floppy
