// SPDX-License-Identifier: GPL-3.0-or-later
#include "value_codec.h"

#include <boost/json/serialize.hpp>

namespace service::codec {

namespace {

// A peer's values come back in messages only this long.
constexpr std::size_t kShownLength = 60;

std::string shown(std::string text) {
    // Never in the middle of a character.
    if (text.size() > kShownLength) {
        std::size_t end = kShownLength;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
            --end;
        text.resize(end);
        text += "...";
    }
    for (char& character : text)
        if (static_cast<unsigned char>(character) < 0x20 || character == 0x7F)
            character = '?';
    return text;
}

std::string shown(const boost::json::value& value) {
    switch (value.kind()) {
        case boost::json::kind::object:
            return "an object";
        case boost::json::kind::array:
            return "an array";
        default:
            return shown(boost::json::serialize(value));
    }
}

std::string nameOfField(std::string_view field) {
    return field.empty() ? "the request's params" : "'" + shown(std::string(field)) + "'";
}

std::unexpected<RpcError> wrong(std::string message, std::string_view field, std::string allowed) {
    return rpcFailure(ErrorCode::InvalidParams, std::move(message), {}, shown(std::string(field)),
                      std::move(allowed));
}

}  // namespace

std::string join(std::string_view parent, std::string_view field) {
    std::string path(parent);
    if (!path.empty())
        path += '.';
    path += field;
    return path;
}

std::string join(std::string_view parent, std::size_t index) {
    return std::string(parent) + '[' + std::to_string(index) + ']';
}

std::string rangeText(std::int64_t least, std::int64_t most) {
    return std::to_string(least) + " to " + std::to_string(most);
}

std::unexpected<RpcError> wrongKind(std::string_view field, std::string_view wanted,
                                    const boost::json::value& value) {
    return wrong(nameOfField(field) + " must be " + std::string(wanted) + ", not " + shown(value),
                 field, std::string(wanted));
}

std::unexpected<RpcError> outOfRange(std::string_view field, const boost::json::value& value,
                                     std::string allowed) {
    return wrong(nameOfField(field) + " can't be " + shown(value), field, std::move(allowed));
}

std::unexpected<RpcError> unknownField(std::string_view field, std::string allowed) {
    return wrong("there is no field " + nameOfField(field), field, std::move(allowed));
}

std::unexpected<RpcError> missingField(std::string_view field) {
    return wrong(nameOfField(field) + " is missing", field, {});
}

std::unexpected<RpcError> unknownName(std::string_view field, std::string_view name,
                                      std::string allowed) {
    return wrong(nameOfField(field) + " can't be '" + shown(std::string(name)) + "'", field,
                 std::move(allowed));
}

std::unexpected<RpcError> tooLong(std::string_view field, std::size_t most, std::string_view unit) {
    return wrong(nameOfField(field) + " is too long", field,
                 "at most " + std::to_string(most) + ' ' + std::string(unit));
}

}  // namespace service::codec
