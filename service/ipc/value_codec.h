// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/describe.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/mp11/algorithm.hpp>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "error_codes.h"
#include "field_rules.h"

namespace service {

// Described structs to and from JSON. Decoding trusts nothing: types, ranges, and unknown and
// missing fields are judged, and the error names the field.

enum class UnknownFields : std::uint8_t {
    /// For requests: a field that means nothing is a mistake.
    Refuse,
    /// For replies and files, which may come from a newer version.
    Ignore,
};

/// Most elements that a decoded array may have, and longest decoded string in bytes.
inline constexpr std::size_t kMaximumElements = 100'000;
inline constexpr std::size_t kMaximumString = 1 << 20;

namespace codec {

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

template <class T>
concept DescribedStruct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;
template <class T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

template <class Struct>
using Members = boost::describe::describe_members<Struct, boost::describe::mod_any_access>;

template <DescribedEnum Enum>
std::string enumNames() {
    std::string names;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<Enum>>([&](auto enumerator) {
        names += names.empty() ? "" : ", ";
        names += enumerator.name;
    });
    return names;
}

/// "drives[2].path" of a parent and a field or index.
[[nodiscard]] std::string join(std::string_view parent, std::string_view field);
[[nodiscard]] std::string join(std::string_view parent, std::size_t index);

[[nodiscard]] std::unexpected<RpcError> wrongKind(std::string_view field, std::string_view wanted,
                                                  const boost::json::value& value);
[[nodiscard]] std::unexpected<RpcError> outOfRange(std::string_view field,
                                                   const boost::json::value& value,
                                                   std::string allowed);
[[nodiscard]] std::unexpected<RpcError> unknownField(std::string_view field, std::string allowed);
[[nodiscard]] std::unexpected<RpcError> missingField(std::string_view field);
[[nodiscard]] std::unexpected<RpcError> unknownName(std::string_view field, std::string_view name,
                                                    std::string allowed);
[[nodiscard]] std::unexpected<RpcError> tooLong(std::string_view field, std::size_t most,
                                                std::string_view unit);
[[nodiscard]] std::string rangeText(std::int64_t least, std::int64_t most);

struct Decoder {
    UnknownFields unknown;

    template <class T>
    RpcResult<void> read(const boost::json::value& value, const std::string& field,
                         T& target) const {
        if constexpr (std::same_as<T, boost::json::value>) {
            target = value;
        } else if constexpr (std::same_as<T, boost::json::object>) {
            if (!value.is_object())
                return wrongKind(field, "an object", value);
            target = value.get_object();
        } else if constexpr (std::same_as<T, bool>) {
            if (!value.is_bool())
                return wrongKind(field, "true or false", value);
            target = value.get_bool();
        } else if constexpr (std::integral<T>) {
            return readNumber(value, field, target);
        } else if constexpr (std::floating_point<T>) {
            if (!value.is_number())
                return wrongKind(field, "a number", value);
            target = value.to_number<T>();
        } else if constexpr (std::same_as<T, std::string>) {
            if (!value.is_string())
                return wrongKind(field, "a string", value);
            if (value.get_string().size() > kMaximumString)
                return tooLong(field, kMaximumString, "bytes");
            target.assign(value.get_string().data(), value.get_string().size());
        } else if constexpr (IsOptional<T>::value) {
            if (value.is_null()) {
                target.reset();
                return {};
            }
            return read(value, field, target.emplace());
        } else if constexpr (IsVector<T>::value) {
            return readArray(value, field, target);
        } else if constexpr (DescribedEnum<T>) {
            return readEnum(value, field, target);
        } else {
            return readStruct(value, field, target);
        }
        return {};
    }

    template <class T>
    RpcResult<void> readNumber(const boost::json::value& value, const std::string& field,
                               T& target) const {
        using Limits = std::numeric_limits<T>;
        const auto refuse = [&] {
            return outOfRange(
                field, value,
                std::to_string(Limits::min()) + " to " + std::to_string(Limits::max()));
        };
        if (value.is_int64()) {
            if (!std::in_range<T>(value.get_int64()))
                return refuse();
            target = static_cast<T>(value.get_int64());
            return {};
        }
        if (value.is_uint64()) {
            if (!std::in_range<T>(value.get_uint64()))
                return refuse();
            target = static_cast<T>(value.get_uint64());
            return {};
        }
        return wrongKind(field, "a whole number", value);
    }

    template <class T>
    RpcResult<void> readArray(const boost::json::value& value, const std::string& field,
                              std::vector<T>& target) const {
        if (!value.is_array())
            return wrongKind(field, "an array", value);
        const boost::json::array& array = value.get_array();
        if (array.size() > kMaximumElements)
            return tooLong(field, kMaximumElements, "elements");
        target.clear();
        target.reserve(array.size());
        for (std::size_t at = 0; at < array.size(); ++at) {
            T element{};
            if (auto read_ = read(array[at], join(field, at), element); !read_)
                return read_;
            target.push_back(std::move(element));
        }
        return {};
    }

