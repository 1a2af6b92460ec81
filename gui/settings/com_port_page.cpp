// SPDX-License-Identifier: GPL-3.0-or-later
#include "com_port_page.h"

#include <QVBoxLayout>

#include "gui/fields/choice_list.h"

namespace gui {

namespace {

enum Wiring : int { Nothing, Console };

bool hasConsole(const service::MachineSettings& settings, std::size_t index) {
    return index < settings.comPorts.size() && settings.comPorts[index].console;
}

}  // namespace

ComPortPage::ComPortPage(std::size_t index, QWidget* parent)
    : SettingsPage(tr("COM %1").arg(index + 1), QStringLiteral("com-port"),
                   tr("What the machine's serial port is connected to."), parent),
      index_(index),
      connection_(new ChoiceList(this)) {
    connection_->add(Nothing, QStringLiteral("none"), tr("&None"));
    connection_->add(
        Console, QStringLiteral("console"), tr("&Console"),
        tr("A terminal in Virtual Machine Connection, which keeps what was said before "
           "one looks."));
    column()->addWidget(connection_);
    auto* note = new FieldNote(this);
    column()->addWidget(note);
    refusals().bind("comPorts", note, connection_);
    connect(connection_, &ChoiceList::changed, this, &ComPortPage::edited);
}

QString ComPortPage::summary() const {
    return connection_->choice() == Console ? tr("Console") : tr("None");
}

void ComPortPage::store(service::MachineSettings& settings) const {
    const bool console = connection_->choice() == Console;
    if (settings.comPorts.size() <= index_) {
        if (!console)
            return;
        settings.comPorts.resize(index_ + 1, {false});
    }
    settings.comPorts[index_].console = console;
}

bool ComPortPage::differs(const service::MachineSettings& before,
                          const service::MachineSettings& after) const {
    return hasConsole(before, index_) != hasConsole(after, index_);
}

void ComPortPage::load(const service::MachineDetails& details, const service::HostReply*) {
    connection_->setChoice(hasConsole(details.settings, index_) ? Console : Nothing);
    setFrozen(frozenReason(details.summary.state));
}

}  // namespace gui
