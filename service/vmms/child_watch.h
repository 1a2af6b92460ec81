// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>

#include "service/launch/program_launch.h"

namespace service {

/// Waits for a child process and takes its status, so that it does not stay as a zombie. `ended`
/// is called on `executor`. A child outlives the service.
void watchChild(const boost::asio::any_io_executor& executor, LaunchedProgram program,
                std::function<void(const ProcessEnd& end)> ended);

}  // namespace service
