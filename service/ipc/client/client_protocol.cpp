// SPDX-License-Identifier: GPL-3.0-or-later
#include "client_protocol.h"

#include <algorithm>

namespace service::client {

using hypervisor::failure;
using hypervisor::Result;

std::uint64_t ClientProtocol::ask(std::string_view method, const boost::json::value& params,
                                  ReplyHandler handler) {
    const std::uint64_t number = nextNumber_++;
    output_ += encodeRequest(number, method, params) + '\n';
    waiting_.emplace(number, std::move(handler));
    return number;
}

Result<void> ClientProtocol::received(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        if (input_.size() + std::min(end, bytes.size()) > kMaximumReply)
            return failure("the service sent an endless message; is it another program?");
        if (end == std::string_view::npos) {
            input_ += bytes;
            return {};
        }
        Result<void> taken;
        if (input_.empty()) {
            taken = take(bytes.substr(0, end));
        } else {
            input_ += bytes.substr(0, end);
            // A handler's own calls must find the next message's place empty.
            const std::string line = std::exchange(input_, {});
            taken = take(line);
        }
        if (!taken)
            return taken;
        bytes.remove_prefix(end + 1);
    }
    return {};
}

Result<void> ClientProtocol::take(std::string_view line) {
    auto message = parseMessage(line);
    if (!message)
        return failure("the service sent what is no message: " + message.error().message);
    if (const auto* const notification = std::get_if<RpcNotification>(&*message)) {
        const auto listener = listeners_.find(notification->method);
        if (listener != listeners_.end() && !listener->second(notification->params))
            return failure("the service sent a notification '" + notification->method +
                           "' that this version does not understand; update both");
        return {};
    }
    auto& reply = std::get<RpcReply>(*message);
    std::uint64_t number = 0;
    if (reply.id.is_int64() && reply.id.get_int64() > 0)
        number = static_cast<std::uint64_t>(reply.id.get_int64());
    else if (reply.id.is_uint64())
        number = reply.id.get_uint64();
    if (number == 0 || number >= nextNumber_) {
        if (!reply.result)
            return failure("the service refused the connection: " + describe(reply.result.error()));
        return failure("the service answered what nobody asked");
    }
    // None for a reply that nobody waits for any more.
    if (const auto waiting = waiting_.extract(number))
        waiting.mapped()(std::move(reply.result));
    return {};
}

void ClientProtocol::fail(const RpcError& error) {
    input_.clear();
    output_.clear();
    // Handlers may ask anew; that is another connection's.
    for (auto& [number, handler] : std::exchange(waiting_, {}))
        handler(std::unexpected(error));
}

}  // namespace service::client
