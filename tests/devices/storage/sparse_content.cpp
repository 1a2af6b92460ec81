// SPDX-License-Identifier: GPL-3.0-or-later
#include "sparse_content.h"

#include <algorithm>
#include <cstring>

void SparseContent::resize(std::uint64_t size) {
    if (size < size_)
        zero(size, size_ - size);
    size_ = size;
}

void SparseContent::read(std::uint64_t offset, std::span<std::byte> data) const {
    while (!data.empty()) {
        const std::size_t inPage = static_cast<std::size_t>(offset % kPage);
        const std::size_t length = std::min(kPage - inPage, data.size());
        const auto page = pages_.find(offset / kPage);
        if (page == pages_.end())
            std::memset(data.data(), 0, length);
        else
            std::memcpy(data.data(), page->second->data() + inPage, length);
        data = data.subspan(length);
        offset += length;
    }
}

void SparseContent::write(std::uint64_t offset, std::span<const std::byte> data) {
    size_ = std::max(size_, offset + data.size());
    while (!data.empty()) {
        const std::size_t inPage = static_cast<std::size_t>(offset % kPage);
        const std::size_t length = std::min(kPage - inPage, data.size());
        std::memcpy(writable(offset / kPage).data() + inPage, data.data(), length);
        data = data.subspan(length);
        offset += length;
    }
}

void SparseContent::zero(std::uint64_t offset, std::uint64_t length) {
    const std::uint64_t end = std::min(size_, offset + length);
    if (offset >= end)
        return;
    auto page = pages_.lower_bound(offset / kPage);
    while (page != pages_.end() && page->first * kPage < end) {
        const std::uint64_t begin = page->first * kPage;
        if (begin >= offset && begin + kPage <= end) {
            page = pages_.erase(page);
            continue;
        }
        const std::uint64_t from = std::max(begin, offset);
        const std::uint64_t to = std::min(begin + kPage, end);
        std::memset(writable(page->first).data() + (from - begin), 0,
                    static_cast<std::size_t>(to - from));
        ++page;
    }
}

std::uint64_t SparseContent::nextPage(std::uint64_t offset) const {
    const auto page = pages_.lower_bound(offset / kPage);
    return page == pages_.end() ? size_ : std::max(offset, page->first * kPage);
}

SparseContent::Page& SparseContent::writable(std::uint64_t number) {
    std::shared_ptr<Page>& page = pages_[number];
    if (!page)
        page = std::make_shared<Page>();
    else if (page.use_count() > 1)
        page = std::make_shared<Page>(*page);
    return *page;
}
