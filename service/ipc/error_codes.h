// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>

#include "field_rules.h"

namespace service {

/// Codes of JSON-RPC errors: numbers and names never change. The first five are JSON-RPC's own.
enum class ErrorCode : std::int32_t {
    ParseError = -32700,
    InvalidRequest = -32600,
    MethodNotFound = -32601,
    InvalidParams = -32602,
    InternalError = -32603,

    /// No machine, job, subscription, ... of that name.
    NotFound = 1,
    /// A name or place that something else has.
    AlreadyExists = 2,
    /// Not legal in the machine's present state.
    WrongState = 3,
    /// The host has not enough of it: reserves (admission), memory.
    NotEnoughResources = 4,
    /// The client's user may not do this.
    PermissionDenied = 5,
    /// A file that was named can't be opened, read or written.
    FileError = 6,
    /// The service could not write its own files.
    StorageError = 7,
    /// The worker has failed or did not answer.
    WorkerError = 8,
    /// The guest does not do its part.
    GuestError = 9,
    /// Cancelled by a client.
    Cancelled = 10,
    /// Too many connections, subscriptions, jobs, waiting replies.
    LimitReached = 11,
    /// Known, but not possible with this machine, host or version.
    NotSupported = 12,
    /// A machine whose folder can't be read.
    Unreadable = 13,
};
BOOST_DESCRIBE_ENUM(ErrorCode, ParseError, InvalidRequest, MethodNotFound, InvalidParams,
                    InternalError, NotFound, AlreadyExists, WrongState, NotEnoughResources,
                    PermissionDenied, FileError, StorageError, WorkerError, GuestError, Cancelled,
                    LimitReached, NotSupported, Unreadable)

/// The `data` of an error.
struct ErrorData {
    /// The code's name.
    std::string name;
    /// "processor.limit": which field of the request was wrong; empty if none was.
    std::string field;
    /// "1000 to 100000": what would have been taken, if that can be said.
    std::string allowed;
    /// What to do, as a sentence's end: "free a reserve or lower this one".
    std::string advice;

    bool operator==(const ErrorData&) const = default;
};
BOOST_DESCRIBE_STRUCT(ErrorData, (), (name, field, allowed, advice))
template <>
inline constexpr bool kHasDefaults<ErrorData> = true;

/// What a request failed with; the `error` of a reply.
struct RpcError {
    ErrorCode code = ErrorCode::InternalError;
    /// One line that says what was tried, on what and why it failed.
    std::string message;
    ErrorData data;

    bool operator==(const RpcError&) const = default;
};

template <class T>
using RpcResult = std::expected<T, RpcError>;

[[nodiscard]] std::string nameOf(ErrorCode code);

/// `allowed` and `advice` may be empty.
[[nodiscard]] RpcError makeError(ErrorCode code, std::string message, std::string advice = {},
                                 std::string field = {}, std::string allowed = {});
[[nodiscard]] inline std::unexpected<RpcError> rpcFailure(ErrorCode code, std::string message,
                                                          std::string advice = {},
                                                          std::string field = {},
                                                          std::string allowed = {}) {
    return std::unexpected(makeError(code, std::move(message), std::move(advice), std::move(field),
                                     std::move(allowed)));
}

/// "message (allowed: ...; advice)": the one line that a person sees.
[[nodiscard]] std::string describe(const RpcError& error);

}  // namespace service
