// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "machines.h"
#include "request_router.h"
#include "virtual_switches.h"

namespace service {

/// Requests about virtual switches. All outlive the router.
void addSwitchRequests(RequestRouter& router, VirtualSwitches& switches, Machines& machines);

}  // namespace service
