// SPDX-License-Identifier: GPL-3.0-or-later
#include "allocation.h"

#include <algorithm>

namespace devices::storage {

Task<IoStatus> allocateWithProgress(StorageFile& file, FileRange range, Job& job) {
    constexpr std::uint64_t kStep = std::uint64_t{1} << 30;
    IoStatus status;
    std::uint64_t done = 0;
    while (done < range.length && status.ok()) {
        if (job.cancelled())
            co_return IoStatus{ECANCELED};
        const std::uint64_t length = std::min(kStep, range.length - done);
        status = co_await allocateFile(file, range.offset + done, length);
        if (status.error == EOPNOTSUPP)
            status = co_await zeroFile(file, range.offset + done, length);
        done += length;
        job.report(done, range.length);
    }
    co_return status;
}

}  // namespace devices::storage
