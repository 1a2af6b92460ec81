// SPDX-License-Identifier: GPL-3.0-or-later
#include "request_router.h"

namespace service {

namespace {

constexpr std::size_t kShownMethod = 60;

}  // namespace

void RequestRouter::route(const std::shared_ptr<Peer>& peer, std::string_view line,
                          OnLine onLine) const {
    auto request = parseRequest(line);
    if (!request)
        return onLine(encodeError(request.error().id, request.error().error));
    const bool answered = request->id.has_value();
    const auto found = handlers_.find(request->method);
    if (found == handlers_.end()) {
        if (!answered)
            return onLine({});
        // No method's name has other characters, so nothing of the rest comes back.
        std::string shown = request->method.substr(0, kShownMethod);
        std::erase_if(shown, [](char c) { return c < 0x20 || c == 0x7F; });
        return onLine(encodeError(
            *request->id, makeError(ErrorCode::MethodNotFound, "there is no method '" + shown + "'",
                                    "api.describe names them all")));
    }
    if (!answered)
        onLine = [onLine = std::move(onLine)](const std::string&) { onLine({}); };
    found->second(peer, std::move(*request), std::move(onLine));
}

}  // namespace service
