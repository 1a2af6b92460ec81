// SPDX-License-Identifier: GPL-3.0-or-later
#include "allocation.h"

#include <algorithm>

namespace devices::storage {

Task<IoStatus> allocateWithProgress(StorageFile& file, FileRange range, Job& job) {
    // A cancel waits for one step: promising room is quick, writing zeroes is not.
    constexpr std::uint64_t kPromised = std::uint64_t{256} << 20;
    constexpr std::uint64_t kWritten = std::uint64_t{16} << 20;
    IoStatus status;
    std::uint64_t step = kPromised;
    std::uint64_t done = 0;
    while (done < range.length && status.ok()) {
        if (job.cancelled())
            co_return IoStatus{ECANCELED};
        const std::uint64_t length = std::min(step, range.length - done);
        if (step == kPromised) {
            status = co_await allocateFile(file, range.offset + done, length);
            if (status.error == EOPNOTSUPP) {
                step = kWritten;
                status = {};
                continue;
            }
        } else {
            status = co_await zeroFile(file, range.offset + done, length);
        }
        done += length;
        job.report(done, range.length);
    }
    co_return status;
}

}  // namespace devices::storage
