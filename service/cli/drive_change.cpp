// SPDX-License-Identifier: GPL-3.0-or-later
#include "drive_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "file_path.h"

namespace service::cli {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr const char* kNone = "none";
constexpr std::uint32_t kIdeControllers = 2;
constexpr std::uint32_t kIdeLocations = 2;
constexpr std::uint32_t kScsiControllers = 4;
constexpr std::uint32_t kScsiLocations = 64;
constexpr const char* kPlaces = "ide0:0 to ide1:1, or scsi0:0 to scsi3:63";

bool takeNumber(std::string_view& text, std::uint32_t below, std::uint32_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number >= below)
        return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

/// "PLACE=FILE" or "FILE". A file of such a name is given as "./ide0:0=x".
struct PlacedFile {
    std::optional<DrivePlace> place;
    std::string file;
};

PlacedFile parsePlacedFile(const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos)
        if (const auto place = parsePlace(std::string_view(text).substr(0, equals)))
            return {place, text.substr(equals + 1)};
    return {std::nullopt, text};
}

Drive* driveAt(MachineSettings& settings, const DrivePlace& place) {
    const auto found = std::ranges::find_if(
        settings.drives, [&](const Drive& drive) { return placeOf(drive) == place; });
    return found == settings.drives.end() ? nullptr : &*found;
}

/// The first place that is free, where Hyper-V puts such a drive: generation 1 has its hard disks
/// on IDE controller 0 and its DVD drive on controller 1 first, generation 2 has SCSI only.
std::optional<DrivePlace> freePlace(MachineSettings& settings, DriveKind kind) {
    std::vector<DrivePlace> places;
    if (settings.generation == 1) {
        const std::uint32_t first = kind == DriveKind::Dvd ? 1 : 0;
        for (const std::uint32_t controller : {first, 1 - first})
            for (std::uint32_t location = 0; location < kIdeLocations; ++location)
                places.push_back({ControllerKind::Ide, controller, location});
    }
    for (std::uint32_t controller = 0; controller < kScsiControllers; ++controller)
        for (std::uint32_t location = 0; location < kScsiLocations; ++location)
            places.push_back({ControllerKind::Scsi, controller, location});
    for (const DrivePlace& place : places)
        if (!driveAt(settings, place))
            return place;
    return std::nullopt;
}

Result<void> attach(MachineSettings& settings, DriveKind kind, std::optional<DrivePlace> place,
                    std::string path) {
    if (!place)
        place = freePlace(settings, kind);
    if (!place)
        return failure("all places for drives are taken; remove one with --remove-drive");
    if (Drive* const drive = driveAt(settings, *place)) {
        if (drive->kind != kind)
            return failure(fmt::format("{} has a drive of another kind; --remove-drive {} first",
                                       placeText(*place), placeText(*place)));
        drive->path = std::move(path);
        return {};
    }
    Drive drive;
    drive.controller = place->controller;
    drive.controllerNumber = place->number;
    drive.location = place->location;
    drive.kind = kind;
    drive.path = std::move(path);
    settings.drives.push_back(std::move(drive));
    return {};
}

Result<void> addDisk(const std::string& text, MachineSettings& settings) {
    const PlacedFile typed = parsePlacedFile(text);
    auto path = absolutePath(typed.file, "--disk");
    if (!path)
        return std::unexpected(path.error());
    return attach(settings, DriveKind::HardDisk, typed.place, std::move(*path));
}

Result<void> insertDisc(const std::string& text, SettingsPurpose purpose,
                        MachineSettings& settings) {
    PlacedFile typed = parsePlacedFile(text);
    std::string path;
    if (typed.file != kNone) {
        auto absolute = absolutePath(typed.file, "--dvd");
        if (!absolute)
            return std::unexpected(absolute.error());
        path = std::move(*absolute);
    }
    if (!typed.place && purpose == SettingsPurpose::Change) {
        std::vector<const Drive*> present;
        for (const Drive& drive : settings.drives)
            if (drive.kind == DriveKind::Dvd)
                present.push_back(&drive);
        if (present.size() > 1)
            return failure(fmt::format("the machine has {} DVD drives; say which: --dvd {}=FILE",
                                       present.size(), placeText(placeOf(*present.front()))));
        if (present.size() == 1)
            typed.place = placeOf(*present.front());
        else if (path.empty())
            return failure("the machine has no DVD drive to eject from");
    }
    return attach(settings, DriveKind::Dvd, typed.place, std::move(path));
}

Result<void> removeDrive(const std::string& text, MachineSettings& settings) {
    const auto place = parsePlace(text);
    if (!place)
        return failure(fmt::format("--remove-drive '{}' is not a place; give {}", text, kPlaces));
    if (std::erase_if(settings.drives,
                      [&](const Drive& drive) { return placeOf(drive) == *place; }) == 0)
        return failure(
            fmt::format("the machine has no drive at {}; 'vireo show' lists them", text));
    return {};
}

Result<void> insertFloppy(const std::string& text, MachineSettings& settings) {
    FloppyDrive floppy;
    if (text != kNone) {
        auto path = absolutePath(text, "--floppy");
        if (!path)
            return std::unexpected(path.error());
        floppy.path = std::move(*path);
    }
    settings.floppy = std::move(floppy);
    return {};
}

}  // namespace

std::optional<DrivePlace> parsePlace(std::string_view text) {
    DrivePlace place;
    if (text.starts_with("ide")) {
        text.remove_prefix(3);
    } else if (text.starts_with("scsi")) {
        place.controller = ControllerKind::Scsi;
        text.remove_prefix(4);
    } else {
        return std::nullopt;
    }
    const bool ide = place.controller == ControllerKind::Ide;
    if (!takeNumber(text, ide ? kIdeControllers : kScsiControllers, place.number) ||
        !text.starts_with(':'))
        return std::nullopt;
    text.remove_prefix(1);
    if (!takeNumber(text, ide ? kIdeLocations : kScsiLocations, place.location) || !text.empty())
        return std::nullopt;
    return place;
}

std::string placeText(const DrivePlace& place) {
    return fmt::format("{}{}:{}", place.controller == ControllerKind::Ide ? "ide" : "scsi",
                       place.number, place.location);
}

DrivePlace placeOf(const Drive& drive) {
    return {drive.controller, drive.controllerNumber, drive.location};
}

Result<void> changeDrives(const SettingsArguments& arguments, SettingsPurpose purpose,
                          MachineSettings& settings) {
    // Removal comes first, so that one command can put something else into a place.
    for (const std::string& place : arguments.removedDrives)
        if (auto removed = removeDrive(place, settings); !removed)
            return removed;
    for (const std::string& disk : arguments.disks)
        if (auto added = addDisk(disk, settings); !added)
            return added;
    for (const std::string& disc : arguments.dvds)
        if (auto inserted = insertDisc(disc, purpose, settings); !inserted)
            return inserted;
    if (arguments.floppy)
        return insertFloppy(*arguments.floppy, settings);
    return {};
}

}  // namespace service::cli
