// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QTimer>

#include "service_connection.h"

class QProcess;

namespace gui {

/// Starts the service that a connection is looking for: the host's by systemd, which asks for the
/// right to do so, the user's own by systemd if it has a unit for it, else as a process that
/// outlives this one. Nothing here waits.
///
/// Thread safety: the GUI's thread.
class ServiceStarter final : public QObject {
    Q_OBJECT

  public:
    explicit ServiceStarter(ServiceConnection& connection, QObject* parent = nullptr);

    /// Whether there is none, and it is one that this can start.
    [[nodiscard]] bool canStart() const;
    [[nodiscard]] bool isStarting() const { return isStarting_; }
    /// Why the last start has led to nothing; empty: it has not.
    [[nodiscard]] QString problem() const { return problem_; }

    void start();

  signals:
    void changed();

  private:
    void startBySystemd(const QStringList& scope);
    /// `vireod --session`, which looks for its folders as this process does.
    void startProcess();
    void launched();
    void fail(const QString& problem);
    void end(const QString& problem);

    ServiceConnection& connection_;
    bool isStarting_ = false;
    QString problem_;
    QTimer patience_;
};

}  // namespace gui
