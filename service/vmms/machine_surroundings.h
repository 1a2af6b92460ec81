// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <functional>

#include "journal.h"
#include "machine_files.h"
#include "resource_governor.h"
#include "service/ipc/error_codes.h"
#include "service/vmms/consoles/console_sockets.h"
#include "service/vmms/memory/memory_governor.h"
#include "service/vmms/performance/performance_monitor.h"
#include "virtual_switches.h"
#include "worker_record.h"

namespace service {

class Machine;

/// What the service's machines share. Outlives them.
struct MachineSurroundings {
    boost::asio::any_io_executor executor;
    WorkerRecords& records;
    ResourceGovernor& governor;
    MemoryGovernor& memory;
    MachineFileOpener& files;
    ConsoleSockets& consoles;
    Journal& journal;
    PerformanceMonitor& performance;
    VirtualSwitches& switches;
    /// Whom workers become; 0: they stay who they are.
    uid_t workerUser = 0;
    gid_t workerGroup = 0;
    /// Another state, other settings.
    std::function<void(const Machine& machine)> onChanged = {};
    /// The name of a machine that runs and has the adapter's address at the adapter's switch;
    /// empty: none has.
    std::function<std::string(const Machine& machine, const NetworkAdapter& adapter)> rivalOf = {};
};

}  // namespace service
