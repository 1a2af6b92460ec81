// SPDX-License-Identifier: GPL-3.0-or-later
#include "file_server.h"

#include <QRegularExpression>

namespace tests {

FileServer::FileServer(const QString& folder) {
    process_.setProcessChannelMode(QProcess::MergedChannels);
    process_.start(QStringLiteral("python3"),
                   {"-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", folder, "0"});
    static const QRegularExpression kPort(QStringLiteral("127\\.0\\.0\\.1 port (\\d+)"));
    while (port_ == 0 && process_.waitForReadyRead(30'000))
        port_ = kPort.match(QString::fromUtf8(requests())).captured(1).toUShort();
}

FileServer::~FileServer() {
    process_.kill();
    process_.waitForFinished();
}

const QByteArray& FileServer::requests() {
    process_.waitForReadyRead(0);
    return said_ += process_.readAll();
}

}  // namespace tests
