// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace service {

/// A program of Vireo's own that has just been started: a child of this process, in a session of
/// its own so that a terminal's signals pass it by.
struct LaunchedProgram {
    pid_t process;
    /// Readable when the process has ended (pidfd_open(2)).
    hypervisor::FileDescriptor handle;
};

/// Starts `name`, found beside our own binary, else in ../libexec/vireo. `descriptors` are
/// its descriptors from 3 on, standard input and output lead nowhere, and it has no other
/// descriptor that is closed on exec here.
[[nodiscard]] hypervisor::Result<LaunchedProgram> launchProgram(
    const std::string& name, const std::vector<std::string>& arguments,
    std::span<const int> descriptors);

/// How a process has ended.
struct ProcessEnd {
    /// By itself, with status 0.
    bool well = false;
    /// For a sentence about it: "was ended by signal 9 (Killed)", "exited with status 1"; "has
    /// ended" of one whose status nobody has.
    std::string how = "has ended";
};

/// Takes the status of a child that has ended, so that it does not stay as a zombie.
[[nodiscard]] ProcessEnd takeEnd(pid_t child);

}  // namespace service
