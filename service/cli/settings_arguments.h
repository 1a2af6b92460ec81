// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "verb_options.h"

namespace service::cli {

/// A machine's settings as typed to `vireo create` and `vireo set`. What was not typed is not
/// there and stays as it is.
struct SettingsArguments {
    using Text = std::optional<std::string>;
    using List = std::vector<std::string>;

    Text notes;
    Text group;
    Text generation;
    Text backend;

    Text processors;
    Text reserve;
    Text limit;
    Text weight;

    Text memory;
    Text dynamicMemory;
    Text minimumMemory;
    Text maximumMemory;
    Text memoryBuffer;
    Text memoryWeight;

    Text kernel;
    List initialRamDisks;
    Text append;
    bool noKernel = false;
    bool noInitialRamDisk = false;
    Text bootOrder;
    Text secureBoot;

    List disks;
    List dvds;
    List removedDrives;
    Text floppy;

    List switches;
    List addedAdapters;
    List removedAdapters;
    List macAddresses;
    List tftpFolders;
    List bootFiles;
    bool legacyAdapters = false;

    Text com1;
    Text com2;

    List integrationServices;
    Text checkpoints;
    Text automaticCheckpoints;
    Text automaticStart;
    Text startDelay;
    Text automaticStop;
    Text onCrash;
    Text crashRestarts;
    Text crashPeriod;
};

enum class SettingsPurpose : bool { Create, Change };

/// Adds the options to a verb; `arguments` lives as long as it.
void addSettingsOptions(VerbOptions& options, SettingsArguments& arguments,
                        SettingsPurpose purpose);

}  // namespace service::cli
