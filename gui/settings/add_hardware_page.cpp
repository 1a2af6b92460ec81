// SPDX-License-Identifier: GPL-3.0-or-later
#include "add_hardware_page.h"

#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cstddef>

#include "drive_places.h"
#include "gui/appearance/icons.h"

namespace gui {

namespace {

constexpr int kExplanationRole = Qt::UserRole;
constexpr std::size_t kMostAdapters = 12;
constexpr std::ptrdiff_t kMostLegacyAdapters = 4;
constexpr int kHardware = 5;

}  // namespace

AddHardwarePage::AddHardwarePage(QWidget* parent)
    : SettingsPage(tr("Add Hardware"), QStringLiteral("add"),
                   tr("Choose what to add, and press Add. It is made when the settings are "
                      "applied."),
                   parent),
      list_(new QListWidget(this)),
      note_(new FieldNote(this)),
      add_(new QPushButton(tr("A&dd"), this)) {
    list_->setObjectName(QStringLiteral("hardware"));
    list_->setAccessibleName(tr("Hardware"));
    for (int at = 0; at < kHardware; ++at) {
        const Choice one = choice(static_cast<Hardware>(at));
        new QListWidgetItem(gui::icon(one.icon), one.text, list_);
    }
    fitAmongFields(*list_);
    list_->setCurrentRow(static_cast<int>(Hardware::HardDrive));
    add_->setObjectName(QStringLiteral("add"));
    add_->setAutoDefault(false);
    column()->addWidget(list_);
    column()->addWidget(note_);
    auto* row = new QHBoxLayout;
    row->addStretch(1);
    row->addWidget(add_);
    column()->addLayout(row);
    connect(list_, &QListWidget::currentRowChanged, this, &AddHardwarePage::explain);
    connect(list_, &QListWidget::itemActivated, add_, &QPushButton::click);
    connect(add_, &QPushButton::clicked, this, [this] {
        if (list_->currentRow() >= 0)
            emit addWanted(static_cast<Hardware>(list_->currentRow()));
    });
}

AddHardwarePage::Choice AddHardwarePage::choice(Hardware hardware) {
    const QString onIde = tr("This version gives a guest the drives at SCSI controllers only.");
    switch (hardware) {
        case Hardware::ScsiController:
            return {tr("SCSI Controller"), {}, QStringLiteral("controller")};
        case Hardware::HardDrive:
            return {tr("Hard Drive"), onIde, QStringLiteral("hard-disk")};
        case Hardware::DvdDrive:
            return {tr("DVD Drive"), onIde, QStringLiteral("dvd")};
        case Hardware::NetworkAdapter:
            return {tr("Network Adapter"), {}, QStringLiteral("network")};
        case Hardware::LegacyNetworkAdapter:
            return {tr("Legacy Network Adapter"),
                    tr("For guests without a driver for the synthetic one."),
                    QStringLiteral("network")};
    }
    return {};
}

QString AddHardwarePage::objection(Hardware hardware, const service::MachineSettings& settings) {
    switch (hardware) {
        case Hardware::ScsiController:
            return tr("there is one; a drive moved to another makes that");
        case Hardware::HardDrive:
        case Hardware::DvdDrive:
            return freePlace(settings, service::DriveKind::HardDisk) ? QString()
                                                                     : tr("all places are taken");
        case Hardware::LegacyNetworkAdapter:
            if (settings.generation == 2)
                return tr("not in machines of generation 2");
            if (std::ranges::count(settings.networkAdapters, true,
                                   &service::NetworkAdapter::legacy) >= kMostLegacyAdapters)
                return tr("at most %1").arg(kMostLegacyAdapters);
            [[fallthrough]];
        case Hardware::NetworkAdapter:
            return settings.networkAdapters.size() < kMostAdapters
                       ? QString()
                       : tr("at most %1").arg(kMostAdapters);
    }
    return {};
}

void AddHardwarePage::load(const service::MachineDetails& details, const service::HostReply*) {
    for (int at = 0; at < kHardware; ++at) {
        const auto hardware = static_cast<Hardware>(at);
        const QString reason = objection(hardware, details.settings);
        QListWidgetItem* const item = list_->item(at);
        item->setFlags(reason.isEmpty() ? Qt::ItemIsEnabled | Qt::ItemIsSelectable
                                        : Qt::NoItemFlags);
        const QString name = choice(hardware).text;
        item->setText(reason.isEmpty() ? name : tr("%1 (%2)").arg(name, reason));
        item->setToolTip(item->text());
        item->setData(kExplanationRole, reason.isEmpty() ? choice(hardware).explanation : reason);
    }
    setFrozen(frozenReason(details.summary.state));
    explain();
}

void AddHardwarePage::explain() {
    const QListWidgetItem* const item = list_->currentItem();
    const bool can = item && (item->flags() & Qt::ItemIsEnabled);
    note_->say(FieldNote::Kind::Explanation,
               item ? item->data(kExplanationRole).toString() : QString());
    add_->setEnabled(can);
}

}  // namespace gui
