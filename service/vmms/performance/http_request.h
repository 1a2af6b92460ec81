// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace service {

/// The head of an HTTP request, as far as a page that knows one address needs it (RFC 9112).
struct HttpRequest {
    static constexpr std::size_t kMostBytes = 8192;

    enum class Verdict : std::uint8_t {
        Incomplete,  ///< more bytes are needed
        Good,
        Bad,       ///< no HTTP
        TooLong,   ///< more than kMostBytes
        NoMethod,  ///< neither GET nor HEAD
        NoPage,    ///< another address
    };
    Verdict verdict = Verdict::Incomplete;
    bool headOnly = false;
    /// HTTP/1.1 or later: knows pieces.
    bool chunks = false;

    /// `page` is the address that is known; a query behind it does not matter.
    [[nodiscard]] static HttpRequest parse(std::string_view bytes, std::string_view page);
};

}  // namespace service
