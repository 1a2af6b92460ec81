// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "hypervisor/file_descriptor.h"

namespace hypervisor {

/// What the kernel's scheduler has counted for one thread since it started.
struct ThreadTimes {
    std::uint64_t runNanoseconds = 0;
    /// Ready to run, and waiting for a processor.
    std::uint64_t waitNanoseconds = 0;
    /// How often it was given a processor.
    std::uint64_t dispatches = 0;

    bool operator==(const ThreadTimes&) const = default;
};

/// One line of /proc/<pid>/task/<tid>/schedstat (Linux, Documentation/scheduler/sched-stats).
[[nodiscard]] std::optional<ThreadTimes> parseThreadTimes(std::string_view line);

/// Nothing when there is no such thread (any more). `thread` must be one of `process`'s.
[[nodiscard]] std::optional<ThreadTimes> readThreadTimes(pid_t process, pid_t thread);

/// Whether the thread runs or waits for a processor (state R in /proc/<pid>/task/<tid>/stat).
[[nodiscard]] bool isRunnable(pid_t process, pid_t thread);

/// readThreadTimes() of one thread, again and again: its file stays open, which makes a reading
/// several times cheaper and can't be taken in by another thread that gets the same number.
class ThreadTimesFile {
  public:
    [[nodiscard]] static std::optional<ThreadTimesFile> open(pid_t process, pid_t thread);

    /// Nothing when the thread has ended.
    [[nodiscard]] std::optional<ThreadTimes> read() const;

  private:
    explicit ThreadTimesFile(FileDescriptor file) : file_(std::move(file)) {}

    FileDescriptor file_;
};

}  // namespace hypervisor
