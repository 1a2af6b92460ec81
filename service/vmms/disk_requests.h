// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "job_table.h"
#include "request_router.h"

namespace service {

/// The requests about disk images: disk.*.
void addDiskRequests(RequestRouter& router, JobTable& jobs);

}  // namespace service
