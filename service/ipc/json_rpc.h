// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "error_codes.h"
#include "value_codec.h"

namespace service {

// JSON-RPC 2.0 (https://www.jsonrpc.org/specification), a message a line, without batches.

/// Longest request that the service takes, in bytes; replies may be longer.
inline constexpr std::size_t kMaximumRequest = 1 << 20;
/// Longest message that a client takes.
inline constexpr std::size_t kMaximumReply = 64 << 20;
inline constexpr std::size_t kMaximumDepth = 24;
inline constexpr std::size_t kMaximumIdLength = 64;

/// A whole number or a string of at most kMaximumIdLength, or null.
using RequestId = boost::json::value;

struct RpcRequest {
    /// Nothing: a notification, which is not answered.
    std::optional<RequestId> id;
    std::string method;
    /// An object; empty when the request had none.
    boost::json::object params;
};

/// What can't be a request, and the id to answer with, null if it has none.
struct BadRequest {
    RequestId id;
    RpcError error;
};

[[nodiscard]] std::expected<RpcRequest, BadRequest> parseRequest(std::string_view line);

struct RpcReply {
    RequestId id;
    std::expected<boost::json::value, RpcError> result;
};
struct RpcNotification {
    std::string method;
    boost::json::object params;
};
using RpcMessage = std::variant<RpcReply, RpcNotification>;

/// What comes from the service.
[[nodiscard]] RpcResult<RpcMessage> parseMessage(std::string_view line);

// All without the line's end.
[[nodiscard]] std::string encodeRequest(const RequestId& id, std::string_view method,
                                        boost::json::value params);
[[nodiscard]] std::string encodeResult(const RequestId& id, boost::json::value result);
[[nodiscard]] std::string encodeError(const RequestId& id, const RpcError& error);
[[nodiscard]] std::string encodeNotification(std::string_view method, boost::json::value params);

/// Of a method (methods.h).
template <class Method>
[[nodiscard]] std::string encodeRequest(const RequestId& id,
                                        const typename Method::Params& params) {
    return encodeRequest(id, Method::kName, encodeValue(params));
}
template <class Notification>
[[nodiscard]] std::string encodeNotification(const Notification& notification) {
    return encodeNotification(Notification::kName, encodeValue(notification));
}

}  // namespace service
