// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace service {

/// Messages of one line each, with descriptors, over a Unix stream socket. A line with descriptors
/// begins with their number and a blank; no line of the caller's begins so.
///
/// Thread safety: one thread may send while another receives.
class MessageSocket {
  public:
    /// Longest line that is taken; a peer that sends a longer one is cut off.
    static constexpr std::size_t kMaximumLine = 4 << 20;
    /// Most descriptors that one message carries (the kernel's SCM_MAX_FD is 253).
    static constexpr std::size_t kMaximumDescriptors = 200;

    struct Message {
        std::string line;
        /// Those that were sent with the line.
        std::vector<hypervisor::FileDescriptor> descriptors;
    };

    explicit MessageSocket(hypervisor::FileDescriptor socket) : socket_(std::move(socket)) {}

    /// Two ends, closed on exec.
    [[nodiscard]] static hypervisor::Result<std::pair<MessageSocket, MessageSocket>> createPair();

    [[nodiscard]] int descriptor() const { return socket_.get(); }

    /// Waits until the peer has room.
    [[nodiscard]] hypervisor::Result<void> send(const std::string& line,
                                                std::span<const int> descriptors = {});

    /// Waits for the next message; nothing when the peer has closed or shut down its end.
    [[nodiscard]] hypervisor::Result<std::optional<Message>> receive();

    /// Reads what is there, after poll() has said that there is something; false at the end.
    [[nodiscard]] hypervisor::Result<bool> readAvailable();
    /// A message that has been read whole.
    [[nodiscard]] std::optional<Message> next();

    /// Tells the peer that no more will come.
    void shutDownSending();

  private:
    hypervisor::FileDescriptor socket_;
    std::string received_;
    std::vector<hypervisor::FileDescriptor> descriptors_;
};

}  // namespace service
