// SPDX-License-Identifier: GPL-3.0-or-later
#include "assign_memory_page.h"

#include <QCheckBox>
#include <QSpinBox>
#include <QVBoxLayout>

#include "gui/connection/text.h"

namespace gui {

namespace {

constexpr int kMegabyte = 20;
constexpr int kLeast = 32;
constexpr int kUsual = 1'024;

}  // namespace

AssignMemoryPage::AssignMemoryPage(QWidget* parent)
    : NewMachinePage(tr("Assign Memory"), {}, parent) {
    explain(
        tr("How much memory the machine has when it starts. More than the least that its "
           "operating system wants makes it faster."));
    auto* form = new Form(18, this);
    memory_ = new QSpinBox(form);
    memory_->setObjectName(QStringLiteral("memory"));
    memory_->setRange(kLeast, static_cast<int>(service::kMaximumMemory >> kMegabyte));
    memory_->setValue(kUsual);
    memory_->setAccelerated(true);
    notes_ = form->add(tr("Startup &memory:"), memory_);
    notes_.beside->say(FieldNote::Kind::Explanation, tr("MB"));
    column()->addWidget(form);
    dynamic_ = new QCheckBox(tr("Use &Dynamic Memory for this virtual machine"), this);
    dynamic_->setObjectName(QStringLiteral("dynamic"));
    column()->addWidget(dynamic_);
    auto* later = new FieldNote(this);
    later->say(FieldNote::Kind::Explanation,
               tr("A guest with the driver for it gives memory back that it does not need."));
    column()->addWidget(later);
    connect(memory_, &QSpinBox::valueChanged, this, &AssignMemoryPage::edited);
    connect(dynamic_, &QCheckBox::toggled, this, &AssignMemoryPage::edited);
    refusals().bind("memory", notes_.under, memory_);
}

void AssignMemoryPage::follow(const NewMachine&, const MachineStore& store) {
    if (!store.host() || hostMegabytes_ != 0)
        return;
    hostMegabytes_ = static_cast<int>(store.host()->memoryBytes >> kMegabyte);
    notes_.beside->say(FieldNote::Kind::Explanation,
                       tr("MB, from %1 to this server's %2").arg(kLeast).arg(hostMegabytes_));
    judge();
}

void AssignMemoryPage::store(NewMachine& machine) const {
    service::MemorySettings& memory = machine.settings.memory;
    memory.startupBytes = static_cast<std::uint64_t>(memory_->value()) << kMegabyte;
    memory.dynamic = dynamic_->isChecked();
    memory.minimumBytes = std::min(memory.startupBytes, service::MemorySettings{}.minimumBytes);
}

void AssignMemoryPage::judge() {
    valid_ = hostMegabytes_ == 0 || memory_->value() <= hostMegabytes_;
    notes_.under->say(
        FieldNote::Kind::Problem,
        valid_ ? QString() : tr("This server has %1 MB of memory.").arg(hostMegabytes_));
}

}  // namespace gui
