// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <span>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace service::cli {

/// Writes to standard output on a thread of its own, because a terminal or a pipe may take its
/// time, or all time, and the program must still answer signals.
class OutputWriter {
  public:
    /// `descriptor` stays open as long as this lives.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<OutputWriter>> create(int descriptor);
    /// What is not written yet is lost. Does not wait for a write that the kernel holds.
    ~OutputWriter();
    OutputWriter(const OutputWriter&) = delete;
    OutputWriter& operator=(const OutputWriter&) = delete;

    /// Becomes readable when something has changed: room, nothing left to write, or a failure.
    [[nodiscard]] int changed() const;
    void acknowledgeChange() const;

    [[nodiscard]] bool hasRoom() const;
    /// The errno value with which writing has failed, EPIPE for instance, or 0. All further output
    /// is dropped then.
    [[nodiscard]] int failure() const;

    void write(std::span<const char> bytes);

    /// Everything has been written.
    [[nodiscard]] bool idle() const;

  private:
    /// Shared with the thread, which may outlive the writer while the kernel holds it in write().
    struct State;
    explicit OutputWriter(std::shared_ptr<State> state) : state_(std::move(state)) {}
    static void serve(const std::shared_ptr<State>& state);

    std::shared_ptr<State> state_;
};

}  // namespace service::cli
