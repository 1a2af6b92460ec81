// SPDX-License-Identifier: GPL-3.0-or-later
#include "disk_words.h"

#include <QCoreApplication>

#include "gui/connection/text.h"

namespace gui {

namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("gui::disk_words", text);
}

}  // namespace

QString formatText(service::DiskFormat format) {
    switch (format) {
        case service::DiskFormat::Vhdx:
            return QStringLiteral("VHDX");
        case service::DiskFormat::Vhd:
            return QStringLiteral("VHD");
        case service::DiskFormat::Raw:
            return tr("Raw");
    }
    return {};
}

QString typeText(service::DiskType type) {
    switch (type) {
        case service::DiskType::Dynamic:
            return tr("dynamically expanding");
        case service::DiskType::Fixed:
            return tr("fixed size");
        case service::DiskType::Differencing:
            return tr("differencing");
    }
    return {};
}

QString diskLine(const service::DiskInspectReply& disk) {
    const QString line = tr("%1, %2, %3 (%4 on disk)")
                             .arg(formatText(disk.format), typeText(disk.type),
                                  fileSize(disk.sizeBytes), fileSize(disk.fileSizeBytes));
    return disk.parent.empty() ? line : tr("%1, parent %2").arg(line, fromUtf8(disk.parent));
}

}  // namespace gui
