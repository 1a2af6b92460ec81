// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which page of SettingsDialog is made how, and what its buttons do.
#include <QStackedWidget>

#include "add_hardware_page.h"
#include "automatic_start_page.h"
#include "automatic_stop_page.h"
#include "checkpoints_page.h"
#include "com_port_page.h"
#include "controller_page.h"
#include "crash_page.h"
#include "diskette_page.h"
#include "drive_page.h"
#include "firmware_page.h"
#include "integration_page.h"
#include "memory_page.h"
#include "name_page.h"
#include "network_adapter_page.h"
#include "processor_page.h"
#include "settings_dialog.h"

namespace gui {

SettingsPage* SettingsDialog::pageFor(const PageKey& key) {
    for (const KeyedPage& one : pages_)
        if (one.key == key)
            return one.page;
    SettingsPage* const page = make(key);
    stack_->addWidget(page);
    connect(page, &SettingsPage::changed, this, [this, page] { edited(*page); });
    return page;
}

SettingsPage* SettingsDialog::make(const PageKey& key) {
    if (const auto* const fixed = std::get_if<FixedPage>(&key))
        return makeFixed(*fixed);
    if (const auto* const controller = std::get_if<ControllerPageKey>(&key)) {
        auto* page = new ControllerPage({controller->kind, controller->number}, stack_);
        connect(page, &ControllerPage::addWanted, this,
                [this, at = *controller](service::DriveKind kind) {
                    if (const auto place = freePlace(edited_, at.kind, at.number))
                        addDrive(kind, place);
                });
        return page;
    }
    if (const auto* const drive = std::get_if<DrivePageKey>(&key))
        return makeDrive(*drive);
    const auto& adapter = std::get<AdapterPageKey>(key);
    auto* page = new NetworkAdapterPage(adapter.index, adapter.legacy, store_, stack_);
    connect(page, &NetworkAdapterPage::removeWanted, this, [this, index = adapter.index] {
        edited_.networkAdapters.erase(edited_.networkAdapters.begin() +
                                      static_cast<std::ptrdiff_t>(index));
        changed(FixedPage::AddHardware);
    });
    return page;
}

SettingsPage* SettingsDialog::makeDrive(const DrivePageKey& key) {
    auto* page = new DrivePage(store_.connection(), *driveAt(edited_, key.place), stack_);
    connect(page, &DrivePage::moveWanted, this, [this, key](const DrivePlace& to) {
        service::Drive* const drive = driveAt(edited_, key.place);
        if (!drive || driveAt(edited_, to))
            return;
        drive->controller = to.controller;
        drive->controllerNumber = to.number;
        drive->location = to.location;
        changed(DrivePageKey{to, key.kind});
    });
    connect(page, &DrivePage::removeWanted, this, [this, key] {
        std::erase_if(edited_.drives,
                      [&](const service::Drive& drive) { return placeOf(drive) == key.place; });
        changed(ControllerPageKey{key.place.controller, key.place.number});
    });
    return page;
}

SettingsPage* SettingsDialog::makeFixed(FixedPage page) {
    switch (page) {
        case FixedPage::AddHardware: {
            auto* add = new AddHardwarePage(stack_);
            connect(add, &AddHardwarePage::addWanted, this,
                    [this](AddHardwarePage::Hardware hardware) {
                        switch (hardware) {
                            case AddHardwarePage::Hardware::ScsiController:
                                return;
                            case AddHardwarePage::Hardware::HardDrive:
                                return addDrive(service::DriveKind::HardDisk, std::nullopt);
                            case AddHardwarePage::Hardware::DvdDrive:
                                return addDrive(service::DriveKind::Dvd, std::nullopt);
                            case AddHardwarePage::Hardware::NetworkAdapter:
                                return addAdapter(false);
                            case AddHardwarePage::Hardware::LegacyNetworkAdapter:
                                return addAdapter(true);
                        }
                    });
            return add;
        }
        case FixedPage::Firmware:
            return new FirmwarePage(edited_.generation, stack_);
        case FixedPage::Memory:
            return new MemoryPage(stack_);
        case FixedPage::Processor:
            return new ProcessorPage(extras_, stack_);
        case FixedPage::Com1:
            return new ComPortPage(0, stack_);
        case FixedPage::Com2:
            return new ComPortPage(1, stack_);
        case FixedPage::Diskette:
            return new DiskettePage(stack_);
        case FixedPage::Name:
            return new NamePage(stack_);
        case FixedPage::Integration:
            return new IntegrationPage(stack_);
        case FixedPage::Checkpoints:
            return new CheckpointsPage(stack_);
        case FixedPage::AutomaticStart:
            return new AutomaticStartPage(stack_);
        case FixedPage::AutomaticStop:
            return new AutomaticStopPage(stack_);
        case FixedPage::Crash:
            return new CrashPage(stack_);
    }
    return nullptr;
}

}  // namespace gui
