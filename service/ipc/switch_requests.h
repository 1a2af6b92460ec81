// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "field_rules.h"
#include "machine_requests.h"

namespace service {

// Requests about virtual switches. A switch is named by its name or its id.

enum class SwitchKind : std::uint8_t {
    /// The one that every host has, kDefaultSwitch; there is no other of this kind.
    Nat,
    /// Guests, what one of the host's network adapters is connected to, and the host.
    External,
    /// Guests and the host.
    Internal,
    /// Guests alone.
    Private,
};
BOOST_DESCRIBE_ENUM(SwitchKind, Nat, External, Internal, Private)

/// A switch as it is kept, and as it is made.
struct SwitchSettings {
    /// A UUID; made by the service when it is empty.
    std::string id;
    std::string name;
    std::string notes;
    SwitchKind kind = SwitchKind::Private;
    /// Of an external one: the host's interface, "eth0".
    std::string hostAdapter;
    /// Of an external one: the host goes on using that adapter, through the switch.
    bool shared = true;
    /// Of an internal one: the host's own address at it, "192.168.50.1/24" or an IPv6 one; empty:
    /// whoever manages the host gives it one.
    std::string hostAddress;

    bool operator==(const SwitchSettings&) const = default;
};
BOOST_DESCRIBE_STRUCT(SwitchSettings, (), (id, name, notes, kind, hostAdapter, shared, hostAddress))
template <>
inline constexpr bool kHasDefaults<SwitchSettings> = true;

enum class SwitchState : std::uint8_t {
    Ready,
    /// Guests can't use all of it now; `status` says why.
    Failed,
};
BOOST_DESCRIBE_ENUM(SwitchState, Ready, Failed)

struct VirtualSwitch {
    SwitchSettings settings;
    /// The host's interface that is the switch; empty for the Default Switch.
    std::string interfaceName;
    SwitchState state = SwitchState::Ready;
    std::string status;
    /// Names of machines with an adapter at it, running or not.
    std::vector<std::string> machines;
};
BOOST_DESCRIBE_STRUCT(VirtualSwitch, (), (settings, interfaceName, state, status, machines))

/// An adapter of the host that an external switch could have.
struct HostAdapter {
    std::string name;
    std::string macAddress;
    /// Something is at the other end of its cable.
    bool connected = false;
    /// Why no switch can have it; empty: one can.
    std::string unusable;
    /// Of the switch that has it.
    std::string switchName;
};
BOOST_DESCRIBE_STRUCT(HostAdapter, (), (name, macAddress, connected, unusable, switchName))

struct SwitchListReply {
    /// The Default Switch first, the others by name.
    std::vector<VirtualSwitch> switches;
    std::vector<HostAdapter> hostAdapters;
    /// Why this service can make no switches; empty: it can.
    std::string limitation;
};
BOOST_DESCRIBE_STRUCT(SwitchListReply, (), (switches, hostAdapters, limitation))

struct SwitchListMethod {
    static constexpr std::string_view kName = "switch.list";
    using Params = NoParams;
    using Reply = SwitchListReply;
};

struct SwitchReply {
    VirtualSwitch virtualSwitch;
};
BOOST_DESCRIBE_STRUCT(SwitchReply, (), (virtualSwitch))

struct SwitchCreateParams {
    SwitchSettings settings;
};
BOOST_DESCRIBE_STRUCT(SwitchCreateParams, (), (settings))

struct SwitchCreateMethod {
    static constexpr std::string_view kName = "switch.create";
    using Params = SwitchCreateParams;
    using Reply = SwitchReply;
};

/// What is left away stays as it is.
struct SwitchSetParams {
    std::string name;
    std::optional<std::string> notes;
    /// Machines at the switch stay connected.
    std::optional<SwitchKind> kind;
    std::optional<std::string> hostAdapter;
    std::optional<bool> shared;
    std::optional<std::string> hostAddress;
};
BOOST_DESCRIBE_STRUCT(SwitchSetParams, (), (name, notes, kind, hostAdapter, shared, hostAddress))

/// Also puts a switch right that has failed.
struct SwitchSetMethod {
    static constexpr std::string_view kName = "switch.set";
    using Params = SwitchSetParams;
    using Reply = SwitchReply;
};

struct SwitchRenameParams {
    std::string name;
    std::string newName;
};
BOOST_DESCRIBE_STRUCT(SwitchRenameParams, (), (name, newName))

/// Machines at the switch stay at it.
struct SwitchRenameMethod {
    static constexpr std::string_view kName = "switch.rename";
    using Params = SwitchRenameParams;
    using Reply = SwitchReply;
};

struct SwitchParams {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(SwitchParams, (), (name))

/// Refused while a machine has an adapter at it.
struct SwitchRemoveMethod {
    static constexpr std::string_view kName = "switch.remove";
    using Params = SwitchParams;
    using Reply = NoParams;
};

}  // namespace service
