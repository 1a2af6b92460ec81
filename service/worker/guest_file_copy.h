// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "devices/synthetic/integration/file_copy.h"
#include "devices/synthetic/message/device_thread.h"
#include "file_reader.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "service/ipc/worker_messages.h"

namespace service {

/// The guest services of a machine: copies files of the host's into the guest, one at a time.
///
/// Thread safety: all methods from any thread; callbacks come on the device thread.
class GuestFileCopy {
  public:
    struct Callbacks {
        /// Now and then.
        std::function<void(std::uint32_t thousandths)> onProgress;
        /// Once for each copy that has begun.
        std::function<void(hypervisor::Result<void> result)> onEnd;
    };

    GuestFileCopy(devices::synthetic::DeviceThread& thread, Callbacks callbacks);

    [[nodiscard]] devices::synthetic::FileCopy& device() { return device_; }

    /// Reads `file`, which is on a disk of the host's, as it is copied.
    [[nodiscard]] hypervisor::Result<void> begin(WorkerFileCopy copy,
                                                 hypervisor::FileDescriptor file);
    /// Fails while too many earlier sources still hang.
    [[nodiscard]] hypervisor::Result<void> begin(WorkerFileCopy copy, FileReader::Source source);
    void cancel() { device_.cancel(); }

  private:
    /// Of one copy; the device's thread.
    struct Progress {
        std::uint32_t told = 0;
        std::chrono::steady_clock::time_point at;
    };

    void progressed(Progress& progress, std::uint64_t copied, std::uint64_t size) const;

    const Callbacks callbacks_;
    /// Held by each reader, until its thread has ended.
    const std::shared_ptr<int> readers_;
    // Last, so that it goes first: its callbacks use the others.
    devices::synthetic::FileCopy device_;
};

}  // namespace service
