// SPDX-License-Identifier: GPL-3.0-or-later
#include "page_list.h"

#include <QCoreApplication>
#include <algorithm>

namespace gui {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(gui::page_list)
};

void addDrives(const service::MachineSettings& settings, const Controller& controller,
               std::vector<PageKey>& pages) {
    std::vector<DrivePageKey> drives;
    for (const service::Drive& drive : settings.drives)
        if (drive.controller == controller.kind && drive.controllerNumber == controller.number)
            drives.push_back({placeOf(drive), drive.kind});
    std::ranges::sort(drives, {}, &DrivePageKey::place);
    pages.insert(pages.end(), drives.begin(), drives.end());
}

}  // namespace

std::vector<PageSection> pagesOf(const service::MachineSettings& settings) {
    PageSection hardware{
        Words::tr("Hardware"),
        {FixedPage::AddHardware, FixedPage::Firmware, FixedPage::Memory, FixedPage::Processor}};
    for (const Controller& controller : controllersOf(settings)) {
        hardware.pages.emplace_back(ControllerPageKey{controller.kind, controller.number});
        addDrives(settings, controller, hardware.pages);
    }
    for (std::size_t at = 0; at < settings.networkAdapters.size(); ++at)
        hardware.pages.emplace_back(AdapterPageKey{at, settings.networkAdapters[at].legacy});
    hardware.pages.emplace_back(FixedPage::Com1);
    hardware.pages.emplace_back(FixedPage::Com2);
    if (settings.generation == 1)
        hardware.pages.emplace_back(FixedPage::Diskette);
    PageSection management{Words::tr("Management"),
                           {FixedPage::Name, FixedPage::Integration, FixedPage::Checkpoints,
                            FixedPage::AutomaticStart, FixedPage::AutomaticStop, FixedPage::Crash}};
    return {std::move(hardware), std::move(management)};
}

}  // namespace gui
