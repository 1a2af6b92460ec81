// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_file.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "atomic_file.h"
#include "service/ipc/json_rpc.h"
#include "service/ipc/value_codec.h"
#include "settings_check.h"

namespace service {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::string_view kOwner = "owner";

boost::json::value parseText(const std::string& text, boost::system::error_code& error) {
    boost::json::parse_options options;
    options.max_depth = kMaximumDepth;
    return boost::json::parse(text, error, {}, options);
}

/// What makes an element of a list the same one in an older text; empty: its index does.
std::string identity(const boost::json::value& element) {
    const auto* const object = element.if_object();
    if (!object)
        return {};
    std::string text;
    for (const char* const field : {"id", "controller", "controllerNumber", "location"})
        if (const auto* const value = object->if_contains(field))
            text += boost::json::serialize(*value) + ' ';
    return text;
}

const boost::json::value* findSame(const boost::json::array& old, const boost::json::value& element,
                                   std::size_t index) {
    const std::string wanted = identity(element);
    if (wanted.empty())
        return index < old.size() ? &old[index] : nullptr;
    for (const auto& candidate : old)
        if (identity(candidate) == wanted)
            return &candidate;
    return nullptr;
}

/// `next` with the fields that only `old` has.
void keepUnknown(boost::json::value& next, const boost::json::value& old) {
    if (auto* const object = next.if_object()) {
        const auto* const oldObject = old.if_object();
        if (!oldObject)
            return;
        for (const auto& entry : *oldObject)
            if (auto* const place = object->if_contains(entry.key()))
                keepUnknown(*place, entry.value());
            else
                object->emplace(entry.key(), entry.value());
    } else if (auto* const array = next.if_array()) {
        const auto* const oldArray = old.if_array();
        if (!oldArray)
            return;
        for (std::size_t at = 0; at < array->size(); ++at)
            if (const auto* const same = findSame(*oldArray, (*array)[at], at))
                keepUnknown((*array)[at], *same);
    }
}

/// Indented, because people read these files.
void writePretty(const boost::json::value& value, const std::string& indent, std::string& text) {
    const std::string deeper = indent + "  ";
    if (const auto* const object = value.if_object(); object && !object->empty()) {
        text += "{\n";
        const char* separator = "";
        for (const auto& entry : *object) {
            text += separator + deeper + boost::json::serialize(boost::json::string(entry.key())) +
                    ": ";
            writePretty(entry.value(), deeper, text);
            separator = ",\n";
        }
        text += '\n' + indent + '}';
    } else if (const auto* const array = value.if_array(); array && !array->empty()) {
        text += "[\n";
        const char* separator = "";
        for (const auto& element : *array) {
            text += separator + deeper;
            writePretty(element, deeper, text);
            separator = ",\n";
        }
        text += '\n' + indent + ']';
    } else {
        text += boost::json::serialize(value);
    }
}

}  // namespace

Result<StoredMachine> decodeMachineFile(const std::string& text) {
    boost::system::error_code error;
    const boost::json::value value = parseText(text, error);
    if (error)
        return failure("it is not JSON: " + error.message());
    const auto* const object = value.if_object();
    if (!object)
        return failure("it is not a JSON object");
    StoredMachine machine;
    if (auto decoded = decodeInto(value, UnknownFields::Ignore, machine.settings); !decoded)
        return failure(describe(decoded.error()));
    if (machine.settings.version > kSettingsVersion)
        return failure(fmt::format(
            "it has version {} and this Vireo knows up to {}; use a newer Vireo for this machine",
            machine.settings.version, kSettingsVersion));
    if (const auto* const owner = object->if_contains(kOwner))
        if (auto decoded =
                decodeInto(*owner, UnknownFields::Ignore, machine.owner, std::string(kOwner));
            !decoded)
            return failure(describe(decoded.error()));
    return machine;
}

Result<StoredMachine> parseMachineFile(const std::string& text) {
    auto machine = decodeMachineFile(text);
    if (!machine)
        return machine;
    if (auto checked = checkSettings(machine->settings); !checked)
        return failure(describe(checked.error()));
    return machine;
}

std::string writeMachineFile(const StoredMachine& machine, const std::string& previous) {
    boost::json::value next = encodeValue(machine.settings);
    next.get_object().emplace(kOwner, encodeValue(machine.owner));
    boost::system::error_code error;
    const boost::json::value old = parseText(previous, error);
    if (!error)
        keepUnknown(next, old);
    std::string text;
    writePretty(next, {}, text);
    return text + '\n';
}

Result<StoredMachine> loadMachine(const std::string& folder) {
    const std::string path = folder + '/' + kMachineFileName;
    const auto text = readFile(path, kMaximumMachineFile);
    if (!text)
        return std::unexpected(text.error());
    auto machine = parseMachineFile(*text);
    if (!machine)
        return failure(fmt::format("'{}' is damaged: {}", path, machine.error().message));
    return machine;
}

Result<void> storeMachine(const std::string& folder, const StoredMachine& machine) {
    const std::string path = folder + '/' + kMachineFileName;
    // What can't be read any more has nothing worth keeping; a new machine has no file yet.
    const auto previous = readFile(path, kMaximumMachineFile);
    return replaceFile(path, writeMachineFile(machine, previous.value_or("")));
}

}  // namespace service
