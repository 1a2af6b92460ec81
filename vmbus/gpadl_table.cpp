// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpadl_table.h"

#include <algorithm>
#include <cstring>

#include "ring_layout.h"

namespace vmbus {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);

/// Appends what `gpadl` still lacks of its ranges, as far as `part` has it.
GpadlTable::Progress take(Gpadl& gpadl, std::span<const std::byte> part) {
    const std::size_t have = gpadl.words.size();
    const std::size_t count = std::min(part.size() / kWord, gpadl.wordCount - have);
    gpadl.words.resize(have + count);
    if (count != 0)
        std::memcpy(gpadl.words.data() + have, part.data(), count * kWord);
    return gpadl.words.size() == gpadl.wordCount ? GpadlTable::Progress::Complete
                                                 : GpadlTable::Progress::Incomplete;
}

std::optional<std::vector<GuestRange>> parseRanges(std::span<const std::uint64_t> words,
                                                   std::uint16_t rangeCount) {
    std::vector<GuestRange> ranges;
    ranges.reserve(rangeCount);
    for (unsigned i = 0; i < rangeCount; ++i) {
        if (words.empty())
            return std::nullopt;
        GpaRangeHeader header{};
        static_assert(sizeof(header) == kWord);
        std::memcpy(&header, words.data(), sizeof(header));
        words = words.subspan(1);
        const std::uint64_t pages = GuestRange::pageCount(header.byteCount, header.byteOffset);
        if (header.byteCount == 0 || header.byteOffset >= hypervisor::kPageSize ||
            pages > words.size())
            return std::nullopt;
        const auto frames = words.first(static_cast<std::size_t>(pages));
        ranges.push_back({.byteCount = header.byteCount,
                          .byteOffset = header.byteOffset,
                          .frames = {frames.begin(), frames.end()}});
        words = words.subspan(frames.size());
    }
    if (!words.empty())
        return std::nullopt;
    return ranges;
}

}  // namespace

std::expected<GpadlTable::Progress, GpadlTable::Refusal> GpadlTable::begin(
    Relid relid, GpadlId id, std::uint16_t rangeBytes, std::uint16_t rangeCount,
    std::span<const std::byte> part) {
    // Each range has its header and at least one page.
    if (rangeCount == 0 || rangeBytes % kWord != 0 || rangeBytes / kWord / 2 < rangeCount)
        return std::unexpected(Refusal::Malformed);
    if (gpadls_.contains({relid, id}) || assembling_.contains(id))
        return std::unexpected(Refusal::InUse);
    const std::size_t wordCount = rangeBytes / kWord;
    if (gpadls_.size() >= kMostGpadls || wordCount > kMostWords - words_)
        return std::unexpected(Refusal::TooMany);
    Gpadl& gpadl = gpadls_[{relid, id}];
    gpadl.wordCount = wordCount;
    gpadl.rangeCount = rangeCount;
    words_ += wordCount;
    assembling_.emplace(id, relid);
    return take(gpadl, part);
}

Relid GpadlTable::assembling(GpadlId id) const {
    const auto found = assembling_.find(id);
    return found == assembling_.end() ? 0 : found->second;
}

GpadlTable::Progress GpadlTable::append(Relid relid, GpadlId id, std::span<const std::byte> part) {
    return take(gpadls_.at({relid, id}), part);
}

std::optional<std::vector<GuestRange>> GpadlTable::takeRanges(Relid relid, GpadlId id) {
    Gpadl& gpadl = gpadls_.at({relid, id});
    auto ranges = parseRanges(gpadl.words, gpadl.rangeCount);
    if (!ranges) {
        remove(relid, id);
        return std::nullopt;
    }
    assembling_.erase(id);
    gpadl.state = Gpadl::State::Mapping;
    gpadl.words = {};
    gpadl.wholePages = true;
    for (const GuestRange& range : *ranges) {
        gpadl.pageCount += range.frames.size();
        if (range.byteOffset != 0 || range.byteCount % hypervisor::kPageSize != 0)
            gpadl.wholePages = false;
    }
    return ranges;
}

Gpadl* GpadlTable::find(Relid relid, GpadlId id) {
    const auto found = gpadls_.find({relid, id});
    return found == gpadls_.end() ? nullptr : &found->second;
}

const Gpadl* GpadlTable::find(Relid relid, GpadlId id) const {
    const auto found = gpadls_.find({relid, id});
    return found == gpadls_.end() ? nullptr : &found->second;
}

void GpadlTable::remove(Relid relid, GpadlId id) {
    const auto found = gpadls_.find({relid, id});
    if (found == gpadls_.end())
        return;
    if (found->second.state == Gpadl::State::Assembling)
        assembling_.erase(id);
    words_ -= found->second.wordCount;
    gpadls_.erase(found);
}

std::vector<GpadlId> GpadlTable::of(Relid relid) const {
    std::vector<GpadlId> ids;
    for (auto i = gpadls_.lower_bound({relid, 0}); i != gpadls_.end() && i->first.first == relid;
         ++i)
        ids.push_back(i->first.second);
    return ids;
}

bool GpadlTable::none(Relid relid) const {
    const auto first = gpadls_.lower_bound({relid, 0});
    return first == gpadls_.end() || first->first.first != relid;
}

}  // namespace vmbus
