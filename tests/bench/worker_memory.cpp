// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker_memory.h"

#include <unistd.h>

#include <QDir>
#include <QFile>
#include <QList>

namespace tests {

std::vector<qint64> family(qint64 process) {
    std::vector<qint64> members = {process};
    for (std::size_t each = 0; each < members.size(); ++each) {
        const QString tasks = QStringLiteral("/proc/%1/task").arg(members[each]);
        for (const QString& task : QDir(tasks).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
            QFile children(tasks + '/' + task + QStringLiteral("/children"));
            if (!children.open(QIODevice::ReadOnly))
                continue;
            for (const QByteArray& child : children.readAll().simplified().split(' '))
                if (!child.isEmpty())
                    members.push_back(child.toLongLong());
        }
    }
    return members;
}

double processorTime(qint64 process) {
    double ticks = 0;
    for (const qint64 one : family(process)) {
        QFile file(QStringLiteral("/proc/%1/stat").arg(one));
        if (!file.open(QIODevice::ReadOnly))
            continue;
        // Behind the name, which may have spaces.
        const QByteArray line = file.readAll();
        const auto words = line.mid(line.lastIndexOf(')') + 2).split(' ');
        ticks += words.value(11).toDouble() + words.value(12).toDouble();
    }
    return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

ResidentMemory residentMemory(qint64 process) {
    ResidentMemory memory;
    QFile smaps(QStringLiteral("/proc/%1/smaps").arg(process));
    if (!smaps.open(QIODevice::ReadOnly))
        return memory;
    bool guestRam = false;
    for (const QByteArray& line : smaps.readAll().split('\n')) {
        const qsizetype firstSpace = line.indexOf(' ');
        // A mapping's head starts with its addresses, its figures with a name and a colon.
        if (firstSpace > 0 && line[firstSpace - 1] != ':') {
            guestRam = line.contains("guest-ram");
        } else if (line.startsWith("Rss:")) {
            const qint64 size = line.mid(4).simplified().split(' ').first().toLongLong();
            (guestRam ? memory.guest : memory.rest) += size;
        }
    }
    return memory;
}

}  // namespace tests
