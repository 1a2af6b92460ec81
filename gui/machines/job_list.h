// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <map>

#include "gui/connection/service_connection.h"

class QLabel;
class QProgressBar;
class QToolButton;

namespace gui {

/// The running job in the status bar, with its progress and a button that cancels it; how many
/// others there are; for a while, why one failed.
class JobList final : public QWidget {
    Q_OBJECT

  public:
    explicit JobList(ServiceConnection& connection, QWidget* parent = nullptr);

  signals:
    void failed(const QString& problem);

  private:
    void load();
    void take(const service::Job& job);
    void display();

    ServiceConnection& connection_;
    std::map<std::uint64_t, service::Job> running_;
    QLabel* title_;
    QProgressBar* progress_;
    QToolButton* cancel_;
};

}  // namespace gui
