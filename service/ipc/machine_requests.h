// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/describe.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "guest_report.h"
#include "machine_settings.h"
#include "machine_states.h"

namespace service {

// Requests about machines. `machine` in a request is a name or an id.

/// What holds processor resource control on this host.
enum class ResourceControlMode : std::uint8_t {
    ControlGroupsV1,
    ControlGroupsV2,
    /// The workers hold their limits themselves; reserve and weight are not in force.
    WorkerPacing,
};
BOOST_DESCRIBE_ENUM(ResourceControlMode, ControlGroupsV1, ControlGroupsV2, WorkerPacing)

/// A machine's resource control, as it is in force or would be when the machine runs.
struct ResourceReport {
    ResourceControlMode mode = ResourceControlMode::WorkerPacing;
    bool reserveInForce = false;
    bool limitInForce = false;
    bool weightInForce = false;
    /// Percent of total system resources: of all LPs together.
    double reservePercentOfTotal = 0;
    double limitPercentOfTotal = 0;
    /// What the machine gets if all that run now are busy; 0 while it does not run.
    double entitlementPercentOfTotal = 0;
    /// One line of what is not in force and why; empty if everything is.
    std::string note;
};
BOOST_DESCRIBE_STRUCT(ResourceReport, (),
                      (mode, reserveInForce, limitInForce, weightInForce, reservePercentOfTotal,
                       limitPercentOfTotal, entitlementPercentOfTotal, note))

/// A row of a list of machines.
struct MachineSummary {
    std::string id;
    std::string name;
    MachineState state = MachineState::Off;
    /// One line: why a machine is Critical, what it is doing.
    std::string status;
    std::string group;
    std::string notes;
    std::uint32_t generation = 1;
    ProcessorSettings processor;
    /// What it has now, 0 while it does not run; and what it starts with.
    std::uint64_t assignedMemoryBytes = 0;
    std::uint64_t startupMemoryBytes = 0;
    /// What its guest says that it needs; 0: it has not told.
    std::uint64_t memoryDemandBytes = 0;
    /// Nothing while it does not run.
    std::optional<GuestHeartbeat> heartbeat;
    /// Of all LPs, over the last second; nothing while it is not known.
    std::optional<double> cpuUsagePercent;
    std::uint64_t uptimeSeconds = 0;
    std::int64_t created = 0;
    /// The folder can't be read: only `name` (the folder's), `folder` and `status` mean something,
    /// and nothing but Delete is possible.
    bool unreadable = false;
    std::string folder;
};
BOOST_DESCRIBE_STRUCT(MachineSummary, (),
                      (id, name, state, status, group, notes, generation, processor,
                       assignedMemoryBytes, startupMemoryBytes, memoryDemandBytes, heartbeat,
                       cpuUsagePercent, uptimeSeconds, created, unreadable, folder))

struct ConsoleInfo {
    /// 1 is COM1.
    std::uint32_t port = 1;
    /// Of the Unix stream socket that carries the port's bytes, scrollback first.
    std::string socket;
};
BOOST_DESCRIBE_STRUCT(ConsoleInfo, (), (port, socket))

struct MachineFile {
    std::string path;
    std::uint64_t sizeBytes = 0;
    /// Goes when the machine is deleted; disk images stay unless that is asked for.
    bool removedWithMachine = false;
};
BOOST_DESCRIBE_STRUCT(MachineFile, (), (path, sizeBytes, removedWithMachine))

struct MachineDetails {
    MachineSummary summary;
    MachineSettings settings;
    ResourceReport resources;
    std::vector<ConsoleInfo> consoles;
    /// Of the Unix stream socket at which the screen is shown to VNC viewers.
    std::string screenSocket;
    std::vector<MachineFile> files;
    /// Of a machine that runs: what its worker said.
    std::optional<std::uint32_t> workerProcess;
    std::optional<BackendChoice> runningBackend;
    std::string sandbox;
    /// What the integration components know of the guest.
    std::optional<GuestReport> guest;
};
BOOST_DESCRIBE_STRUCT(MachineDetails, (),
                      (summary, settings, resources, consoles, screenSocket, files, workerProcess,
                       runningBackend, sandbox, guest))

struct NoParams {
    bool operator==(const NoParams&) const = default;
};
BOOST_DESCRIBE_STRUCT(NoParams, (), ())

struct MachineParams {
    std::string machine;
};
BOOST_DESCRIBE_STRUCT(MachineParams, (), (machine))

/// Where the machine stands after the request.
struct MachineStateReply {
    std::string id;
    MachineState state = MachineState::Off;
};
BOOST_DESCRIBE_STRUCT(MachineStateReply, (), (id, state))

struct MachineListReply {
    std::vector<MachineSummary> machines;
};
BOOST_DESCRIBE_STRUCT(MachineListReply, (), (machines))

struct MachineReply {
    MachineDetails machine;
};
BOOST_DESCRIBE_STRUCT(MachineReply, (), (machine))

/// All machines, by name.
struct MachineListMethod {
    static constexpr std::string_view kName = "machine.list";
    using Params = NoParams;
    using Reply = MachineListReply;
};

struct MachineGetMethod {
    static constexpr std::string_view kName = "machine.get";
    using Params = MachineParams;
    using Reply = MachineReply;
};

struct MachineCreateParams {
    /// `id`, `created` and adapters' identities are made by the service where they are empty.
    MachineSettings settings;
    /// Where the machine's folder is made; nothing: the service's own place.
    std::optional<std::string> folder;
};
BOOST_DESCRIBE_STRUCT(MachineCreateParams, (), (settings, folder))

struct MachineCreateMethod {
    static constexpr std::string_view kName = "machine.create";
    using Params = MachineCreateParams;
    using Reply = MachineReply;
};

struct MachineSetParams {
    std::string machine;
    /// A part of MachineSettings: what is in it changes, in objects field by field, and the rest
    /// stays (JSON Merge Patch, RFC 7396; arrays are replaced whole). settings_changes.h makes it.
    boost::json::object changes;
};
BOOST_DESCRIBE_STRUCT(MachineSetParams, (), (machine, changes))

struct MachineSetMethod {
    static constexpr std::string_view kName = "machine.set";
    using Params = MachineSetParams;
    using Reply = MachineReply;
};

struct MachineRenameParams {
    std::string machine;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(MachineRenameParams, (), (machine, name))

struct MachineRenameMethod {
    static constexpr std::string_view kName = "machine.rename";
    using Params = MachineRenameParams;
    using Reply = MachineReply;
};

struct MachineDeleteParams {
    std::string machine;
    /// Disk images too that are in the machine's own folder.
    std::optional<bool> deleteDisks;
};
BOOST_DESCRIBE_STRUCT(MachineDeleteParams, (), (machine, deleteDisks))

struct MachineDeleteReply {
    std::vector<std::string> removed;
    std::vector<std::string> kept;
};
BOOST_DESCRIBE_STRUCT(MachineDeleteReply, (), (removed, kept))

struct MachineDeleteMethod {
    static constexpr std::string_view kName = "machine.delete";
    using Params = MachineDeleteParams;
    using Reply = MachineDeleteReply;
};

/// The reply comes when the machine runs.
struct MachineStartReply {
    std::string id;
    MachineState state = MachineState::Off;
    BackendChoice backend = BackendChoice::Auto;
    ResourceReport resources;
};
BOOST_DESCRIBE_STRUCT(MachineStartReply, (), (id, state, backend, resources))

struct MachineStartMethod {
    static constexpr std::string_view kName = "machine.start";
    using Params = MachineParams;
    using Reply = MachineStartReply;
};

/// The reply comes when the machine is off.
struct MachineTurnOffMethod {
    static constexpr std::string_view kName = "machine.turnOff";
    using Params = MachineParams;
    using Reply = MachineStateReply;
};

/// The reply comes when the guest has been asked; it may take its time, or not listen.
struct MachineShutDownMethod {
    static constexpr std::string_view kName = "machine.shutDown";
    using Params = MachineParams;
    using Reply = MachineStateReply;
};

struct MachineResetMethod {
    static constexpr std::string_view kName = "machine.reset";
    using Params = MachineParams;
    using Reply = MachineStateReply;
};

struct MachinePauseMethod {
    static constexpr std::string_view kName = "machine.pause";
    using Params = MachineParams;
    using Reply = MachineStateReply;
};

struct MachineResumeMethod {
    static constexpr std::string_view kName = "machine.resume";
    using Params = MachineParams;
    using Reply = MachineStateReply;
};

struct ScreenPictureParams {
    std::string machine;
    /// The picture is scaled down to fit a square of that many pixels; nothing: as it is shown.
    std::optional<std::uint32_t> mostPixels;
};
BOOST_DESCRIBE_STRUCT(ScreenPictureParams, (), (machine, mostPixels))

struct ScreenPictureReply {
    /// A PNG file, in Base64 (RFC 4648, section 4).
    std::string png;
};
BOOST_DESCRIBE_STRUCT(ScreenPictureReply, (), (png))

/// What a machine's screen shows.
struct ScreenPictureMethod {
    static constexpr std::string_view kName = "screen.picture";
    using Params = ScreenPictureParams;
    using Reply = ScreenPictureReply;
};

struct ConsoleListReply {
    std::vector<ConsoleInfo> consoles;
};
BOOST_DESCRIBE_STRUCT(ConsoleListReply, (), (consoles))

/// The machine's serial ports with a console.
struct ConsoleListMethod {
    static constexpr std::string_view kName = "console.list";
    using Params = MachineParams;
    using Reply = ConsoleListReply;
};

struct ConsoleAttachParams {
    std::string machine;
    /// 1 is COM1, which it is if nothing is said.
    std::optional<std::uint32_t> port;
};
BOOST_DESCRIBE_STRUCT(ConsoleAttachParams, (), (machine, port))

struct ConsoleAttachReply {
    ConsoleInfo console;
};
BOOST_DESCRIBE_STRUCT(ConsoleAttachReply, (), (console))

/// Tells the socket to connect to.
struct ConsoleAttachMethod {
    static constexpr std::string_view kName = "console.attach";
    using Params = ConsoleAttachParams;
    using Reply = ConsoleAttachReply;
};

}  // namespace service
