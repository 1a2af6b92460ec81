// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json/object.hpp>

namespace service {

/// The whole interface: {"methods": {name: {"params": schema, "reply": schema}}, "notifications":
/// {name: schema}, "errors": {name: code}, "actions": {action: [states in which it is legal]},
/// "$defs": {struct: schema}}, schemas as JSON Schema 2020-12.
[[nodiscard]] boost::json::object describeInterface();

}  // namespace service
