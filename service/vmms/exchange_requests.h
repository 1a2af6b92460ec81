// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "job_table.h"
#include "machines.h"
#include "request_router.h"
#include "service_settings.h"

namespace service {

/// The requests that carry machines from and to folders: machine.export, import.inspect and
/// machine.import.
void addExchangeRequests(RequestRouter& router, Machines& machines, JobTable& jobs,
                         const KeptServiceSettings& settings);

}  // namespace service
