// SPDX-License-Identifier: GPL-3.0-or-later
#include "transmit_source.h"

#include <algorithm>

namespace devices::synthetic {

template <class Visit>
bool TransmitSource::visit(std::uint64_t offset, std::uint64_t length, Visit visit) const {
    if (offset > size_ || length > size_ - offset)
        return false;
    for (std::size_t i = 0; i < count_ && length != 0; ++i) {
        const Part& part = parts_[i];
        if (offset >= part.length) {
            offset -= part.length;
            continue;
        }
        const std::uint64_t here = std::min(length, part.length - offset);
        if (!visit(*part.pages, part.offset + offset, here))
            return false;
        length -= here;
        offset = 0;
    }
    return length == 0;
}

bool TransmitSource::read(std::uint64_t offset, std::span<std::byte> to) const {
    return visit(offset, to.size(),
                 [&to](const vmbus::GuestPages& pages, std::uint64_t from, std::uint64_t length) {
                     const auto piece = to.first(static_cast<std::size_t>(length));
                     to = to.subspan(piece.size());
                     return pages.read(from, piece);
                 });
}

bool TransmitSource::addresses(std::uint64_t offset, std::uint64_t length,
                               std::vector<iovec>& to) const {
    return visit(offset, length,
                 [&to](const vmbus::GuestPages& pages, std::uint64_t from, std::uint64_t size) {
                     return pages.addresses(from, size, to);
                 });
}

}  // namespace devices::synthetic
