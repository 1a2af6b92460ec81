// SPDX-License-Identifier: GPL-3.0-or-later
#include "memory_page.h"

#include <QCheckBox>
#include <QGroupBox>
#include <QSpinBox>
#include <QVBoxLayout>

#include "gui/connection/text.h"

namespace gui {

namespace {

constexpr int kLabelCharacters = 30;
constexpr int kMegabyte = 20;

QSpinBox* megabytesField(const char* name, QWidget* parent) {
    auto* field = new QSpinBox(parent);
    field->setObjectName(QLatin1String(name));
    field->setRange(static_cast<int>(service::kMinimumMemory >> kMegabyte),
                    static_cast<int>(service::kMaximumMemory >> kMegabyte));
    field->setAccelerated(true);
    return field;
}

std::uint64_t bytesOf(const QSpinBox& field) {
    return static_cast<std::uint64_t>(field.value()) << kMegabyte;
}

int megabytesOf(std::uint64_t bytes) {
    return static_cast<int>(bytes >> kMegabyte);
}

}  // namespace

MemoryPage::MemoryPage(QWidget* parent)
    : SettingsPage(tr("Memory"), QStringLiteral("memory"),
                   tr("How much of the server's memory this machine has."), parent) {
    frozenNote_ = new FieldNote(this);
    column()->addWidget(frozenNote_);
    auto* form = new Form(kLabelCharacters + 2, this);
    startup_ = megabytesField("memory", form);
    const Form::Row startup = form->add(tr("&Startup memory:"), startup_);
    startup.beside->say(FieldNote::Kind::Explanation, tr("MB"));
    startupNote_ = startup.under;
    column()->addWidget(form);

    auto* group = new QGroupBox(tr("Dynamic Memory"), this);
    auto* inside = groupColumn(*group);
    auto* kept = new FieldNote(group);
    kept->say(FieldNote::Kind::Explanation,
              tr("A guest with the driver for it gives memory back that it does not need, down to "
                 "the minimum, and gets more than at its start, up to the maximum."));
    inside->addWidget(kept);
    dynamic_ = new QCheckBox(tr("&Enable Dynamic Memory"), group);
    dynamic_->setObjectName(QStringLiteral("dynamic"));
    inside->addWidget(dynamic_);
    auto* bounds = new Form(kLabelCharacters, group);
    bounds_ = bounds;
    minimum_ = megabytesField("minimum", bounds);
    const Form::Row minimum = bounds->add(tr("Mi&nimum memory:"), minimum_);
    minimum.beside->say(FieldNote::Kind::Explanation, tr("MB"));
    maximum_ = megabytesField("maximum", bounds);
    const Form::Row maximum = bounds->add(tr("Ma&ximum memory:"), maximum_);
    maximum.beside->say(FieldNote::Kind::Explanation, tr("MB"));
    buffer_ = new QSpinBox(bounds);
    buffer_->setObjectName(QStringLiteral("buffer"));
    buffer_->setRange(5, 2'000);
    const Form::Row buffer = bounds->add(tr("Memory &buffer (percentage):"), buffer_);
    buffer.beside->say(FieldNote::Kind::Explanation, tr("kept free beyond what the guest uses"));
    weight_ = new QSpinBox(bounds);
    weight_->setObjectName(QStringLiteral("memoryWeight"));
    weight_->setRange(0, 10'000);
    weight_->setAccelerated(true);
    const Form::Row weight = bounds->add(tr("Memory &weight:"), weight_);
    weight.beside->say(FieldNote::Kind::Explanation, tr("against other machines, 0 to 10000"));
    inside->addWidget(bounds);
    column()->addWidget(group);
    for (QSpinBox* const field : {startup_, minimum_, maximum_, buffer_, weight_}) {
        field->setFixedWidth(maximum_->sizeHint().width());
        connect(field, &QSpinBox::valueChanged, this, &MemoryPage::edited);
    }
    connect(dynamic_, &QCheckBox::toggled, this, &MemoryPage::edited);
    refusals().bind("memory.startupBytes", startup.under, startup_);
    refusals().bind("memory.minimumBytes", minimum.under, minimum_);
    refusals().bind("memory.maximumBytes", maximum.under, maximum_);
    refusals().bind("memory.bufferPercent", buffer.under, buffer_);
    refusals().bind("memory.weight", weight.under, weight_);
}

QString MemoryPage::summary() const {
    return tr("%1 MB").arg(startup_->value());
}

service::MemorySettings MemoryPage::entered() const {
    service::MemorySettings memory;
    memory.startupBytes = bytesOf(*startup_);
    memory.dynamic = dynamic_->isChecked();
    memory.minimumBytes = bytesOf(*minimum_);
    memory.maximumBytes = bytesOf(*maximum_);
    memory.bufferPercent = static_cast<std::uint32_t>(buffer_->value());
    memory.weight = static_cast<std::uint32_t>(weight_->value());
    return memory;
}

void MemoryPage::store(service::MachineSettings& settings) const {
    settings.memory = entered();
}

bool MemoryPage::differs(const service::MachineSettings& before,
                         const service::MachineSettings& after) const {
    return before.memory != after.memory;
}

void MemoryPage::load(const service::MachineDetails& details, const service::HostReply* host) {
    const service::MemorySettings& memory = details.settings.memory;
    hostMemory_ = host ? host->memoryBytes : 0;
    setValue(*startup_, megabytesOf(memory.startupBytes));
    dynamic_->setChecked(memory.dynamic);
    setValue(*minimum_, megabytesOf(memory.minimumBytes));
    setValue(*maximum_, megabytesOf(memory.maximumBytes));
    setValue(*buffer_, static_cast<int>(memory.bufferPercent));
    setValue(*weight_, static_cast<int>(memory.weight));
    const QString frozen = frozenReason(details.summary.state);
    isFrozen_ = !frozen.isEmpty();
    setFrozen(memory.dynamic ? QString() : frozen);
    frozenNote_->say(FieldNote::Kind::Explanation,
                     isFrozen_ && memory.dynamic
                         ? tr("While the machine runs, the minimum can become less, and buffer and "
                              "weight can change.")
                         : QString());
}

void MemoryPage::judge() {
    startup_->setEnabled(!isFrozen_);
    dynamic_->setEnabled(!isFrozen_);
    maximum_->setEnabled(!isFrozen_);
    bounds_->setEnabled(dynamic_->isChecked());
    const service::MemorySettings memory = entered();
    problem_ = memory.dynamic && (memory.minimumBytes > memory.startupBytes ||
                                  memory.startupBytes > memory.maximumBytes);
    if (problem_)
        startupNote_->say(FieldNote::Kind::Problem,
                          tr("Startup memory must be between the minimum and the maximum."));
    else if (hostMemory_ != 0 && memory.startupBytes > hostMemory_)
        startupNote_->say(
            FieldNote::Kind::Warning,
            tr("This server has %1: the machine would not start.").arg(megabytes(hostMemory_)));
    else
        startupNote_->clear();
}

}  // namespace gui
