// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bus_effects.h"

namespace vmbus {

/// A guest physical address descriptor list: guest memory that the guest has made known for one
/// channel.
struct Gpadl {
    enum class State : std::uint8_t {
        /// More messages must bring the rest of the ranges.
        Assembling,
        /// MapGpadl waits for its answer.
        Mapping,
        Mapped,
        /// ReleaseGpadl waits for its answer.
        Releasing,
    };
    State state = State::Assembling;
    /// The ranges as they came, GpaRangeHeaders included; only while assembling.
    std::vector<std::uint64_t> words;
    /// How many that is, or will be.
    std::size_t wordCount = 0;
    std::uint16_t rangeCount = 0;
    std::uint64_t pageCount = 0;
    /// Each range begins and ends at a page's bounds.
    bool wholePages = false;
    /// The guest waits to hear that it has been torn down.
    bool answerTeardown = false;
    /// Of the state Mapping: to be released as soon as it is mapped, and the guest not to be told.
    bool unwanted = false;
};

/// All GPADLs of a machine, and their assembly out of messages. What they may take is bounded:
/// Linux makes two for each channel at most but for the network's, which have a ring of 1 MiB and
/// buffers of up to 32 MiB. A message's length field has no room for one above 8190 pages.
class GpadlTable {
  public:
    static constexpr std::size_t kMostGpadls = 8192;
    /// Pages and ranges in all: 2 GiB of guest memory, in pages; 4 MiB of our own.
    static constexpr std::size_t kMostWords = 512 * 1024;

    enum class Refusal : std::uint8_t { Malformed, InUse, TooMany };
    enum class Progress : std::uint8_t { Incomplete, Complete };

    /// The guest describes a new one of `rangeBytes` bytes of ranges; `part` is what the first
    /// message has of them. What is more than that is ignored.
    [[nodiscard]] std::expected<Progress, Refusal> begin(Relid relid, GpadlId id,
                                                         std::uint16_t rangeBytes,
                                                         std::uint16_t rangeCount,
                                                         std::span<const std::byte> part);
    /// The relid of the GPADL `id` that is being assembled; 0: there is none.
    [[nodiscard]] Relid assembling(GpadlId id) const;
    /// `part` must not be empty.
    [[nodiscard]] Progress append(Relid relid, GpadlId id, std::span<const std::byte> part);
    /// The ranges of a complete one, which is then in the state Mapping; nothing and gone when they
    /// don't fit what the guest has said of them.
    [[nodiscard]] std::optional<std::vector<GuestRange>> takeRanges(Relid relid, GpadlId id);

    [[nodiscard]] Gpadl* find(Relid relid, GpadlId id);
    [[nodiscard]] const Gpadl* find(Relid relid, GpadlId id) const;
    void remove(Relid relid, GpadlId id);
    [[nodiscard]] std::vector<GpadlId> of(Relid relid) const;
    [[nodiscard]] bool none(Relid relid) const;
    [[nodiscard]] bool empty() const { return gpadls_.empty(); }
    [[nodiscard]] std::size_t size() const { return gpadls_.size(); }
    [[nodiscard]] std::size_t words() const { return words_; }

  private:
    std::map<std::pair<Relid, GpadlId>, Gpadl> gpadls_;
    /// Those whose ranges are not complete: later messages name no channel.
    std::map<GpadlId, Relid> assembling_;
    std::size_t words_ = 0;
};

}  // namespace vmbus
