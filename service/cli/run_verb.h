// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace service::cli {

/// Adds `vireo run`: one machine in the foreground, without the service. When the arguments name
/// it, `chosen` is set to what runs it and returns the exit status.
void addRunVerb(CLI::App& program, std::function<int()>& chosen);

}  // namespace service::cli
