// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace service::cli {

// What `vireo run` ends with; `vireo run --help` prints this list. With --debug-exit the guest's
// value v gives (v << 1) | 1, always odd, so the even ones below are never a guest's own.

inline constexpr int kPoweredOff = 0;
inline constexpr int kBadArguments = 2;
inline constexpr int kGuestCrashed = 3;
/// The worker died, or something else of Vireo's own failed.
inline constexpr int kVireoFailed = 4;
/// Ctrl-A x: as if SIGINT had ended the program.
inline constexpr int kEndedByUser = 130;

[[nodiscard]] constexpr int endedBySignal(int signal) {
    return 128 + signal;
}
[[nodiscard]] constexpr int debugExit(unsigned value) {
    return static_cast<int>(((value << 1) | 1) & 0xFF);
}

// What the verbs that speak with the service end with, beside kBadArguments.

inline constexpr int kDone = 0;
/// The program itself could not go on: no output, no memory.
inline constexpr int kProgramFailed = 1;
/// The service said no: the state, a limit, a right, a file.
inline constexpr int kRefused = 3;
inline constexpr int kNotFound = 4;
inline constexpr int kUnreachable = 5;

}  // namespace service::cli
