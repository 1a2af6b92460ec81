// SPDX-License-Identifier: GPL-3.0-or-later
#include "json_rpc.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

namespace service {

namespace {

constexpr std::string_view kVersion = "2.0";

std::expected<boost::json::value, std::string> parse(std::string_view line) {
    boost::json::parse_options options;
    options.max_depth = kMaximumDepth;
    boost::system::error_code error;
    boost::json::value value = boost::json::parse(line, error, {}, options);
    if (error)
        return std::unexpected(error.message());
    return value;
}

bool isId(const boost::json::value& value) {
    return value.is_null() || value.is_int64() || value.is_uint64() ||
           (value.is_string() && value.get_string().size() <= kMaximumIdLength);
}

bool isVersion2(const boost::json::object& message) {
    const auto* const version = message.if_contains("jsonrpc");
    return version && version->is_string() && version->get_string() == kVersion;
}

boost::json::object envelope() {
    boost::json::object message;
    message.reserve(4);
    message.emplace("jsonrpc", kVersion);
    return message;
}

RpcError readError(const boost::json::value& value) {
    RpcError error{ErrorCode::InternalError, "the service told of an error without words", {}};
    const auto* const object = value.if_object();
    if (!object)
        return error;
    if (const auto* const code = object->if_contains("code"); code && code->is_int64())
        error.code = static_cast<ErrorCode>(code->get_int64());
    if (const auto* const text = object->if_contains("message"); text && text->is_string())
        error.message.assign(text->get_string().data(), text->get_string().size());
    if (const auto* const data = object->if_contains("data"))
        if (auto decoded = decodeValue<ErrorData>(*data, UnknownFields::Ignore))
            error.data = std::move(*decoded);
    return error;
}

}  // namespace

std::expected<RpcRequest, BadRequest> parseRequest(std::string_view line) {
    const auto refuse = [](RequestId id, ErrorCode code, std::string message, std::string advice) {
        return std::unexpected(
            BadRequest{std::move(id), makeError(code, std::move(message), std::move(advice))});
    };
    auto value = parse(line);
    if (!value)
        return refuse(nullptr, ErrorCode::ParseError, "a request is not JSON: " + value.error(),
                      "send one JSON-RPC 2.0 request a line");
    auto* const object = value->if_object();
    if (!object)
        return refuse(nullptr, ErrorCode::InvalidRequest, "a request must be one JSON object",
                      "send one JSON-RPC 2.0 request a line; batches are not taken");
    RpcRequest request;
    if (auto* const id = object->if_contains("id")) {
        if (!isId(*id))
            return refuse(nullptr, ErrorCode::InvalidRequest,
                          "a request's id must be a whole number or a string of at most 64 bytes",
                          {});
        request.id = std::move(*id);
    }
    const RequestId id = request.id.value_or(nullptr);
    if (!isVersion2(*object))
        return refuse(id, ErrorCode::InvalidRequest, "a request lacks \"jsonrpc\": \"2.0\"", {});
    const auto* const method = object->if_contains("method");
    if (!method || !method->is_string())
        return refuse(id, ErrorCode::InvalidRequest, "a request lacks its method's name", {});
    request.method.assign(method->get_string().data(), method->get_string().size());
    if (auto* const params = object->if_contains("params")) {
        auto* const fields = params->if_object();
        if (!fields)
            return refuse(id, ErrorCode::InvalidRequest,
                          "a request's params must be an object with named fields", {});
        request.params = std::move(*fields);
    }
    return request;
}

RpcResult<RpcMessage> parseMessage(std::string_view line) {
    auto value = parse(line);
    if (!value)
        return rpcFailure(ErrorCode::ParseError,
                          "the service sent what is not JSON: " + value.error());
    auto* const object = value->if_object();
    if (!object || !isVersion2(*object))
        return rpcFailure(ErrorCode::InvalidRequest, "the service sent what is not JSON-RPC 2.0");
    if (const auto* const method = object->if_contains("method")) {
        auto* const params = object->if_contains("params");
        if (!method->is_string() || !params || !params->is_object())
            return rpcFailure(ErrorCode::InvalidRequest, "the service sent a wrong notification");
        return RpcNotification{
            std::string(method->get_string().data(), method->get_string().size()),
            std::move(params->get_object())};
    }
    auto* const id = object->if_contains("id");
    auto* const result = object->if_contains("result");
    const auto* const error = object->if_contains("error");
    if (!id || !isId(*id) || (result != nullptr) == (error != nullptr))
        return rpcFailure(ErrorCode::InvalidRequest, "the service sent a wrong reply");
    if (error)
        return RpcReply{std::move(*id), std::unexpected(readError(*error))};
    return RpcReply{std::move(*id), std::move(*result)};
}

std::string encodeRequest(const RequestId& id, std::string_view method, boost::json::value params) {
    boost::json::object message = envelope();
    message.emplace("id", id);
    message.emplace("method", method);
    message.emplace("params", std::move(params));
    return boost::json::serialize(message);
}

std::string encodeResult(const RequestId& id, boost::json::value result) {
    boost::json::object message = envelope();
    message.emplace("id", id);
    message.emplace("result", std::move(result));
    return boost::json::serialize(message);
}

std::string encodeError(const RequestId& id, const RpcError& error) {
    boost::json::object body;
    body.emplace("code", static_cast<std::int32_t>(error.code));
    body.emplace("message", error.message);
    body.emplace("data", encodeValue(error.data));
    boost::json::object message = envelope();
    message.emplace("id", id);
    message.emplace("error", std::move(body));
    return boost::json::serialize(message);
}

std::string encodeNotification(std::string_view method, boost::json::value params) {
    boost::json::object message = envelope();
    message.emplace("method", method);
    message.emplace("params", std::move(params));
    return boost::json::serialize(message);
}

}  // namespace service
