// SPDX-License-Identifier: GPL-3.0-or-later
#include "manager_windows.h"

#include <QMenu>

#include "connect_dialog.h"
#include "gui/connection/text.h"
#include "gui/console/console_window.h"
#include "gui/performance/performance_feed.h"
#include "gui/performance/performance_monitor.h"
#include "gui/performance/processor_strip.h"
#include "gui/performance/reservation_bar.h"
#include "gui/settings/processor_page_extras.h"
#include "gui/settings/settings_dialog.h"
#include "gui/settings/vireo_settings_dialog.h"
#include "gui/switches/switch_manager.h"
#include "gui/wizards/edit_disk_wizard.h"
#include "gui/wizards/export_dialog.h"
#include "gui/wizards/import_wizard.h"
#include "gui/wizards/inspect_disk_dialog.h"
#include "gui/wizards/new_disk_wizard.h"
#include "gui/wizards/new_machine_wizard.h"
#include "gui/wizards/quick_create_dialog.h"

namespace gui {

namespace {

void bringToFront(QWidget& window) {
    window.show();
    window.raise();
    window.activateWindow();
}

template <class Dialog>
Dialog* openDialog(Dialog* dialog) {
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->show();
    return dialog;
}

}  // namespace

ManagerWindows::ManagerWindows(MachineStore& store, PerformanceFeed& feed, QMainWindow& main)
    : store_(store), feed_(feed), main_(main) {
    connect(&store, &MachineStore::removed, this, [this](const std::string& id) {
        if (const auto console = consoles_[id])
            console->close();
        consoles_.erase(id);
    });
}

ManagerWindows::~ManagerWindows() {
    deleteAll();
}

void ManagerWindows::fillConsoles(QMenu& menu) const {
    for (const auto& [id, console] : consoles_)
        if (console)
            menu.addAction(console->windowTitle(), console,
                           [window = console] { bringToFront(*window); });
}

void ManagerWindows::closeAll() {
    for (const auto& [id, console] : consoles_)
        if (console)
            console->close();
    consoles_.clear();
    if (monitor_)
        monitor_->close();
    for (QDialog* const dialog : main_.findChildren<QDialog*>())
        dialog->reject();
}

void ManagerWindows::deleteAll() {
    for (const auto& [id, console] : consoles_)
        delete console;
    consoles_.clear();
    delete monitor_;
}

ConsoleWindow* ManagerWindows::openConsole(const std::string& id) {
    QPointer<ConsoleWindow>& console = consoles_[id];
    if (!console) {
        console = new ConsoleWindow(store_, id);
        console->setAttribute(Qt::WA_DeleteOnClose);
        connect(console, &ConsoleWindow::settingsWanted, this, &ManagerWindows::openSettings);
    }
    bringToFront(*console);
    return console;
}

SettingsDialog* ManagerWindows::openSettings(const std::string& id) {
    ProcessorPageExtras extras;
    extras.strip = [this](const std::string& machine, QWidget* parent) -> QWidget* {
        auto* strip = new ProcessorStrip(store_, feed_, parent);
        strip->setMachine(machine);
        return strip;
    };
    extras.setLines = [](QWidget* strip, double reserve, double limit) {
        auto* lines = qobject_cast<ProcessorStrip*>(strip);
        lines->setReserve(reserve);
        lines->setLimit(limit);
    };
    extras.bar = [](QWidget* parent) -> QWidget* { return new ReservationBar(parent); };
    extras.setBar = [](QWidget* bar, const service::HostReply& host, const std::string& machine,
                       double own) {
        std::vector<ReservationBar::Part> parts;
        bool listed = false;
        for (const service::Reservation& one : host.reservations) {
            const bool isOwn = one.id == machine;
            listed |= isOwn;
            parts.push_back({fromUtf8(one.name), isOwn ? own : one.reservePercentOfTotal, isOwn});
        }
        if (!listed && own > 0)
            parts.push_back({ReservationBar::tr("this machine"), own, true});
        qobject_cast<ReservationBar*>(bar)->setReservations(std::move(parts),
                                                            host.logicalProcessors);
    };
    return openDialog(new SettingsDialog(store_, id, std::move(extras), &main_));
}

PerformanceMonitor* ManagerWindows::openPerformance() {
    if (!monitor_) {
        monitor_ = new PerformanceMonitor(store_, feed_);
        monitor_->setAttribute(Qt::WA_DeleteOnClose);
    }
    bringToFront(*monitor_);
    return monitor_;
}

QDialog* ManagerWindows::openNewMachine() {
    auto* wizard = new NewMachineWizard(store_, &main_);
    connect(wizard, &NewMachineWizard::created, this, &ManagerWindows::machineMade);
    return openDialog(wizard);
}

QDialog* ManagerWindows::openNewDisk() {
    return openDialog(new NewDiskWizard(store_, &main_));
}

QDialog* ManagerWindows::openImport() {
    auto* wizard = new ImportWizard(store_, &main_);
    connect(wizard, &ImportWizard::imported, this, &ManagerWindows::machineMade);
    return openDialog(wizard);
}

QDialog* ManagerWindows::openExport(const std::string& id) {
    return openDialog(new ExportDialog(store_, id, &main_));
}

QDialog* ManagerWindows::openEditDisk() {
    return openDialog(new EditDiskWizard(store_, &main_));
}

QDialog* ManagerWindows::openInspectDisk() {
    return openDialog(new InspectDiskDialog(store_.connection(), &main_));
}

QDialog* ManagerWindows::openQuickCreate() {
    auto* dialog = new QuickCreateDialog(store_, &main_);
    connect(dialog, &QuickCreateDialog::created, this, &ManagerWindows::machineMade);
    return openDialog(dialog);
}

QDialog* ManagerWindows::openSwitchManager() {
    return openDialog(new SwitchManager(store_, &main_));
}

QDialog* ManagerWindows::openVireoSettings() {
    return openDialog(new VireoSettingsDialog(store_, &main_));
}

QDialog* ManagerWindows::openConnectToServer() {
    auto* dialog = new ConnectDialog(store_.connection().address(), &main_);
    connect(dialog, &ConnectDialog::chosen, this, &ManagerWindows::serverChosen);
    return openDialog(dialog);
}

}  // namespace gui
