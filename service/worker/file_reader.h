// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace service {

/// Reads a file from its beginning to its end on a thread of its own, some of it ahead. A file
/// system that hangs holds up that thread and nobody else: it is not waited for, and ends when it
/// can.
///
/// Thread safety: one thread at a time.
class FileReader {
  public:
    using Content = std::vector<std::byte>;
    using Done = std::move_only_function<void(hypervisor::Result<Content> content)>;
    /// Fills `to` with what is at `offset`; on the reader's thread, where it may take its time.
    using Source = std::move_only_function<hypervisor::Result<void>(std::uint64_t offset,
                                                                    std::span<std::byte> to)>;

    /// `source` and `presence` go when the reader and its thread have both gone, on either's
    /// thread.
    FileReader(Source source, std::uint64_t size, std::shared_ptr<void> presence = {});
    /// No `done` is called any more.
    ~FileReader();
    FileReader(const FileReader&) = delete;
    FileReader& operator=(const FileReader&) = delete;

    /// The next 1 to `length` bytes. `done` is called once, on the reader's thread or at once, and
    /// must not call the reader; the next call is made after that. Beyond the end, and after an
    /// error, there are only errors.
    void read(std::uint32_t length, Done done);

    /// What is read ahead is that much, and a block more under way.
    static constexpr std::size_t kBlock = 96 << 10;
    static constexpr std::size_t kMostBlocks = 4;

  private:
    struct State;
    static void work(const std::shared_ptr<State>& state);
    [[nodiscard]] hypervisor::Result<void> begin();

    const std::shared_ptr<State> state_;
    /// At the first read(): on a thread that may start others.
    bool begun_ = false;
};

/// A source that reads from an open file.
[[nodiscard]] FileReader::Source sourceOf(hypervisor::FileDescriptor file);

}  // namespace service
