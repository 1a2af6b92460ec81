// SPDX-License-Identifier: GPL-3.0-or-later
#include "guest_shell.h"

namespace tests {

bool GuestShell::begin() {
    // In two pieces, so that what is typed is not taken for the answer.
    machine_.type("PS1=; stty -echo; echo \"@@\"quiet\n");
    return machine_.waitFor("@@quiet\n", std::chrono::seconds(60)) == GuestMachine::Seen::text;
}

GuestShell::Ran GuestShell::run(const QByteArray& commands, std::chrono::milliseconds silence) {
    const QByteArray end = "@@end" + QByteArray::number(++count_) + " ";
    const qsizetype from = machine_.output().size();
    machine_.type(commands + "\nstatus=$?; echo; echo \"" + end + "$status.\"\n");
    Ran ran;
    if (machine_.waitFor(end, silence) != GuestMachine::Seen::text ||
        machine_.waitFor(".", silence) != GuestMachine::Seen::text) {
        ran.output = machine_.output().mid(from);
        return ran;
    }
    const QByteArray said = machine_.output().mid(from);
    const qsizetype at = said.lastIndexOf(end);
    ran.output = said.left(at).trimmed();
    ran.status = said.mid(at + end.size()).split('.').front().toInt();
    return ran;
}

}  // namespace tests
