// SPDX-License-Identifier: GPL-3.0-or-later
#include "code_pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <utility>

#include "attention.h"

namespace hypervisor::software {

CodePages::CodePages(const GuestMemory& memory)
    : memory_(memory), size_(memory.pageNumbers() * sizeof(Page)) {
    void* pages = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED)
        throw std::bad_alloc();
    pages_ = static_cast<Page*>(pages);
}

CodePages::~CodePages() {
    ::munmap(pages_, size_);
}

void CodePages::join(Participant& participant) {
    participants_.push_back(&participant);
}

CodePages::Page* CodePages::find(Gpa physical) const {
    const auto number = memory_.pageNumber(physical);
    return number ? pages_ + *number : nullptr;
}

std::uint64_t CodePages::chunkMask(Gpa physical, std::uint64_t length) {
    const unsigned first = static_cast<unsigned>(physical % kPageSize) / kChunk;
    const unsigned last = static_cast<unsigned>((physical + length - 1) % kPageSize) / kChunk;
    const std::uint64_t upToLast = last == 63 ? ~std::uint64_t{0} : (std::uint64_t{2} << last) - 1;
    return upToLast & ~((std::uint64_t{1} << first) - 1);
}

bool CodePages::mark(Gpa physical, unsigned length) {
    Page* page = find(physical);
    if (page == nullptr)
        return false;
    const std::uint64_t mask = chunkMask(physical, length);
    if ((page->chunks.load(std::memory_order_relaxed) & mask) == mask)
        return false;
    const std::scoped_lock lock(mutex_);
    if (page->chunks.load(std::memory_order_relaxed) != 0) {
        page->chunks.fetch_or(mask, std::memory_order_seq_cst);
        return false;
    }
    // Whoever sees the bits must not see an older mark.
    page->mark.store(kNoMark, std::memory_order_seq_cst);
    page->chunks.fetch_or(mask, std::memory_order_seq_cst);
    std::uint32_t mark = marks_.load(std::memory_order_relaxed) + 1;
    if (mark == kNoMark)
        ++mark;
    marks_.store(mark, std::memory_order_seq_cst);
    page->mark.store(mark, std::memory_order_seq_cst);
    for (Participant* participant : participants_)
        participant->attention_.fetch_or(attention::kCodePages, std::memory_order_seq_cst);
    return true;
}

bool CodePages::settled(Gpa physical) const {
    const Page* page = find(physical);
    if (page == nullptr)
        return true;
    const std::uint32_t mark = page->mark.load(std::memory_order_seq_cst);
    if (mark == kNoMark)
        return false;
    return std::ranges::all_of(participants_, [&](const Participant* one) {
        // Marks count up and wrap; the difference tells which is older.
        return !one->running_.load(std::memory_order_seq_cst) ||
               static_cast<std::int32_t>(one->acknowledged_.load(std::memory_order_seq_cst) -
                                         mark) >= 0;
    });
}

void CodePages::written(Gpa physical, std::uint64_t length) {
    // The write must be visible before the mask is read: a VP that decodes sets the mask first
    // and reads the bytes then, so one of the two sees the other.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    while (length != 0) {
        const std::uint64_t piece =
            std::min<std::uint64_t>(length, kPageSize - physical % kPageSize);
        Page* page = find(physical);
        if (page != nullptr &&
            (page->chunks.load(std::memory_order_seq_cst) & chunkMask(physical, piece)) != 0) {
            const std::scoped_lock lock(mutex_);
            page->chunks.store(0, std::memory_order_seq_cst);
            for (Participant* participant : participants_) {
                {
                    const std::scoped_lock participantLock(participant->mutex_);
                    participant->dropped_.push_back(physical & ~(kPageSize - 1));
                    participant->hasDropped_.store(true, std::memory_order_release);
                }
                participant->attention_.fetch_or(attention::kCodePages, std::memory_order_seq_cst);
            }
        }
        physical += piece;
        length -= piece;
    }
}

std::vector<std::uint64_t> CodePages::takeDropped(Participant& self) {
    const std::scoped_lock lock(self.mutex_);
    self.hasDropped_.store(false, std::memory_order_release);
    return std::exchange(self.dropped_, {});
}

}  // namespace hypervisor::software
