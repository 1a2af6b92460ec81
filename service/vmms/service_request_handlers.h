// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "hypervisor/error.h"
#include "job_table.h"
#include "machines.h"
#include "request_router.h"
#include "service_settings.h"

namespace service {

/// How a client's request ends the service.
struct ServiceEnd {
    bool machinesGoOn = true;
    /// Sees to it that nothing starts the service again by itself.
    std::function<hypervisor::Result<void>()> prevent;
    /// Called once the reply is on its way.
    std::function<void()> stop;
};

/// service.get, service.set and service.stop. All outlive the router.
void addServiceRequests(RequestRouter& router, KeptServiceSettings& kept, const Machines& machines,
                        JobTable& jobs, ServiceEnd end);

}  // namespace service
