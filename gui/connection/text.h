// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <cstdint>
#include <string>

#include "service/ipc/error_codes.h"
#include "service/ipc/guest_report.h"
#include "service/ipc/machine_states.h"

namespace gui {

// What the service says, in the words and formats of the interface's language.

[[nodiscard]] inline QString fromUtf8(const std::string& text) {
    return QString::fromStdString(text);
}

/// Hyper-V Manager's word for it: "Running", "Off-Critical".
[[nodiscard]] QString stateText(service::MachineState state);
/// "OK", "Lost Contact".
[[nodiscard]] QString heartbeatText(service::GuestHeartbeat heartbeat);
/// "2048 MB".
[[nodiscard]] QString megabytes(std::uint64_t bytes);
/// Of a file: "1.5 GB", "512 KB".
[[nodiscard]] QString fileSize(std::uint64_t bytes);
/// "3.04:12:55", without days "04:12:55".
[[nodiscard]] QString uptime(std::uint64_t seconds);
/// Of a time in milliseconds since 1970, in the locale's short format.
[[nodiscard]] QString dateAndTime(std::int64_t milliseconds);

/// An error as a person should see it: what was tried and why it failed, then what to do.
struct ErrorText {
    QString message;
    QString advice;
};
[[nodiscard]] ErrorText errorText(const service::RpcError& error);
/// Both in one line.
[[nodiscard]] QString errorLine(const service::RpcError& error);

}  // namespace gui
