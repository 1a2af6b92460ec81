// SPDX-License-Identifier: GPL-3.0-or-later
#include "guest_file_copy.h"

#include <fmt/core.h>
#include <utility>

namespace service {

using devices::synthetic::FileCopy;
using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

constexpr std::uint32_t kWhole = 1'000;
constexpr std::chrono::milliseconds kTellInterval{200};

/// Of files whose host hangs; each has a thread.
constexpr long kMostReaders = 4;

}  // namespace

GuestFileCopy::GuestFileCopy(devices::synthetic::DeviceThread& thread, Callbacks callbacks)
    : callbacks_(std::move(callbacks)), readers_(std::make_shared<int>()), device_(thread) {}

Result<void> GuestFileCopy::begin(WorkerFileCopy copy, FileDescriptor file) {
    if (!file)
        return failure("the file that is to be copied is missing");
    return begin(std::move(copy), sourceOf(std::move(file)));
}

Result<void> GuestFileCopy::begin(WorkerFileCopy copy, FileReader::Source source) {
    if (readers_.use_count() > kMostReaders)
        return failure(
            "the host does not answer for the files of earlier copies; look after its file "
            "systems");
    const std::uint64_t size = copy.sizeBytes;
    FileCopy::Callbacks calls;
    calls.read = [reader = std::make_unique<FileReader>(std::move(source), size, readers_)](
                     std::uint64_t, std::uint32_t length, FileCopy::OnRead done) {
        reader->read(length, std::move(done));
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
