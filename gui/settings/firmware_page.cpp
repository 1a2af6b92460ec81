// SPDX-License-Identifier: GPL-3.0-or-later
#include "firmware_page.h"

#include <QCheckBox>
#include <QFileDialog>
#include <QGroupBox>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include "gui/connection/text.h"
#include "gui/fields/path_field.h"

namespace gui {

using service::BootDevice;

namespace {

constexpr int kLabelCharacters = 20;
constexpr int kDeviceRole = Qt::UserRole;
constexpr int kRamDiskLines = 3;

QString deviceText(BootDevice device) {
    switch (device) {
        case BootDevice::Dvd:
            return FirmwarePage::tr("CD");
        case BootDevice::HardDisk:
            return FirmwarePage::tr("Hard drive");
        case BootDevice::Network:
            return FirmwarePage::tr("Network adapter");
        case BootDevice::Floppy:
            return FirmwarePage::tr("Diskette");
    }
    return {};
}

BootDevice deviceOf(const QListWidgetItem& item) {
    return static_cast<BootDevice>(item.data(kDeviceRole).toInt());
}

}  // namespace

FirmwarePage::FirmwarePage(std::uint32_t generation, QWidget* parent)
    : SettingsPage(generation == 1 ? tr("BIOS") : tr("Firmware"), QStringLiteral("bios"),
                   tr("What the machine boots from."), parent),
      generation_(generation) {
    addBootOrder(generation);
    addKernel();
}

void FirmwarePage::addBootOrder(std::uint32_t generation) {
    auto* group = new QGroupBox(tr("Boot order"), this);
    auto* inside = groupColumn(*group);
    auto* note = new FieldNote(group);
    note->say(
        FieldNote::Kind::Explanation,
        generation == 1
            ? tr("The first device with something to boot is taken.")
            : tr("This version has no firmware for machines of generation 2 to boot from devices; "
                 "the order is kept for later."));
    inside->addWidget(note);
    auto* row = new QHBoxLayout;
    order_ = new QListWidget(group);
    order_->setObjectName(QStringLiteral("bootOrder"));
    order_->setAccessibleName(tr("Boot order"));
    order_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    row->addWidget(order_, 1);
    auto* moves = new QVBoxLayout;
    up_ = new QPushButton(tr("Move &Up"), group);
    up_->setObjectName(QStringLiteral("moveUp"));
    down_ = new QPushButton(tr("Move &Down"), group);
    down_->setObjectName(QStringLiteral("moveDown"));
    for (QPushButton* const button : {up_, down_}) {
        button->setAutoDefault(false);
        moves->addWidget(button);
    }
    moves->addStretch(1);
    row->addLayout(moves);
    inside->addLayout(row);
    option_ = new QCheckBox(generation == 1 ? tr("&Num Lock") : tr("Enable &Secure Boot"), group);
    option_->setObjectName(generation == 1 ? QStringLiteral("numLock")
                                           : QStringLiteral("secureBoot"));
    inside->addWidget(option_);
    auto* orderNote = new FieldNote(group);
    inside->addWidget(orderNote);
    column()->addWidget(group);
    connect(order_, &QListWidget::currentRowChanged, this, &FirmwarePage::enableMoves);
    connect(up_, &QPushButton::clicked, this, [this] { move(-1); });
    connect(down_, &QPushButton::clicked, this, [this] { move(1); });
    connect(option_, &QCheckBox::toggled, this, &FirmwarePage::edited);
    refusals().bind("firmware", orderNote, order_);
}

void FirmwarePage::addKernel() {
    auto* group = new QGroupBox(tr("Linux kernel"), this);
    auto* inside = groupColumn(*group);
    bootKernel_ = new QCheckBox(tr("&Boot a Linux kernel directly, without firmware"), group);
    bootKernel_->setObjectName(QStringLiteral("bootKernel"));
    inside->addWidget(bootKernel_);
    auto* form = new Form(kLabelCharacters, group);
    kernelFields_ = form;
    kernel_ = new PathField(PathField::Kind::ExistingFile, QStringLiteral("kernel"), tr("Kernel"),
                            {}, form);
    const Form::Row kernel = form->add(tr("&Kernel:"), kernel_, Form::Width::Wide);
    kernelNote_ = kernel.under;

    auto* disks = new QWidget(form);
    auto* row = new QHBoxLayout(disks);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(7);
    ramDisks_ = new QPlainTextEdit(disks);
    ramDisks_->setTabChangesFocus(true);
    ramDisks_->setObjectName(QStringLiteral("initrd"));
    ramDisks_->setTabChangesFocus(true);
    ramDisks_->setLayoutDirection(Qt::LeftToRight);
    ramDisks_->setLineWrapMode(QPlainTextEdit::NoWrap);
    ramDisks_->setPlaceholderText(tr("One path a line"));
    ramDisks_->setFixedHeight(ramDisks_->fontMetrics().lineSpacing() * kRamDiskLines + 16);
    auto* add = new QPushButton(tr("&Add..."), disks);
    add->setObjectName(QStringLiteral("initrdAdd"));
    add->setAutoDefault(false);
    row->addWidget(ramDisks_, 1);
    row->addWidget(add, 0, Qt::AlignTop);
    disks->setFocusProxy(ramDisks_);
    ramDisks_->setAccessibleName(tr("Initial RAM disks"));
    const Form::Row ram = form->add(tr("Initial &RAM disks:"), disks, Form::Width::Wide);

    commandLine_ = new QLineEdit(form);
    commandLine_->setObjectName(QStringLiteral("commandLine"));
    commandLine_->setLayoutDirection(Qt::LeftToRight);
    const Form::Row line = form->add(tr("&Command line:"), commandLine_, Form::Width::Wide);
    inside->addWidget(form);
    column()->addWidget(group);

    connect(bootKernel_, &QCheckBox::toggled, this, &FirmwarePage::edited);
    connect(kernel_, &PathField::changed, this, &FirmwarePage::edited);
    connect(ramDisks_, &QPlainTextEdit::textChanged, this, &FirmwarePage::edited);
    connect(commandLine_, &QLineEdit::textChanged, this, &FirmwarePage::edited);
    connect(add, &QPushButton::clicked, this, &FirmwarePage::addRamDisk);
    refusals().bind("firmware.kernel", kernel.under, kernel_);
    refusals().bind("firmware.kernel.initialRamDisks", ram.under, ramDisks_);
    refusals().bind("firmware.kernel.commandLine", line.under, commandLine_);
}

void FirmwarePage::addRamDisk() {
    auto* dialog = new QFileDialog(this, tr("Initial RAM disk"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        const QString text = ramDisks_->toPlainText().trimmed();
        ramDisks_->setPlainText(text.isEmpty() ? path : text + QLatin1Char('\n') + path);
    });
    dialog->open();
}

void FirmwarePage::move(int step) {
    const int row = order_->currentRow();
    if (row < 0 || row + step < 0 || row + step >= order_->count())
        return;
    order_->insertItem(row + step, order_->takeItem(row));
    order_->setCurrentRow(row + step);
    edited();
}

void FirmwarePage::enableMoves() {
    const int row = order_->currentRow();
    up_->setEnabled(row > 0);
    down_->setEnabled(row >= 0 && row + 1 < order_->count());
}

QStringList FirmwarePage::ramDisks() const {
    QStringList paths;
    for (const QString& line : ramDisks_->toPlainText().split(QLatin1Char('\n')))
        if (const QString path = expandedPath(line); !path.isEmpty())
            paths << path;
    return paths;
}

QString FirmwarePage::summary() const {
    if (bootKernel_->isChecked())
        return tr("Boot a Linux kernel");
    const QListWidgetItem* const first = order_->item(0);
    return first ? tr("Boot from %1").arg(first->text()) : QString();
}

void FirmwarePage::store(service::MachineSettings& settings) const {
    service::FirmwareSettings& firmware = settings.firmware;
    firmware.bootOrder.clear();
    for (int row = 0; row < order_->count(); ++row)
        firmware.bootOrder.push_back(deviceOf(*order_->item(row)));
    (generation_ == 1 ? firmware.numLock : firmware.secureBoot) = option_->isChecked();
    firmware.kernel.reset();
    if (!bootKernel_->isChecked())
        return;
    service::KernelBoot kernel;
    kernel.path = kernel_->path().toStdString();
    for (const QString& path : ramDisks())
        kernel.initialRamDisks.push_back(path.toStdString());
    kernel.commandLine = commandLine_->text().toStdString();
    firmware.kernel = std::move(kernel);
}

bool FirmwarePage::differs(const service::MachineSettings& before,
                           const service::MachineSettings& after) const {
    return before.firmware != after.firmware;
}

void FirmwarePage::load(const service::MachineDetails& details, const service::HostReply*) {
    const service::FirmwareSettings& firmware = details.settings.firmware;
    std::vector<BootDevice> shown;
    for (int row = 0; row < order_->count(); ++row)
        shown.push_back(deviceOf(*order_->item(row)));
    if (shown != firmware.bootOrder) {
        order_->clear();
        for (const BootDevice device : firmware.bootOrder) {
            auto* item = new QListWidgetItem(deviceText(device), order_);
            item->setData(kDeviceRole, static_cast<int>(device));
        }
        fitAmongFields(*order_);
    }
    option_->setChecked(generation_ == 1 ? firmware.numLock : firmware.secureBoot);
    bootKernel_->setChecked(firmware.kernel.has_value());
    // What was typed is still there when the box is ticked again.
    if (firmware.kernel) {
        kernel_->setPath(fromUtf8(firmware.kernel->path));
        QStringList disks;
        for (const std::string& path : firmware.kernel->initialRamDisks)
            disks << fromUtf8(path);
        if (disks != ramDisks())
            ramDisks_->setPlainText(disks.join(QLatin1Char('\n')));
        const QString line = fromUtf8(firmware.kernel->commandLine);
        if (commandLine_->text() != line)
            commandLine_->setText(line);
    }
    setFrozen(frozenReason(details.summary.state));
    enableMoves();
}

void FirmwarePage::judge() {
    kernelFields_->setEnabled(bootKernel_->isChecked());
    problem_ = bootKernel_->isChecked() && kernel_->path().isEmpty();
    kernelNote_->say(FieldNote::Kind::Problem,
                     problem_ ? tr("Choose the kernel to boot.") : QString());
}

}  // namespace gui
