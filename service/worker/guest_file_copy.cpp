// SPDX-License-Identifier: GPL-3.0-or-later
#include "guest_file_copy.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <utility>

namespace service {

using devices::synthetic::FileCopy;
using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

constexpr std::uint32_t kWhole = 1'000;
constexpr std::chrono::milliseconds kTellInterval{200};

Result<void> readAt(int file, std::uint64_t offset, std::span<std::byte> to) {
    while (!to.empty()) {
        const ssize_t count = ::pread(file, to.data(), to.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return hypervisor::systemFailure("can't read the file that is copied", errno);
        if (count == 0)
            return failure("the file has become shorter while it was copied");
        to = to.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return {};
}

}  // namespace

Result<void> GuestFileCopy::begin(WorkerFileCopy copy, FileDescriptor file) {
    if (!file)
        return failure("the file that is to be copied is missing");
    const std::uint64_t size = copy.sizeBytes;
    FileCopy::Callbacks calls;
    calls.read = [source = std::move(file)](std::uint64_t offset, std::span<std::byte> to) {
        return readAt(source.get(), offset, to);
    };
    calls.progress = [this, size, progress = Progress{}](std::uint64_t copied) mutable {
        progressed(progress, copied, size);
    };
    calls.done = [this](Result<void> result) { callbacks_.onEnd(std::move(result)); };
    device_.copy(
        {std::move(copy.name), std::move(copy.folder), size, copy.overwrite, copy.createFolder},
        std::move(calls));
    return {};
}

void GuestFileCopy::progressed(Progress& progress, std::uint64_t copied, std::uint64_t size) const {
    const auto now = std::chrono::steady_clock::now();
    if (size == 0 || now - progress.at < kTellInterval)
        return;
    const auto thousandths = static_cast<std::uint32_t>(static_cast<double>(copied) /
                                                        static_cast<double>(size) * kWhole);
    if (thousandths == progress.told)
        return;
    progress = {thousandths, now};
    callbacks_.onProgress(thousandths);
}

}  // namespace service
