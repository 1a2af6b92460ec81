// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace service::cli {

/// Adds `vireo disk create|info|check|convert|compact|expand|merge|reconnect`: disk images, without
/// the service. When the arguments name one, `chosen` is set to what runs it and returns the exit
/// status.
void addDiskVerb(CLI::App& program, std::function<int()>& chosen);

}  // namespace service::cli
