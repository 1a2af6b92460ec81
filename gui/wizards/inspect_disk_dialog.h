// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

#include "gui/connection/service_connection.h"

class QFormLayout;

namespace gui {

class Banner;
class PathField;

/// What a disk image says of itself.
class InspectDiskDialog final : public QDialog {
    Q_OBJECT

  public:
    explicit InspectDiskDialog(ServiceConnection& connection, QWidget* parent = nullptr);

    /// Otherwise it is asked for.
    void setPath(const QString& path);

  private:
    void clear();
    void tell(const service::DiskInspectReply& disk);
    void add(const QString& name, const QString& value);

    Banner* banner_;
    PathField* path_;
    QFormLayout* form_;
};

}  // namespace gui
