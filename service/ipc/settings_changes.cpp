// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings_changes.h"

#include "value_codec.h"

namespace service {

namespace {

boost::json::object changes(const boost::json::object& before, const boost::json::object& after) {
    boost::json::object patch;
    for (const auto& entry : after) {
        const auto* const old = before.if_contains(entry.key());
        if (old && *old == entry.value())
            continue;
        if (old && old->is_object() && entry.value().is_object())
            patch.emplace(entry.key(), changes(old->get_object(), entry.value().get_object()));
        else
            patch.emplace(entry.key(), entry.value());
    }
    return patch;
}

}  // namespace

void mergePatch(boost::json::value& target, const boost::json::value& patch) {
    const auto* const fields = patch.if_object();
    if (!fields) {
        target = patch;
        return;
    }
    auto& object = target.is_object() ? target.get_object() : target.emplace_object();
    for (const auto& entry : *fields) {
        if (entry.value().is_null())
            object.erase(entry.key());
        else
            mergePatch(object[entry.key()], entry.value());
    }
}

boost::json::object changesBetween(const MachineSettings& before, const MachineSettings& after) {
    return changes(encodeValue(before).get_object(), encodeValue(after).get_object());
}

RpcResult<MachineSettings> withChanges(const MachineSettings& settings,
                                       const boost::json::object& changes) {
    boost::json::value value = encodeValue(settings);
    mergePatch(value, changes);
    return decodeValue<MachineSettings>(value, UnknownFields::Refuse);
}

}  // namespace service
