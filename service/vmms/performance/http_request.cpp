// SPDX-License-Identifier: GPL-3.0-or-later
#include "http_request.h"

#include <algorithm>

namespace service {

namespace {

constexpr std::string_view kVersion = "HTTP/1.";

/// What a request line is made of.
bool isVisible(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char one) { return one > ' ' && one <= '~'; });
}

}  // namespace

HttpRequest HttpRequest::parse(std::string_view bytes, std::string_view page) {
    HttpRequest request;
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos || end + 4 > kMostBytes) {
        if (bytes.size() >= kMostBytes)
            request.verdict = Verdict::TooLong;
        return request;
    }
    const std::string_view line = bytes.substr(0, bytes.find("\r\n"));
    const std::size_t first = line.find(' ');
    const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    request.verdict = Verdict::Bad;
    if (second == std::string_view::npos)
        return request;
    const std::string_view method = line.substr(0, first);
    std::string_view target = line.substr(first + 1, second - first - 1);
    const std::string_view version = line.substr(second + 1);
    if (!isVisible(method) || !isVisible(target) || version.size() != kVersion.size() + 1 ||
        !version.starts_with(kVersion) || version.back() < '0' || version.back() > '9')
        return request;
    request.chunks = version.back() != '0';
    request.headOnly = method == "HEAD";
    target = target.substr(0, target.find('?'));
    if (method != "GET" && !request.headOnly)
        request.verdict = Verdict::NoMethod;
    else
        request.verdict = target == page ? Verdict::Good : Verdict::NoPage;
    return request;
}

}  // namespace service
