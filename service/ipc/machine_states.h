// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <boost/describe.hpp>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace service {

/// A machine's state, with Hyper-V's words.
enum class MachineState : std::uint8_t {
    Off,
    Starting,
    Running,
    Pausing,
    Paused,
    Saving,
    Saved,
    Stopping,
    /// Its worker has died, or its folder can't be read; the reason is told with it.
    Critical,
};
BOOST_DESCRIBE_ENUM(MachineState, Off, Starting, Running, Pausing, Paused, Saving, Saved, Stopping,
                    Critical)
inline constexpr std::size_t kMachineStates = 9;

enum class MachineAction : std::uint8_t {
    Start,
    TurnOff,
    ShutDown,
    Save,
    Pause,
    Resume,
    Reset,
    Checkpoint,
    Rename,
    Delete,
    /// Settings that a running machine can't change: processors, memory, devices, firmware.
    ChangeHardware,
    /// Settings that it can: resource control, notes, group, automatic actions.
    ChangeLive,
    /// Attaching to a serial port or a screen.
    Connect,
    Export,
    /// A file of the host's into the guest.
    CopyFile,
};
BOOST_DESCRIBE_ENUM(MachineAction, Start, TurnOff, ShutDown, Save, Pause, Resume, Reset, Checkpoint,
                    Rename, Delete, ChangeHardware, ChangeLive, Connect, Export, CopyFile)
inline constexpr std::size_t kMachineActions = 15;

/// Rows of the table below: a bit for each state.
using StateSet = std::uint16_t;
[[nodiscard]] constexpr StateSet inStates(std::initializer_list<MachineState> states) {
    StateSet set = 0;
    for (const MachineState state : states)
        set = static_cast<StateSet>(set | 1U << static_cast<unsigned>(state));
    return set;
}

/// The one table of what is legal when; service, command and manager ask it alike.
inline constexpr std::array<StateSet, kMachineActions> kLegalStates = [] {
    using enum MachineState;
    std::array<StateSet, kMachineActions> table{};
    const auto set = [&table](MachineAction action, std::initializer_list<MachineState> states) {
        table[static_cast<std::size_t>(action)] = inStates(states);
    };
    set(MachineAction::Start, {Off, Saved, Critical});
    set(MachineAction::TurnOff, {Starting, Running, Pausing, Paused, Stopping});
    set(MachineAction::ShutDown, {Running});
    set(MachineAction::Save, {Running, Paused});
    set(MachineAction::Pause, {Running});
    set(MachineAction::Resume, {Paused});
    set(MachineAction::Reset, {Running, Paused});
    set(MachineAction::Checkpoint, {Off, Running, Paused, Saved});
    set(MachineAction::Rename, {Off, Running, Paused, Saved, Critical});
    set(MachineAction::Delete, {Off, Saved, Critical});
    set(MachineAction::ChangeHardware, {Off, Critical});
    set(MachineAction::ChangeLive,
        {Off, Starting, Running, Pausing, Paused, Saving, Saved, Stopping, Critical});
    set(MachineAction::Connect,
        {Off, Starting, Running, Pausing, Paused, Saving, Saved, Stopping, Critical});
    // Nobody writes to its disks, and they are not as after a power cut.
    set(MachineAction::Export, {Off, Saved});
    set(MachineAction::CopyFile, {Running});
    return table;
}();

[[nodiscard]] constexpr bool isLegal(MachineAction action, MachineState state) {
    return (kLegalStates[static_cast<std::size_t>(action)] >> static_cast<unsigned>(state) & 1) !=
           0;
}

/// The machine has a worker, and what it was given is in use.
[[nodiscard]] constexpr bool isActive(MachineState state) {
    using enum MachineState;
    return state == Starting || state == Running || state == Pausing || state == Paused ||
           state == Saving || state == Stopping;
}

}  // namespace service
