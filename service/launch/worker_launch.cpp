// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker_launch.h"

#include <array>
#include <utility>

#include "program_launch.h"

namespace service {

using hypervisor::Result;

Result<LaunchedWorker> launchWorker() {
    auto sockets = MessageSocket::createPair();
    if (!sockets)
        return std::unexpected(sockets.error());
    const std::array descriptors{sockets->second.descriptor()};
    auto program = launchProgram("vireo-worker", {}, descriptors);
    if (!program)
        return std::unexpected(program.error());
    return LaunchedWorker{program->process, std::move(program->handle), std::move(sockets->first)};
}

}  // namespace service
