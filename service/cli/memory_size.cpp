// SPDX-License-Identifier: GPL-3.0-or-later
#include "memory_size.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cctype>
#include <charconv>
#include <string>

#include "service/ipc/machine_limits.h"

namespace service::cli {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::string_view kForm = "give MiB as a plain number, or a number with M, G or T";

Result<unsigned> shiftOf(std::string_view text, std::string suffix) {
    for (char& character : suffix)
        character = static_cast<char>(std::toupper(static_cast<unsigned char>(character)));
    if (suffix.empty() || suffix == "M" || suffix == "MB" || suffix == "MIB")
        return 20;
    if (suffix == "G" || suffix == "GB" || suffix == "GIB")
        return 30;
    if (suffix == "T" || suffix == "TB" || suffix == "TIB")
        return 40;
    return failure(fmt::format("memory size '{}' is not understood; {}", text, kForm));
}

}  // namespace

Result<std::uint64_t> parseMemorySize(std::string_view text, std::uint64_t hostMemory) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc::invalid_argument)
        return failure(fmt::format("memory size '{}' is not a number; {}", text, kForm));
    const auto shift = shiftOf(text, std::string(end, text.data() + text.size()));
    if (!shift)
        return std::unexpected(shift.error());
    if (error == std::errc::result_out_of_range || number > (kMaximumMemory >> *shift))
        return failure(fmt::format("memory size '{}' is too large; a machine has at most {} GiB",
                                   text, kMaximumMemory >> 30));
    const std::uint64_t bytes = number << *shift;
    if (bytes < kMinimumMemory)
        return failure(fmt::format("memory size '{}' is too small; a machine has at least {} MiB",
                                   text, kMinimumMemory >> 20));
    if (bytes > hostMemory)
        return failure(
            fmt::format("memory size '{}' is more than this host's {} MiB; give the "
                        "machine less",
                        text, hostMemory >> 20));
    return bytes;
}

std::uint64_t hostMemorySize() {
    const long pages = ::sysconf(_SC_PHYS_PAGES);
    const long pageSize = ::sysconf(_SC_PAGESIZE);
    return pages > 0 && pageSize > 0
               ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(pageSize)
               : kMaximumMemory;
}

}  // namespace service::cli
