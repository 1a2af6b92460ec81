// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hypervisor/error.h"

namespace service {

// What passes over a worker's control socket: first one MachineStart to the worker, with the
// descriptors named below, then WorkerEvents from it. Whoever started the worker ends the machine
// by shutting down or closing its end.

enum class BackendChoice : std::uint8_t { Auto, Kvm, Software };
BOOST_DESCRIBE_ENUM(BackendChoice, Auto, Kvm, Software)

/// Starts a machine. Descriptors with it, in this order: the stream that COM1 is wired to, the
/// kernel, each initial RAM disk, and /dev/kvm if `hasKvm`.
struct MachineStart {
    std::uint32_t processors = 1;
    std::uint64_t memoryBytes = 0;
    BackendChoice backend = BackendChoice::Auto;
    bool hasKvm = false;
    /// Names of the files, for command lines and messages; not opened.
    std::string kernel;
    std::vector<std::string> initialRamDisks;
    std::string commandLine;
    /// A write to port 0xF4 ends the machine.
    bool debugExit = false;
    /// A reset boots the machine again rather than ending it.
    bool restartOnReset = true;
};
BOOST_DESCRIBE_STRUCT(MachineStart, (),
                      (processors, memoryBytes, backend, hasKvm, kernel, initialRamDisks,
                       commandLine, debugExit, restartOnReset))

enum class WorkerEventKind : std::uint8_t {
    /// The machine runs; `text` names the backend.
    Started,
    /// Something that the user should know; `text` is one line.
    Notice,
    /// The machine could not be started; `text` is one line that says why.
    Refused,
    /// The guest has powered its machine off.
    PoweredOff,
    /// The guest has reset its machine, which was not to be started again.
    Reset,
    /// The guest has written `value` to the debug exit port.
    DebugExit,
    /// The guest can't go on; `text` is a report of several lines.
    Crashed,
    /// The machine was ended from outside.
    Stopped,
};
BOOST_DESCRIBE_ENUM(WorkerEventKind, Started, Notice, Refused, PoweredOff, Reset, DebugExit,
                    Crashed, Stopped)

/// All kinds but Started and Notice are a worker's last.
struct WorkerEvent {
    WorkerEventKind kind = WorkerEventKind::Notice;
    std::string text;
    std::uint32_t value = 0;
};
BOOST_DESCRIBE_STRUCT(WorkerEvent, (), (kind, text, value))

/// One line of JSON without its end.
[[nodiscard]] std::string encode(const MachineStart& message);
[[nodiscard]] std::string encode(const WorkerEvent& message);

[[nodiscard]] hypervisor::Result<MachineStart> decodeMachineStart(const std::string& line);
[[nodiscard]] hypervisor::Result<WorkerEvent> decodeWorkerEvent(const std::string& line);

}  // namespace service
