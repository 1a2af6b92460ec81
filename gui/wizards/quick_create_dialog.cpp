// SPDX-License-Identifier: GPL-3.0-or-later
#include "quick_create_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/appearance/banner.h"
#include "gui/appearance/pane_header.h"
#include "gui/connection/text.h"
#include "gui/fields/path_field.h"
#include "wizard_head.h"

namespace gui {

using namespace service;  // NOLINT: what is asked of it

namespace {

constexpr int kMegabyte = 20;
constexpr int kLabelCharacters = 20;

bool isTaken(const MachineStore& store, const QString& name) {
    return std::ranges::any_of(store.machines(), [&](const auto& known) {
        return fromUtf8(known.second.summary.name) == name;
    });
}

}  // namespace

QuickCreateDialog::QuickCreateDialog(MachineStore& store, QWidget* parent)
    : QDialog(parent), store_(store) {
    setWindowTitle(tr("Create Virtual Machine"));
    build();
    chooseInstalled();
    judge();
    name_->selectAll();
    name_->setFocus();
}

void QuickCreateDialog::build() {
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    auto* head = new WizardHead(QStringLiteral("quick-create"), this);
    head->setTitle(tr("Quick Create"));
    whole->addWidget(head);
    banner_ = new Banner(this);
    whole->addWidget(banner_);

    auto* form = new Form(kLabelCharacters, this);
    form->setContentsMargins(24, 18, 24, 18);
    QString name = tr("New Virtual Machine");
    for (int number = 2; isTaken(store_, name); ++number)
        name = tr("New Virtual Machine %1").arg(number);
    name_ = new QLineEdit(name, form);
    name_->setObjectName(QStringLiteral("name"));
    nameNote_ = form->add(tr("N&ame:"), name_, Form::Width::Wide).under;
    memory_ = new QSpinBox(form);
    memory_->setObjectName(QStringLiteral("memory"));
    const std::uint64_t most = store_.host() ? store_.host()->memoryBytes : kMaximumMemory;
    memory_->setRange(static_cast<int>(kMinimumMemory >> kMegabyte),
                      static_cast<int>(most >> kMegabyte));
    memory_->setValue(1'024);
    const Form::Row memory = form->add(tr("&Memory:"), memory_);
    memory.beside->say(FieldNote::Kind::Explanation, tr("MB"));
    processors_ = new QSpinBox(form);
    processors_->setObjectName(QStringLiteral("processors"));
    processors_->setRange(1, static_cast<int>(kMaximumProcessors));
    const Form::Row processors = form->add(tr("Virtual &processors:"), processors_);
    installed_ = new QComboBox(form);
    installed_->setObjectName(QStringLiteral("installed"));
    const Form::Row installed = form->add(tr("Linux &system:"), installed_, Form::Width::Wide);
    installed.under->say(FieldNote::Kind::Explanation,
                         tr("A kernel of this computer, or one of your own."));
    kernel_ = new PathField(PathField::Kind::ExistingFile, QStringLiteral("kernel"), tr("Kernel"),
                            {}, form);
    kernelNote_ = form->add(tr("&Kernel:"), kernel_, Form::Width::Wide).under;
    ramDisk_ = new PathField(PathField::Kind::ExistingFile, QStringLiteral("initrd"),
                             tr("Initial RAM disk"), {}, form);
    const Form::Row ramDisk = form->add(tr("Initial &RAM disk:"), ramDisk_, Form::Width::Wide);
    commandLine_ = new QLineEdit(QStringLiteral("console=ttyS0"), form);
    commandLine_->setObjectName(QStringLiteral("commandLine"));
    commandLine_->setLayoutDirection(Qt::LeftToRight);
    const Form::Row line = form->add(tr("Command &line:"), commandLine_, Form::Width::Wide);
    start_ = new QCheckBox(tr("S&tart the machine at once"), form);
    start_->setObjectName(QStringLiteral("start"));
    start_->setChecked(true);
    form->addUnlabelled(start_);
    whole->addWidget(form);
    whole->addStretch(1);
    whole->addWidget(new Separator(Qt::Horizontal, this));

    auto* buttons = new QHBoxLayout;
    buttons->setContentsMargins(14, 10, 14, 10);
    buttons->setSpacing(8);
    buttons->addStretch(1);
    create_ = new QPushButton(tr("&Create"), this);
    create_->setObjectName(QStringLiteral("create"));
    create_->setDefault(true);
    cancel_ = new QPushButton(tr("Cancel"), this);
    cancel_->setObjectName(QStringLiteral("cancel"));
    cancel_->setAutoDefault(false);
    buttons->addWidget(create_);
    buttons->addWidget(cancel_);
    whole->addLayout(buttons);
    resize(640, sizeHint().height());

    refusals_.bind("name", nameNote_, name_);
    refusals_.bind("memory", memory.under, memory_);
    refusals_.bind("processor", processors.under, processors_);
    refusals_.bind("firmware.kernel", kernelNote_, kernel_);
    refusals_.bind("firmware.kernel.initialRamDisks", ramDisk.under, ramDisk_);
    refusals_.bind("firmware.kernel.commandLine", line.under, commandLine_);
    connect(name_, &QLineEdit::textChanged, this, &QuickCreateDialog::judge);
    connect(kernel_, &PathField::changed, this, &QuickCreateDialog::judge);
    connect(create_, &QPushButton::clicked, this, &QuickCreateDialog::create);
    connect(cancel_, &QPushButton::clicked, this, &QDialog::reject);
}

void QuickCreateDialog::chooseInstalled() {
    const QDir boot(QStringLiteral("/boot"));
    for (const QString& name :
         boot.entryList({QStringLiteral("vmlinuz-*")}, QDir::Files | QDir::Readable, QDir::Time))
        installed_->addItem(tr("Linux %1 of this computer").arg(name.mid(8)), name.mid(8));
    installed_->addItem(tr("Another kernel"));
    const auto choose = [this, boot] {
        const QString version = installed_->currentData().toString();
        if (version.isEmpty())
            return;
        kernel_->setPath(boot.filePath(QStringLiteral("vmlinuz-") + version));
        const QString disk = boot.filePath(QStringLiteral("initrd.img-") + version);
        ramDisk_->setPath(QFileInfo::exists(disk) ? disk : QString());
    };
    connect(installed_, &QComboBox::activated, this, choose);
    choose();
}

void QuickCreateDialog::judge() {
    refusals_.clear();
    QString problem;
    if (name_->text().isEmpty())
        problem = tr("A machine needs a name.");
    else if (isTaken(store_, name_->text()))
        problem = tr("There is a machine with this name already.");
    nameNote_->say(FieldNote::Kind::Problem, problem);
    const bool noKernel = kernel_->path().isEmpty();
    kernelNote_->say(FieldNote::Kind::Explanation,
                     noKernel ? tr("Choose the kernel to boot.") : QString());
    create_->setEnabled(!busy_ && !made_ && problem.isEmpty() && !noKernel);
}

MachineSettings QuickCreateDialog::entered() const {
    MachineSettings settings;
    settings.name = name_->text().toStdString();
    settings.processor.count = static_cast<std::uint32_t>(processors_->value());
    settings.memory.startupBytes = static_cast<std::uint64_t>(memory_->value()) << kMegabyte;
    settings.memory.minimumBytes =
        std::min(settings.memory.minimumBytes, settings.memory.startupBytes);
    KernelBoot kernel;
    kernel.path = kernel_->path().toStdString();
    if (!ramDisk_->path().isEmpty())
        kernel.initialRamDisks.push_back(ramDisk_->path().toStdString());
    kernel.commandLine = commandLine_->text().toStdString();
    settings.firmware.kernel = std::move(kernel);
    return settings;
}

void QuickCreateDialog::setBusy(bool busy) {
    busy_ = busy;
    create_->setEnabled(!busy && !made_);
}

void QuickCreateDialog::create() {
    banner_->clear();
    setBusy(true);
    store_.connection().call<MachineCreateMethod>(
        {entered(), std::nullopt}, this, [this](RpcResult<MachineReply> reply) {
            if (!reply)
                return fail(reply.error());
            made_ = true;
            const std::string id = reply->machine.settings.id;
            emit created(id);
            if (start_->isChecked())
                start(id);
            else
                accept();
        });
}

void QuickCreateDialog::start(const std::string& id) {
    store_.connection().call<MachineStartMethod>(
        {id}, this, [this](RpcResult<MachineStartReply> reply) {
            if (reply)
                return accept();
            setBusy(false);
            cancel_->setText(tr("Close"));
            banner_->say(Banner::Kind::Warning,
                         tr("The machine was made, but it can't be started. %1")
                             .arg(errorLine(reply.error())));
        });
}

void QuickCreateDialog::fail(const RpcError& error) {
    setBusy(false);
    const QString text = errorLine(error);
    if (error.data.field.empty() || !refusals_.show(error.data.field, text))
        banner_->say(Banner::Kind::Error, text);
}

}  // namespace gui
