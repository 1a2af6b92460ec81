// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QProcess>
#include <QString>

namespace tests {

/// A folder of this host by HTTP on 127.0.0.1, for guests that reach that: Python's server.
class FileServer {
  public:
    explicit FileServer(const QString& folder);
    ~FileServer();
    FileServer(const FileServer&) = delete;
    FileServer& operator=(const FileServer&) = delete;

    /// 0 where it does not run.
    [[nodiscard]] quint16 port() const { return port_; }
    /// What it has said of requests so far, a line each.
    [[nodiscard]] const QByteArray& requests();

  private:
    QProcess process_;
    QByteArray said_;
    quint16 port_ = 0;
};

}  // namespace tests
