// SPDX-License-Identifier: GPL-3.0-or-later
#include "interface_description.h"

#include <boost/describe/enum_to_string.hpp>
#include <boost/json/array.hpp>
#include <boost/mp11/algorithm.hpp>
#include <cstdint>
#include <limits>
#include <string>

#include "json_rpc.h"
#include "methods.h"
#include "value_codec.h"

namespace service {

namespace {

/// "MachineSettings" of T, as the compiler writes it.
template <class T>
std::string typeName() {
    std::string_view name = __PRETTY_FUNCTION__;
    const std::size_t begin = name.find("T = ") + 4;
    name = name.substr(begin, name.find_first_of(";]", begin) - begin);
    const std::size_t last = name.rfind(':');
    return std::string(last == std::string_view::npos ? name : name.substr(last + 1));
}

class SchemaWriter {
  public:
    template <class T>
    boost::json::object schemaOf() {
        if constexpr (std::same_as<T, boost::json::value>) {
            return {};
        } else if constexpr (std::same_as<T, boost::json::object>) {
            return type("object");
        } else if constexpr (std::same_as<T, bool>) {
            return type("boolean");
        } else if constexpr (std::integral<T>) {
            return whole<T>();
        } else if constexpr (std::floating_point<T>) {
            return type("number");
        } else if constexpr (std::same_as<T, std::string>) {
            return type("string");
        } else if constexpr (codec::IsOptional<T>::value) {
            boost::json::object nothing = type("null");
            boost::json::object either;
            either.emplace("anyOf", boost::json::array{schemaOf<typename T::value_type>(),
                                                       std::move(nothing)});
            return either;
        } else if constexpr (codec::IsVector<T>::value) {
            boost::json::object array = type("array");
            array.emplace("items", schemaOf<typename T::value_type>());
            return array;
        } else if constexpr (codec::DescribedEnum<T>) {
            define<T>([] {
                boost::json::array names;
                boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
                    [&](auto enumerator) { names.emplace_back(enumerator.name); });
                boost::json::object schema;
                schema.emplace("enum", std::move(names));
                return schema;
            });
            return reference<T>();
        } else {
            define<T>([this] { return structure<T>(); });
            return reference<T>();
        }
    }

    boost::json::object takeDefinitions() { return std::move(definitions_); }

  private:
    static boost::json::object type(std::string_view name) {
        boost::json::object schema;
        schema.emplace("type", name);
        return schema;
    }

    template <class T>
    static boost::json::object reference() {
        boost::json::object schema;
        schema.emplace("$ref", "#/$defs/" + typeName<T>());
        return schema;
    }

    template <std::integral T>
    static boost::json::object whole() {
        boost::json::object schema = type("integer");
        schema.emplace("minimum", encodeValue(std::numeric_limits<T>::min()));
        schema.emplace("maximum", encodeValue(std::numeric_limits<T>::max()));
        return schema;
    }

    template <class T, class Make>
    void define(const Make& make) {
        const std::string name = typeName<T>();
        if (definitions_.contains(name))
            return;
        // First, so that a struct within itself ends.
        definitions_.emplace(name, nullptr);
        boost::json::object schema = make();
        definitions_[name] = std::move(schema);
    }

    template <class Struct>
    boost::json::object structure() {
        boost::json::object properties;
        boost::json::array required;
        const Struct defaults{};
        boost::mp11::mp_for_each<codec::Members<Struct>>([&](auto member) {
            using Field = std::remove_cvref_t<decltype(defaults.*member.pointer)>;
            boost::json::object field = schemaOf<Field>();
            for (const FieldRange& range : kFieldRanges<Struct>)
                if (range.field == member.name) {
                    field["minimum"] = range.least;
                    field["maximum"] = range.most;
                }
            if (kHasDefaults<Struct>)
                field.emplace("default", encodeValue(defaults.*member.pointer));
            else if (!codec::IsOptional<Field>::value)
                required.emplace_back(member.name);
            properties.emplace(member.name, std::move(field));
        });
        boost::json::object schema = type("object");
        schema.emplace("properties", std::move(properties));
        schema.emplace("required", std::move(required));
        schema.emplace("additionalProperties", false);
        return schema;
    }

    boost::json::object definitions_;
};

boost::json::object describeErrors() {
    boost::json::object errors;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<ErrorCode>>(
        [&](auto enumerator) {
            errors.emplace(enumerator.name, static_cast<std::int32_t>(enumerator.value));
        });
    return errors;
}

boost::json::object describeActions() {
    boost::json::object actions;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<MachineAction>>(
        [&](auto action) {
            boost::json::array states;
            boost::mp11::mp_for_each<boost::describe::describe_enumerators<MachineState>>(
                [&](auto state) {
                    if (isLegal(action.value, state.value))
                        states.emplace_back(state.name);
                });
            actions.emplace(action.name, std::move(states));
        });
    return actions;
}

}  // namespace

boost::json::object describeInterface() {
    SchemaWriter writer;
    boost::json::object methods;
    boost::mp11::mp_for_each<Methods>([&](auto method) {
        using Method = decltype(method);
        boost::json::object entry;
        entry.emplace("params", writer.schemaOf<typename Method::Params>());
        entry.emplace("reply", writer.schemaOf<typename Method::Reply>());
        methods.emplace(Method::kName, std::move(entry));
    });
    boost::json::object notifications;
    boost::mp11::mp_for_each<Notifications>([&](auto notification) {
        using Notification = decltype(notification);
        notifications.emplace(Notification::kName, writer.schemaOf<Notification>());
    });
    boost::json::object errorData = writer.schemaOf<ErrorData>();

    boost::json::object description;
    description.emplace("$schema", "https://json-schema.org/draft/2020-12/schema");
    description.emplace("title", "Vireo service: JSON-RPC 2.0, one message a line");
    description.emplace("methods", std::move(methods));
    description.emplace("notifications", std::move(notifications));
    description.emplace("errors", describeErrors());
    description.emplace("errorData", std::move(errorData));
    description.emplace("actions", describeActions());
    description.emplace("$defs", writer.takeDefinitions());
    return description;
}

}  // namespace service