    template <DescribedEnum Enum>
    RpcResult<void> readEnum(const boost::json::value& value, const std::string& field,
                             Enum& target) const {
        if (!value.is_string())
            return wrongKind(field, "one of " + enumNames<Enum>(), value);
        const std::string_view name(value.get_string().data(), value.get_string().size());
        bool found = false;
        boost::mp11::mp_for_each<boost::describe::describe_enumerators<Enum>>([&](auto enumerator) {
            if (name == enumerator.name) {
                target = enumerator.value;
                found = true;
            }
        });
        if (!found)
            return unknownName(field, name, enumNames<Enum>());
        return {};
    }

    template <DescribedStruct Struct>
    RpcResult<void> readStruct(const boost::json::value& value, const std::string& field,
                               Struct& target) const {
        if (!value.is_object())
            return wrongKind(field, "an object", value);
        const boost::json::object& object = value.get_object();
        RpcResult<void> result;
        std::size_t known = 0;
        boost::mp11::mp_for_each<Members<Struct>>([&](auto member) {
            if (!result)
                return;
            auto& place = target.*member.pointer;
            using Field = std::remove_reference_t<decltype(place)>;
            const boost::json::value* const found = object.if_contains(member.name);
            if (found) {
                ++known;
                const std::string path = join(field, std::string_view(member.name));
                result = read(*found, path, place);
                if (result)
                    result = holdRange<Struct>(member.name, path, *found, place);
            } else if (!kHasDefaults<Struct> && !IsOptional<Field>::value &&
                       unknown == UnknownFields::Refuse) {
                result = missingField(join(field, std::string_view(member.name)));
            }
        });
        if (result && unknown == UnknownFields::Refuse && known != object.size())
            return refuseUnknown<Struct>(object, field);
        return result;
    }

    template <class Struct, class Field>
    static RpcResult<void> holdRange(std::string_view name, const std::string& path,
                                     const boost::json::value& value, const Field& field) {
        if constexpr (IsOptional<Field>::value) {
            if (field)
                return holdRange<Struct>(name, path, value, *field);
        } else if constexpr (std::integral<Field> && !std::same_as<Field, bool>) {
            for (const FieldRange& range : kFieldRanges<Struct>)
                if (range.field == name &&
                    (std::cmp_less(field, range.least) || std::cmp_greater(field, range.most)))
                    return outOfRange(path, value, rangeText(range.least, range.most));
        }
        return {};
    }

    template <class Struct>
    static RpcResult<void> refuseUnknown(const boost::json::object& object,
                                         const std::string& field) {
        std::string names;
        boost::mp11::mp_for_each<Members<Struct>>([&](auto member) {
            names += names.empty() ? "" : ", ";
            names += member.name;
        });
        for (const auto& entry : object) {
            bool known = false;
            const std::string_view key(entry.key().data(), entry.key().size());
            boost::mp11::mp_for_each<Members<Struct>>(
                [&](auto member) { known = known || key == member.name; });
            if (!known)
                return unknownField(join(field, key), names);
        }
        return {};
    }
};

}  // namespace codec

template <class T>
[[nodiscard]] boost::json::value encodeValue(const T& source) {
    if constexpr (std::same_as<T, boost::json::value> || std::same_as<T, boost::json::object> ||
                  std::same_as<T, bool>) {
        return source;
    } else if constexpr (std::signed_integral<T>) {
        return static_cast<std::int64_t>(source);
    } else if constexpr (std::unsigned_integral<T>) {
        return static_cast<std::uint64_t>(source);
    } else if constexpr (std::floating_point<T>) {
        // JSON has no word for infinities.
        return std::isfinite(source) ? boost::json::value(source) : boost::json::value(nullptr);
    } else if constexpr (std::same_as<T, std::string>) {
        return boost::json::value(std::string_view(source));
    } else if constexpr (codec::IsOptional<T>::value) {
        return source ? encodeValue(*source) : boost::json::value(nullptr);
    } else if constexpr (codec::IsVector<T>::value) {
        boost::json::array array;
        array.reserve(source.size());
        for (const auto& element : source)
            array.push_back(encodeValue(element));
        return array;
    } else if constexpr (codec::DescribedEnum<T>) {
        return boost::json::value(boost::describe::enum_to_string(source, ""));
    } else {
        static_assert(codec::DescribedStruct<T>);
        boost::json::object object;
        object.reserve(boost::mp11::mp_size<codec::Members<T>>::value);
        boost::mp11::mp_for_each<codec::Members<T>>(
            [&](auto member) { object.emplace(member.name, encodeValue(source.*member.pointer)); });
        return object;
    }
}

/// Into `target`, which keeps what the value does not name where its struct has defaults. `field`
/// begins the names in error messages.
template <class T>
[[nodiscard]] RpcResult<void> decodeInto(const boost::json::value& value, UnknownFields unknown,
                                         T& target, const std::string& field = {}) {
    return codec::Decoder{unknown}.read(value, field, target);
}

template <class T>
[[nodiscard]] RpcResult<T> decodeValue(const boost::json::value& value, UnknownFields unknown,
                                       const std::string& field = {}) {
    T target{};
    if (auto decoded = decodeInto(value, unknown, target, field); !decoded)
        return std::unexpected(std::move(decoded.error()));
    return target;
}

}  // namespace service
