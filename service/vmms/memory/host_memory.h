// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace service {

/// All memory of the host, in bytes.
[[nodiscard]] std::uint64_t hostMemory();

/// What programs could get of it without swapping; nothing: the kernel does not say.
[[nodiscard]] std::optional<std::uint64_t> availableHostMemory();

/// What of so much memory is kept from machines: for the service, the workers' own memory, other
/// programs and the page cache of the machines' disks.
[[nodiscard]] std::uint64_t hostReserve(std::uint64_t total);

/// The number of a line "`name`: 123 kB", in bytes, of a file of /proc; nothing: there is no such
/// line.
[[nodiscard]] std::optional<std::uint64_t> sizeIn(std::string_view text, std::string_view name);

/// What a process's group of version 2, and those above it, let it and the others in there have.
struct GroupMemory {
    std::uint64_t most = ~std::uint64_t{0};
    /// What is left of that; pages of files that can be dropped count as free.
    std::uint64_t free = ~std::uint64_t{0};

    bool operator==(const GroupMemory&) const = default;
};
/// `groups` is the text of /proc/self/cgroup, `root` where the hierarchy is mounted.
[[nodiscard]] GroupMemory groupMemory(std::string_view groups, const std::string& root);

/// The memory that all machines together may have, of this host and of the service's group.
class HostMemory {
  public:
    /// With a limit they get no more than that.
    explicit HostMemory(std::optional<std::uint64_t> limit);

    /// Whatever other programs have.
    [[nodiscard]] std::uint64_t most() const { return most_; }
    /// What other programs leave now; `workers` are the processes of those that run.
    [[nodiscard]] std::uint64_t available(std::span<const pid_t> workers) const;

  private:
    const std::uint64_t reserve_;
    const std::uint64_t most_;
};

}  // namespace service
