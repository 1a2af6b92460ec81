// SPDX-License-Identifier: GPL-3.0-or-later
#include "disk_words.h"

#include <QCoreApplication>
#include <QDir>

#include "gui/connection/text.h"

namespace gui {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(gui::disk_words)
};

}  // namespace

QString formatText(service::DiskFormat format) {
    switch (format) {
        case service::DiskFormat::Vhdx:
            return QStringLiteral("VHDX");
        case service::DiskFormat::Vhd:
            return QStringLiteral("VHD");
        case service::DiskFormat::Raw:
            return Words::tr("Raw");
    }
    return {};
}

QString typeText(service::DiskType type) {
    switch (type) {
        case service::DiskType::Dynamic:
            return Words::tr("dynamically expanding");
        case service::DiskType::Fixed:
            return Words::tr("fixed size");
        case service::DiskType::Differencing:
            return Words::tr("differencing");
    }
    return {};
}

QString diskLine(const service::DiskInspectReply& disk) {
    const QString line = Words::tr("%1, %2, %3 (%4 on disk)")
                             .arg(formatText(disk.format), typeText(disk.type),
                                  fileSize(disk.sizeBytes), fileSize(disk.fileSizeBytes));
    return disk.parent.empty() ? line : Words::tr("%1, parent %2").arg(line, fromUtf8(disk.parent));
}

QString usualDiskFolder(const std::optional<service::HostReply>& host) {
    return host && !host->disksFolder.empty() ? fromUtf8(host->disksFolder) : homeDiskFolder();
}

QString homeDiskFolder() {
    return QDir::homePath() + QStringLiteral("/Vireo/Virtual Hard Disks");
}

}  // namespace gui
