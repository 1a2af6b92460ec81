// SPDX-License-Identifier: GPL-3.0-or-later
#include "host_memory.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

namespace service {

namespace {

constexpr std::uint64_t kMebibyte = 1 << 20;
constexpr const char* kGroups = "/sys/fs/cgroup";

std::string contentOf(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<std::uint64_t> number(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc())
        return std::nullopt;
    return value;
}

/// What follows a word at the beginning of a line.
std::optional<std::uint64_t> numberAfter(std::string_view text, std::string_view word) {
    for (std::size_t at = text.find(word); at != std::string_view::npos;
         at = text.find(word, at + 1))
        if (at == 0 || text[at - 1] == '\n')
            return number(text.substr(at + word.size()));
    return std::nullopt;
}

GroupMemory limitOf(const std::string& folder) {
    const auto most = number(contentOf(folder + "/memory.max"));
    const auto used = number(contentOf(folder + "/memory.current"));
    if (!most || !used)
        return {};
    const std::string details = contentOf(folder + "/memory.stat");
    const std::uint64_t cache = numberAfter(details, "inactive_file ").value_or(0) +
                                numberAfter(details, "active_file ").value_or(0);
    const std::uint64_t kept = *used - std::min(*used, cache);
    return {*most, *most - std::min(*most, kept)};
}

std::uint64_t mostOf(std::uint64_t all, std::optional<std::uint64_t> limit) {
    return std::min(all - hostReserve(all), limit.value_or(all));
}

std::uint64_t ownMemory() {
    const GroupMemory group = groupMemory(contentOf("/proc/self/cgroup"), kGroups);
    return std::min(hostMemory(), group.most);
}

}  // namespace

std::uint64_t hostMemory() {
    return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
           static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::optional<std::uint64_t> availableHostMemory() {
    return sizeIn(contentOf("/proc/meminfo"), "MemAvailable");
}

std::uint64_t hostReserve(std::uint64_t total) {
    return std::min(std::clamp(total / 16, 256 * kMebibyte, 4096 * kMebibyte), total / 4);
}

std::optional<std::uint64_t> sizeIn(std::string_view text, std::string_view name) {
    const auto kibibytes = numberAfter(text, fmt::format("{}:", name));
    if (!kibibytes || *kibibytes > ~std::uint64_t{0} >> 10)
        return std::nullopt;
    return *kibibytes << 10;
}

GroupMemory groupMemory(std::string_view groups, const std::string& root) {
    const std::size_t line = groups.starts_with("0::") ? 0 : groups.find("\n0::");
    if (line == std::string_view::npos)
        return {};
    std::string_view path = groups.substr(groups.find("0::", line) + 3);
    path = path.substr(0, path.find('\n'));
    GroupMemory memory;
    for (;;) {
        while (path.ends_with('/'))
            path.remove_suffix(1);
        const GroupMemory one = limitOf(root + std::string(path));
        memory = {std::min(memory.most, one.most), std::min(memory.free, one.free)};
        if (path.empty())
            return memory;
        path = path.substr(0, path.rfind('/') + 1);
    }
}

HostMemory::HostMemory(std::optional<std::uint64_t> limit)
    : reserve_(hostReserve(ownMemory())), most_(mostOf(ownMemory(), limit)) {}

std::uint64_t HostMemory::available(std::span<const pid_t> workers) const {
    const auto free = availableHostMemory();
    if (!free)
        return most_;
    // Of the workers' memory only what is shared is their guests'.
    std::uint64_t resident = 0;
    for (const pid_t worker : workers)
        resident +=
            sizeIn(contentOf(fmt::format("/proc/{}/status", worker)), "RssShmem").value_or(0);
    const GroupMemory group = groupMemory(contentOf("/proc/self/cgroup"), kGroups);
    const std::uint64_t left = std::min(*free, group.free);
    return std::min(most_, left - std::min(left, reserve_) + resident);
}

}  // namespace service
