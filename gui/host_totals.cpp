// SPDX-License-Identifier: GPL-3.0-or-later
#include "host_totals.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <chrono>

namespace gui {

namespace {

using namespace std::chrono_literals;

constexpr auto kBurst = 100ms;

}  // namespace

HostTotals::HostTotals(MachineStore& store, QWidget* parent) : QWidget(parent), store_(store) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    for (QLabel** label : {&machines_, &reserved_, &memory_}) {
        *label = new QLabel(this);
        (*label)->setContentsMargins(6, 0, 14, 0);
        row->addWidget(*label);
    }
    for (const auto signal : {&MachineStore::replaced, &MachineStore::hostChanged})
        connect(&store, signal, this, &HostTotals::display);
    for (const auto signal : {&MachineStore::added, &MachineStore::removed, &MachineStore::changed})
        connect(&store, signal, this, [this] {
            if (!soon_.isActive())
                soon_.start();
        });
    soon_.setSingleShot(true);
    soon_.setInterval(kBurst);
    connect(&soon_, &QTimer::timeout, this, &HostTotals::display);
    display();
}

void HostTotals::display() {
    int running = 0;
    std::uint64_t assigned = 0;
    for (const auto& [id, machine] : store_.machines()) {
        running += machine.summary.state == service::MachineState::Running ? 1 : 0;
        assigned += machine.summary.assignedMemoryBytes;
    }
    const std::size_t count = store_.machines().size();
    machines_->setText(count == 1 ? tr("1 machine, %1 running").arg(running)
                                  : tr("%1 machines, %2 running").arg(count).arg(running));
    if (!store_.host()) {
        reserved_->clear();
        memory_->clear();
        return;
    }
    const service::HostReply& host = *store_.host();
    const QLocale locale;
    reserved_->setText(
        tr("Processors reserved: %1 of %2")
            .arg(locale.toString(host.reservedPercent * host.logicalProcessors / 100, 'f', 1),
                 locale.toString(host.logicalProcessors)));
    const auto gigabytes = [&](std::uint64_t bytes) {
        return locale.toString(static_cast<double>(bytes) / (1U << 30U), 'f', 1);
    };
    memory_->setText(
        tr("Memory: %1 of %2 GB").arg(gigabytes(assigned), gigabytes(host.memoryBytes)));
}

}  // namespace gui
