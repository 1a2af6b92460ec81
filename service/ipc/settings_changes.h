// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "error_codes.h"
#include "machine_settings.h"

namespace service {

// JSON Merge Patch (RFC 7396): how machine.set says what changes.

/// `target` with `patch` in it: objects field by field, null takes a field away, all else is
/// replaced. Depth is bounded by the parser's.
void mergePatch(boost::json::value& target, const boost::json::value& patch);

/// What makes `after` of `before`, for MachineSetParams.
[[nodiscard]] boost::json::object changesBetween(const MachineSettings& before,
                                                 const MachineSettings& after);

/// `settings` with the changes in them; judged as to types, ranges and unknown fields only.
[[nodiscard]] RpcResult<MachineSettings> withChanges(const MachineSettings& settings,
                                                     const boost::json::object& changes);

}  // namespace service
