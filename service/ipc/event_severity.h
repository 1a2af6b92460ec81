// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/describe.hpp>
#include <cstdint>

namespace service {

enum class EventSeverity : std::uint8_t { Information, Warning, Error };
BOOST_DESCRIBE_ENUM(EventSeverity, Information, Warning, Error)

}  // namespace service
