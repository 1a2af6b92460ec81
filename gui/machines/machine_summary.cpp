// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_summary.h"

#include <QFormLayout>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/appearance/colours.h"
#include "gui/connection/text.h"
#include "screen_thumbnail.h"

namespace gui {

using namespace service;  // NOLINT: what is shown

FactSheet::FactSheet(QWidget* parent) : QScrollArea(parent) {
    setFrameShape(NoFrame);
    setWidgetResizable(true);
    auto* sheet = new QWidget(this);
    sheet->setBackgroundRole(QPalette::Base);
    setBackgroundRole(QPalette::Base);
    row_ = new QHBoxLayout(sheet);
    row_->setContentsMargins(12, 10, 12, 10);
    row_->setSpacing(16);
    auto* column = new QVBoxLayout;
    row_->addLayout(column, 1);
    empty_ = new QLabel(sheet);
    empty_->setWordWrap(true);
    column->addWidget(empty_);
    form_ = new QFormLayout;
    form_->setHorizontalSpacing(24);
    form_->setVerticalSpacing(6);
    form_->setLabelAlignment(Qt::AlignLeading);
    column->addLayout(form_);
    column->addStretch(1);
    setWidget(sheet);
}

void FactSheet::setFacts(const std::vector<Fact>& facts, const QString& empty) {
    std::vector<QString> names;
    for (const Fact& fact : facts)
        names.push_back(fact.name);
    // The same facts again: only values change, and what is selected in others stays.
    if (names != names_) {
        while (form_->rowCount() > 0)
            form_->removeRow(0);
        values_.clear();
        for (const Fact& fact : facts) {
            auto* value = new QLabel(widget());
            value->setTextFormat(Qt::PlainText);
            value->setTextInteractionFlags(Qt::TextSelectableByMouse |
                                           Qt::TextSelectableByKeyboard);
            value->setWordWrap(true);
            value->setAccessibleName(fact.name);
            auto* name = new QLabel(fact.name, widget());
            name->setForegroundRole(QPalette::PlaceholderText);
            form_->addRow(name, value);
            values_.push_back(value);
        }
        names_ = std::move(names);
    }
    for (std::size_t at = 0; at < facts.size(); ++at)
        if (values_[at]->text() != facts[at].value)
            values_[at]->setText(facts[at].value);
    empty_->setText(empty);
    empty_->setVisible(facts.empty() && !empty.isEmpty());
    fit();
}

void FactSheet::setPicture(QWidget* picture) {
    row_->insertWidget(0, picture, 0, Qt::AlignTop);
}

void FactSheet::resizeEvent(QResizeEvent* event) {
    QScrollArea::resizeEvent(event);
    fit();
}

void FactSheet::fit() {
    QLayout* const layout = widget()->layout();
    layout->activate();
    widget()->setMinimumHeight(std::max(0, layout->totalHeightForWidth(viewport()->width())));
}

MachineSummaryPages::MachineSummaryPages(MachineStore& store, QWidget* parent)
    : QObject(parent),
      store_(store),
      summary_(new FactSheet(parent)),
      memory_(new FactSheet(parent)),
      networking_(new FactSheet(parent)),
      storage_(new FactSheet(parent)) {
    summary_->setObjectName(QStringLiteral("summary"));
    thumbnail_ = new ScreenThumbnail(store, summary_->widget());
    summary_->setPicture(thumbnail_);
    connect(&store, &MachineStore::changed, this, [this](const std::string& id) {
        if (id == id_)
            load();
    });
    connect(&store, &MachineStore::replaced, this, &MachineSummaryPages::load);
    connect(&store, &MachineStore::usageChanged, this, [this] {
        if (!id_.empty() && (summary_->isVisible() || memory_->isVisible()))
            display();
    });
}

void MachineSummaryPages::setMachine(const std::string& id) {
    if (id == id_)
        return;
    id_ = id;
    details_.reset();
    thumbnail_->setMachine(id);
    display();
    load();
}

void MachineSummaryPages::load() {
    const KnownMachine* const machine = store_.find(id_);
    if (!machine || machine->summary.unreadable)
        return display();
    store_.connection().call<MachineGetMethod>({id_}, this,
                                               [this, asked = id_](RpcResult<MachineReply> reply) {
                                                   if (!reply || asked != id_)
                                                       return;
                                                   details_ = std::move(reply->machine);
                                                   display();
                                               });
}

namespace {

/// What the guest says that it is.
QString guestSystem(const std::optional<service::MachineDetails>& details, const QString& none) {
    if (!details || !details->guest)
        return none;
    QStringList words;
    for (const char* const wanted : {"OSName", "OSVersion"})
        for (const service::GuestItem& item : details->guest->items)
            if (item.name == wanted && !item.value.empty())
                words += fromUtf8(item.value);
    return words.isEmpty() ? none : words.join(QLatin1Char(' '));
}

}  // namespace

void MachineSummaryPages::display() {
    const KnownMachine* const machine = store_.find(id_);
    std::vector<FactSheet::Fact> summary;
    std::vector<FactSheet::Fact> memory;
    std::vector<FactSheet::Fact> networking;
    std::vector<FactSheet::Fact> storage;
    QString empty = tr("No machine is selected.");
    if (machine && machine->summary.unreadable) {
        empty = tr("The folder %1 can't be read: %2")
                    .arg(fromUtf8(machine->summary.folder), fromUtf8(machine->summary.status));
    } else if (machine) {
        const service::MachineSummary& now = machine->summary;
        const bool active = isActive(now.state);
        const QString none = tr("None");
        summary = {
            {tr("State"), stateText(now.state)},
            {tr("Created"), dateAndTime(now.created * 1000)},
            {tr("Generation"), QString::number(now.generation)},
            {tr("Configuration version"),
             details_ ? QString::number(details_->settings.version) : QString()},
            {tr("Processors"), QString::number(now.processor.count)},
            {tr("Uptime"), active ? uptime(now.uptimeSeconds) : none},
            {tr("Heartbeat"), active && now.heartbeat ? heartbeatText(*now.heartbeat) : none},
            {tr("Operating system"), guestSystem(details_, none)},
            {tr("Backend"),
             details_ && details_->runningBackend
                 ? (*details_->runningBackend == BackendChoice::Kvm ? tr("KVM") : tr("Software"))
                 : none},
            {tr("Notes"), now.notes.empty() ? none : fromUtf8(now.notes)},
            {tr("Folder"), fromUtf8(now.folder)}};
        memory = {{tr("Startup memory"), megabytes(now.startupMemoryBytes)},
                  {tr("Assigned memory"), active ? megabytes(now.assignedMemoryBytes) : none},
                  {tr("Memory demand"),
                   active && now.memoryDemandBytes != 0 ? megabytes(now.memoryDemandBytes) : none}};
        if (details_) {
            const MachineSettings& settings = details_->settings;
            memory.push_back(
                {tr("Dynamic memory"), settings.memory.dynamic
                                           ? tr("%1 to %2")
                                                 .arg(megabytes(settings.memory.minimumBytes),
                                                      megabytes(settings.memory.maximumBytes))
                                           : tr("Off")});
            for (const NetworkAdapter& adapter : settings.networkAdapters)
                networking.push_back(
                    {fromUtf8(adapter.name),
                     tr("%1, %2").arg(fromUtf8(adapter.macAddress),
                                      adapter.switchName.empty() ? tr("not connected")
                                                                 : fromUtf8(adapter.switchName))});
            for (const Drive& drive : settings.drives)
                storage.push_back(
                    {tr("%1 %2, location %3")
                         .arg(drive.controller == ControllerKind::Ide ? tr("IDE") : tr("SCSI"),
                              QString::number(drive.controllerNumber),
                              QString::number(drive.location)),
                     drive.path.empty() ? none : fromUtf8(drive.path)});
        }
        empty.clear();
    }
    summary_->setFacts(summary, empty);
    memory_->setFacts(memory, empty);
    networking_->setFacts(
        networking, machine && empty.isEmpty() ? tr("The machine has no network adapter.") : empty);
    storage_->setFacts(storage,
                       machine && empty.isEmpty() ? tr("The machine has no drives.") : empty);
}

}  // namespace gui
