// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "field_rules.h"
#include "machine_requests.h"

namespace service {

// Requests about the service itself: what it does where a client says nothing, and its end.

/// As they are kept. Folders are absolute paths.
struct ServiceSettings {
    /// For new disks; empty: each user's own, "Vireo/Virtual Hard Disks" in the home.
    std::string diskFolder;
    /// Where folders of new machines are made; empty: the service's own place.
    std::string machineFolder;

    bool operator==(const ServiceSettings&) const = default;
};
BOOST_DESCRIBE_STRUCT(ServiceSettings, (), (diskFolder, machineFolder))
template <>
inline constexpr bool kHasDefaults<ServiceSettings> = true;

struct ServiceReply {
    ServiceSettings settings;
    /// What an empty one means.
    std::string usualMachineFolder;
    /// Why this client can't change `machineFolder`; empty: it can.
    std::string machineFolderLimitation;
    /// Machines that run go on when the service is stopped; else they are stopped with it.
    bool machinesGoOn = true;
};
BOOST_DESCRIBE_STRUCT(ServiceReply, (),
                      (settings, usualMachineFolder, machineFolderLimitation, machinesGoOn))

struct ServiceGetMethod {
    static constexpr std::string_view kName = "service.get";
    using Params = NoParams;
    using Reply = ServiceReply;
};

/// What is left out stays. A folder must be there, and the client must be able to write into it;
/// an empty one stands for the usual one.
struct ServiceSetParams {
    std::optional<std::string> diskFolder;
    std::optional<std::string> machineFolder;
};
BOOST_DESCRIBE_STRUCT(ServiceSetParams, (), (diskFolder, machineFolder))

struct ServiceSetMethod {
    static constexpr std::string_view kName = "service.set";
    using Params = ServiceSetParams;
    using Reply = ServiceReply;
};

struct ServiceStopReply {
    bool machinesGoOn = true;
    /// So many run, or are paused.
    std::uint32_t runningMachines = 0;
};
BOOST_DESCRIBE_STRUCT(ServiceStopReply, (), (machinesGoOn, runningMachines))

/// Ends the service after the reply. Nothing starts it again by itself: a socket that systemd
/// listens at for it is closed too.
struct ServiceStopMethod {
    static constexpr std::string_view kName = "service.stop";
    using Params = NoParams;
    using Reply = ServiceStopReply;
};

}  // namespace service
