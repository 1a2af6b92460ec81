// SPDX-License-Identifier: GPL-3.0-or-later
#include "drive_places.h"

#include <QCoreApplication>
#include <algorithm>

namespace gui {

using service::ControllerKind;
using service::Drive;
using service::DriveKind;
using service::MachineSettings;

namespace {

constexpr std::uint32_t kIdeLocations = 2;
constexpr std::uint32_t kScsiLocations = 64;
constexpr std::uint32_t kScsiControllers = 4;

struct Words {
    Q_DECLARE_TR_FUNCTIONS(gui::drive_places)
};

}  // namespace

DrivePlace placeOf(const Drive& drive) {
    return {drive.controller, drive.controllerNumber, drive.location};
}

std::uint32_t locationsOf(ControllerKind kind) {
    return kind == ControllerKind::Ide ? kIdeLocations : kScsiLocations;
}

QString controllerText(ControllerKind kind, std::uint32_t number) {
    if (kind == ControllerKind::Ide)
        return Words::tr("IDE Controller %1").arg(number);
    return number == 0 ? Words::tr("SCSI Controller") : Words::tr("SCSI Controller %1").arg(number);
}

const Drive* driveAt(const MachineSettings& settings, const DrivePlace& place) {
    const auto found = std::ranges::find_if(
        settings.drives, [&](const Drive& drive) { return placeOf(drive) == place; });
    return found == settings.drives.end() ? nullptr : &*found;
}

Drive* driveAt(MachineSettings& settings, const DrivePlace& place) {
    const auto found = std::ranges::find_if(
        settings.drives, [&](const Drive& drive) { return placeOf(drive) == place; });
    return found == settings.drives.end() ? nullptr : &*found;
}

std::optional<DrivePlace> freePlace(const MachineSettings& settings, ControllerKind kind,
                                    std::uint32_t number) {
    for (std::uint32_t location = 0; location < locationsOf(kind); ++location)
        if (const DrivePlace place{kind, number, location}; !driveAt(settings, place))
            return place;
    return std::nullopt;
}

std::optional<DrivePlace> freePlace(const MachineSettings& settings, DriveKind kind) {
    if (settings.generation == 1) {
        const std::uint32_t first = kind == DriveKind::Dvd ? 1 : 0;
        for (const std::uint32_t number : {first, 1 - first})
            if (const auto place = freePlace(settings, ControllerKind::Ide, number))
                return place;
    }
    for (std::uint32_t number = 0; number < kScsiControllers; ++number)
        if (const auto place = freePlace(settings, ControllerKind::Scsi, number))
            return place;
    return std::nullopt;
}

std::vector<Controller> controllersOf(const MachineSettings& settings) {
    std::vector<Controller> controllers;
    if (settings.generation == 1)
        controllers = {{ControllerKind::Ide, 0}, {ControllerKind::Ide, 1}};
    for (std::uint32_t number = 0; number < kScsiControllers; ++number)
        if (number == 0 || std::ranges::any_of(settings.drives, [&](const Drive& drive) {
                return drive.controller == ControllerKind::Scsi && drive.controllerNumber == number;
            }))
            controllers.push_back({ControllerKind::Scsi, number});
    return controllers;
}

std::vector<Controller> everyController(std::uint32_t generation) {
    std::vector<Controller> controllers;
    if (generation == 1)
        controllers = {{ControllerKind::Ide, 0}, {ControllerKind::Ide, 1}};
    for (std::uint32_t number = 0; number < kScsiControllers; ++number)
        controllers.push_back({ControllerKind::Scsi, number});
    return controllers;
}

}  // namespace gui
