// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace hypervisor {

/// Why an operation failed, as one line for the person who asked for it: what was tried, on
/// what, why it failed and what to do.
struct Error {
    std::string message;
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> failure(std::string message) {
    return std::unexpected(Error{std::move(message)});
}

/// `what` followed by the text of the errno value `number`.
[[nodiscard]] std::unexpected<Error> systemFailure(const std::string& what, int number);

}  // namespace hypervisor
