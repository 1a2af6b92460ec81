// SPDX-License-Identifier: GPL-3.0-or-later
#include "zero_content.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace devices::storage {

using hypervisor::failure;
using hypervisor::Result;

bool isZero(std::span<const std::byte> bytes) {
    // The first bytes by hand, the rest compared with itself, shifted: as fast as memcmp().
    constexpr std::size_t kFirst = 16;
    const std::size_t first = std::min(kFirst, bytes.size());
    for (std::size_t i = 0; i < first; ++i)
        if (bytes[i] != std::byte{0})
            return false;
    return bytes.size() <= kFirst ||
           std::memcmp(bytes.data(), bytes.data() + kFirst, bytes.size() - kFirst) == 0;
}

std::unexpected<hypervisor::Error> cancelledJob(const std::string& what) {
    return failure(what + " was cancelled");
}

Task<Result<void>> giveBackZeroes(StorageFile& file, FileRange range, Job& job) {
    constexpr std::uint64_t kRead = std::uint64_t{1} << 20;
    // What file systems give back is no smaller.
    constexpr std::uint64_t kUnit = 64 * 1024;
    std::vector<std::byte> buffer(kRead);
    const std::uint64_t end = range.offset + range.length;
    std::uint64_t offset = range.offset;
    while (offset < end) {
        if (job.cancelled())
            co_return cancelledJob("compacting " + file.name());
        const FileRange data = file.nextData(offset);
        if (data.length == 0 || data.offset >= end)
            break;
        offset = std::max(offset, data.offset / kUnit * kUnit);
        const std::uint64_t stop = std::min({end, data.offset + data.length, offset + kRead});
        const std::span bytes = std::span(buffer).first(static_cast<std::size_t>(stop - offset));
        const IoStatus read = co_await readFile(file, offset, bytes);
        if (!read.ok())
            co_return failure("cannot read " + file.name() + " at offset " +
                              std::to_string(offset) + ": " + read.text());
        for (std::size_t begin = 0; begin < bytes.size(); begin += kUnit) {
            const std::span unit =
                bytes.subspan(begin, std::min<std::size_t>(kUnit, bytes.size() - begin));
            if (!isZero(unit))
                continue;
            const IoStatus punched = co_await punchFile(file, offset + begin, unit.size());
            if (!punched.ok())
                co_return failure("cannot give back room of " + file.name() + " at offset " +
                                  std::to_string(offset + begin) + ": " + punched.text());
        }
        offset = stop;
        job.report(offset - range.offset, range.length);
    }
    job.report(range.length, range.length);
    co_return Result<void>();
}

}  // namespace devices::storage
