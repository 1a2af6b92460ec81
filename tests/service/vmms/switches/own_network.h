// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hypervisor/file_descriptor.h"
#include "service/vmms/switches/host_network.h"

namespace tests {

/// Puts this process into a network of its own, in which nothing is but a loopback that is up.
/// False where that is not permitted. Before any thread.
[[nodiscard]] bool enterOwnNetwork();

/// An Ethernet adapter and the other end of its cable, both up.
[[nodiscard]] bool makeCable(const std::string& adapter, const std::string& otherEnd);

using Frame = std::vector<std::byte>;

/// Where frames go in and come out: an interface as the kernel's drivers see it, or a tap device as
/// a worker does.
class FrameEnd {
  public:
    [[nodiscard]] static std::optional<FrameEnd> ofInterface(const std::string& name);
    [[nodiscard]] static FrameEnd ofTap(hypervisor::FileDescriptor tap);

    [[nodiscard]] bool send(const Frame& frame) const;
    /// Takes frames until this one comes; false if it does not in time.
    [[nodiscard]] bool hears(const Frame& wanted,
                             std::chrono::milliseconds patience = std::chrono::seconds(5)) const;
    /// An answer to an ARP request for this address comes.
    [[nodiscard]] bool hearsAnswerOf(const std::string& address,
                                     std::chrono::milliseconds patience) const;

  private:
    FrameEnd(hypervisor::FileDescriptor descriptor, std::size_t header)
        : descriptor_(std::move(descriptor)), header_(header) {}

    [[nodiscard]] std::optional<Frame> receive(std::chrono::steady_clock::time_point until) const;

    hypervisor::FileDescriptor descriptor_;
    /// In front of each frame.
    std::size_t header_;
};

/// To everybody, with something in it that no other has.
[[nodiscard]] Frame broadcast(unsigned char mark);
/// "Who has this address?", asked by `asker`.
[[nodiscard]] Frame arpRequest(const std::string& address, const std::string& asker);

}  // namespace tests
