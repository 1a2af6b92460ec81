// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "hypervisor/guest_memory.h"

namespace hypervisor::software {

/// Which pieces of RAM hold code that some VP has decoded, so that a write to one, by any VP or
/// device, drops the blocks made of it. One per partition, shared by all VPs.
///
/// How it stays right without a lock on writes: a page with decoded code has no write tag in any
/// TLB, so writes to it take the slow path, which calls written(). When the first code of a page
/// is decoded, other VPs may still hold a write tag for it; until each has given up its tags (at
/// its next look around) the page is not settled, and what is decoded from it is run once and
/// not kept.
class CodePages final : public WriteObserver {
  public:
    /// One VP's side. Registered once, before any VP runs.
    class Participant {
      public:
        explicit Participant(std::atomic<std::uint32_t>& attention) : attention_(attention) {}

        /// Called by the VP's thread when it starts to run guest code and when it stops: while
        /// it does not run, nobody waits for it.
        void enter() { running_.store(true, std::memory_order_seq_cst); }
        void leave() { running_.store(false, std::memory_order_seq_cst); }

      private:
        friend class CodePages;
        std::atomic<std::uint32_t>& attention_;
        std::atomic<bool> running_{false};
        /// All marks up to this one have been seen by this VP.
        std::atomic<std::uint32_t> acknowledged_{0};
        std::mutex mutex_;
        std::vector<std::uint64_t> dropped_;  // guarded by mutex_
        std::atomic<bool> hasDropped_{false};
    };

    explicit CodePages(const GuestMemory& memory);
    ~CodePages() override;

    void join(Participant& participant);

    /// Whether any code of the page at `physical` is decoded.
    [[nodiscard]] bool holdsCode(Gpa physical) const {
        const Page* page = find(physical);
        return page != nullptr && page->chunks.load(std::memory_order_relaxed) != 0;
    }

    /// [physical, physical + length), in one page, is about to be decoded. True if the page held
    /// no code before: the VP gives up its own write tags and acknowledges.
    [[nodiscard]] bool mark(Gpa physical, unsigned length);
    /// Whether every VP is known to report writes to this page.
    [[nodiscard]] bool settled(Gpa physical) const;

    /// The VP acknowledges marks; it must give up its write tags between these two calls.
    [[nodiscard]] std::uint32_t currentMark() const {
        return marks_.load(std::memory_order_seq_cst);
    }
    void acknowledge(Participant& self, std::uint32_t mark) {
        self.acknowledged_.store(mark, std::memory_order_seq_cst);
    }
    [[nodiscard]] bool isCurrent(const Participant& self) const {
        return self.acknowledged_.load(std::memory_order_relaxed) == currentMark();
    }

    /// Something has been written to [physical, physical + length). Called after the write.
    /// Any thread.
    void written(Gpa physical, std::uint64_t length) override;

    /// Pages whose blocks `self` must drop; empties the list.
    [[nodiscard]] bool hasDropped(const Participant& self) const {
        return self.hasDropped_.load(std::memory_order_acquire);
    }
    [[nodiscard]] std::vector<std::uint64_t> takeDropped(Participant& self);

  private:
    static constexpr unsigned kChunk = 64;
    static constexpr std::uint32_t kNoMark = 0;
    struct Page {
        /// Bit n: decoded code in bytes [64 n, 64 n + 64).
        std::atomic<std::uint64_t> chunks;
        std::atomic<std::uint32_t> mark;
    };
    [[nodiscard]] Page* find(Gpa physical) const;
    [[nodiscard]] static std::uint64_t chunkMask(Gpa physical, std::uint64_t length);

    const GuestMemory& memory_;
    /// Address space for one Page per page of RAM; the kernel fills in what is touched.
    Page* pages_;
    std::size_t size_;
    /// Serialises pages that begin and cease to hold code.
    std::mutex mutex_;
    std::atomic<std::uint32_t> marks_{1};
    std::vector<Participant*> participants_;
};

}  // namespace hypervisor::software
