// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "job_table.h"
#include "machines.h"
#include "request_router.h"

namespace service {

/// Methods of service/ipc/guest_requests.h. All outlive the router.
void addGuestRequests(RequestRouter& router, Machines& machines, JobTable& jobs,
                      boost::asio::any_io_executor executor);

}  // namespace service
