// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include "hypervisor/file_descriptor.h"
#include "scrollback.h"

namespace service {

/// Who is attached to a serial port: a socket and a place in the scrollback, no buffer. Who reads
/// too slowly finds the output gone that the scrollback has not kept, and a mark in its stead.
class ConsoleClient {
  public:
    ConsoleClient(hypervisor::FileDescriptor socket, std::uint64_t place)
        : socket_(std::move(socket)), place_(place) {}

    [[nodiscard]] int descriptor() const { return socket_.get(); }
    /// It may still send.
    [[nodiscard]] bool reading() const { return reading_; }
    /// It has gone; what it sent before may still be there to be read.
    [[nodiscard]] bool hungUp() const { return hungUp_; }
    void setHungUp() { hungUp_ = true; }

    /// Something of the scrollback, or a mark, is still to be sent.
    [[nodiscard]] bool wantsOutput(const Scrollback& scrollback) const {
        return !mark_.empty() || place_ < scrollback.end();
    }
    /// Sends what the socket takes of one chunk; false when the client has gone. `mutex` guards
    /// `scrollback` and is not held meanwhile.
    [[nodiscard]] bool send(std::mutex& mutex, const Scrollback& scrollback);
    /// Reads what it typed; gives the size, 0 when there is nothing now or never again.
    [[nodiscard]] std::size_t read(std::span<std::uint8_t> to);

  private:
    hypervisor::FileDescriptor socket_;
    std::uint64_t place_;
    // What is left to be sent of it.
    std::string mark_;
    // Something has been sent.
    bool begun_ = false;
    bool reading_ = true;
    bool hungUp_ = false;
};

}  // namespace service
