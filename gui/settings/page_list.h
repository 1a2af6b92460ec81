// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <string>
#include <variant>
#include <vector>

#include "drive_places.h"

namespace gui {

/// Which pages a machine's settings have, in order. Equal keys are the same page, whatever else
/// comes and goes around it.
enum class FixedPage : unsigned char {
    AddHardware,
    Firmware,
    Memory,
    Processor,
    Com1,
    Com2,
    Diskette,
    Name,
    Integration,
    Checkpoints,
    AutomaticStart,
    AutomaticStop,
    Crash,
};
struct ControllerPageKey {
    service::ControllerKind kind;
    std::uint32_t number;
    bool operator==(const ControllerPageKey&) const = default;
};
struct DrivePageKey {
    DrivePlace place;
    service::DriveKind kind;
    bool operator==(const DrivePageKey&) const = default;
};
struct AdapterPageKey {
    std::size_t index;
    bool legacy;
    bool operator==(const AdapterPageKey&) const = default;
};
using PageKey = std::variant<FixedPage, ControllerPageKey, DrivePageKey, AdapterPageKey>;

struct PageSection {
    QString title;
    std::vector<PageKey> pages;
};

[[nodiscard]] std::vector<PageSection> pagesOf(const service::MachineSettings& settings);

}  // namespace gui
