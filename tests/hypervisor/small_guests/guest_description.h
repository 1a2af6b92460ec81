// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/intercept_handler.h"

namespace small_guests {

/// The mode that the guest's first instruction runs in; `start_state.h` says what is set up.
enum class StartMode : std::uint8_t { Real, Protected, Long };

/// One value that the guest must report, and what it stands for.
struct Expectation {
    std::uint32_t value;
    std::string meaning;
    /// By kind of backend, what it may report instead, for a known reason: hosts differ in that.
    std::map<std::string, std::uint32_t> exceptions;
};

/// What a guest's source says of itself in lines of the form
///   //! start real|protected|long       (long if there is none)
///   //! processors N                    (1 if there is none)
///   //! expect VALUE what it means      (in the order of the reports)
///   //! except KIND VALUE why           (for the expectation before it)
///   //! skip KIND why
/// where KIND is kvm-emulated, kvm or software.
struct GuestDescription {
    StartMode start = StartMode::Long;
    hypervisor::VpIndex processors = 1;
    std::vector<Expectation> expectations;
    /// By kind of backend, the reason why the guest is not run there.
    std::map<std::string, std::string> skips;
};

[[nodiscard]] hypervisor::Result<GuestDescription> readDescription(const std::string& sourcePath);

}  // namespace small_guests
