// SPDX-License-Identifier: GPL-3.0-or-later
#include "controller_page.h"

#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

#include "gui/appearance/icons.h"

namespace gui {

ControllerPage::ControllerPage(const Controller& controller, QWidget* parent)
    : SettingsPage(controllerText(controller.kind, controller.number), QStringLiteral("controller"),
                   tr("Choose a kind of drive to add to this controller."), parent),
      controller_(controller),
      kinds_(new QListWidget(this)),
      add_(new QPushButton(tr("&Add"), this)),
      full_(new FieldNote(this)) {
    kinds_->setObjectName(QStringLiteral("driveKinds"));
    kinds_->setAccessibleName(tr("Kinds of drives"));
    new QListWidgetItem(gui::icon(QStringLiteral("hard-disk")), tr("Hard Drive"), kinds_);
    new QListWidgetItem(gui::icon(QStringLiteral("dvd")), tr("DVD Drive"), kinds_);
    kinds_->setCurrentRow(0);
    fitAmongFields(*kinds_);
    add_->setObjectName(QStringLiteral("addDrive"));
    add_->setAutoDefault(false);
    column()->addWidget(kinds_);
    column()->addWidget(full_);
    auto* row = new QHBoxLayout;
    row->addStretch(1);
    row->addWidget(add_);
    column()->addLayout(row);
    const auto add = [this] {
        emit addWanted(kinds_->currentRow() == 1 ? service::DriveKind::Dvd
                                                 : service::DriveKind::HardDisk);
    };
    connect(add_, &QPushButton::clicked, this, add);
    connect(kinds_, &QListWidget::itemActivated, add_, &QPushButton::click);
    refusals().bind("drives", full_, kinds_);
}

std::vector<service::Drive> ControllerPage::drivesOf(
    const service::MachineSettings& settings) const {
    std::vector<service::Drive> drives;
    for (const service::Drive& drive : settings.drives)
        if (drive.controller == controller_.kind && drive.controllerNumber == controller_.number)
            drives.push_back(drive);
    return drives;
}

QString ControllerPage::summary() const {
    // What is on an IDE controller is seen below it.
    if (controller_.kind == service::ControllerKind::Ide)
        return {};
    if (drives_ == 0)
        return tr("No drives");
    return drives_ == 1 ? tr("1 drive") : tr("%1 drives").arg(drives_);
}

void ControllerPage::store(service::MachineSettings&) const {}

bool ControllerPage::differs(const service::MachineSettings& before,
                             const service::MachineSettings& after) const {
    return drivesOf(before).size() != drivesOf(after).size();
}

void ControllerPage::load(const service::MachineDetails& details, const service::HostReply*) {
    drives_ = drivesOf(details.settings).size();
    const bool full = !freePlace(details.settings, controller_.kind, controller_.number);
    add_->setEnabled(!full);
    full_->say(FieldNote::Kind::Explanation,
               full ? tr("All places on this controller are taken.") : QString());
    setFrozen(frozenReason(details.summary.state, controller_.kind));
}

}  // namespace gui
