// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>

#include "service/ipc/job_requests.h"
#include "service_session.h"

namespace service::cli {

/// Begins a job of the service and follows it to its end, with its progress on the terminal.
/// Ctrl-C cancels it; a second one does not wait for that. The job when it has succeeded; nothing
/// after a failure that has been told.
[[nodiscard]] std::optional<Job> followJob(ServiceSession& session,
                                           const std::function<std::optional<JobReply>()>& begin);

}  // namespace service::cli
