// SPDX-License-Identifier: GPL-3.0-or-later
#include "channel_table.h"

#include <algorithm>

namespace vmbus {

Channel* ChannelTable::add(const Offer& offer, Relid primary, std::uint16_t subChannelIndex) {
    if (channels_.size() >= kLastRelid)
        return nullptr;
    do
        last_ = last_ == kLastRelid ? 1 : last_ + 1;
    while (channels_.contains(last_));
    Channel& channel = channels_[last_];
    channel.relid = last_;
    channel.offer = offer;
    channel.primary = primary;
    channel.subChannelIndex = subChannelIndex;
    return &channel;
}

Channel* ChannelTable::find(Relid relid) {
    const auto found = channels_.find(relid);
    return found == channels_.end() ? nullptr : &found->second;
}

std::vector<Relid> ChannelTable::relids() const {
    std::vector<Relid> relids;
    relids.reserve(channels_.size());
    for (const auto& [relid, channel] : channels_)
        relids.push_back(relid);
    return relids;
}

std::vector<Relid> ChannelTable::subChannels(Relid primary) const {
    std::vector<Relid> relids;
    for (const auto& [relid, channel] : channels_)
        if (channel.primary == primary)
            relids.push_back(relid);
    return relids;
}

bool ChannelTable::allClosed() const {
    return std::ranges::all_of(
        channels_, [](const auto& entry) { return entry.second.rings == Channel::Rings::Closed; });
}

}  // namespace vmbus
