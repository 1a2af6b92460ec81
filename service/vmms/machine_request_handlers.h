// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "machines.h"
#include "request_router.h"

namespace service {

/// The requests about machines and their consoles: machine.* but for figures, console.*.
void addMachineRequests(RequestRouter& router, Machines& machines);

}  // namespace service
