// SPDX-License-Identifier: GPL-3.0-or-later
#include "service_starter.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QProcess>
#include <QStandardPaths>

namespace gui {

using service::client::ServiceKind;

namespace {

constexpr int kPatience = 20'000;

/// Its service manager runs there.
bool hasSystemd(ServiceKind kind) {
    if (kind == ServiceKind::System)
        return QFileInfo::exists(QStringLiteral("/run/systemd/system"));
    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    return kind == ServiceKind::Session && !runtime.isEmpty() &&
           QFileInfo::exists(runtime + QStringLiteral("/systemd/private"));
}

/// Empty: it is not installed.
QString serviceProgram() {
    const QString name = QStringLiteral("vireod");
    const QString own = QCoreApplication::applicationDirPath();
    const QString beside =
        QStandardPaths::findExecutable(name, {own, own + QStringLiteral("/../sbin")});
    if (!beside.isEmpty())
        return beside;
    const QString found = QStandardPaths::findExecutable(name);
    return found.isEmpty()
               ? QStandardPaths::findExecutable(
                     name, {QStringLiteral("/usr/local/sbin"), QStringLiteral("/usr/sbin")})
               : found;
}

}  // namespace

ServiceStarter::ServiceStarter(ServiceConnection& connection, QObject* parent)
    : QObject(parent), connection_(connection) {
    patience_.setSingleShot(true);
    patience_.setInterval(kPatience);
    connect(&patience_, &QTimer::timeout, this, [this] {
        fail(tr("The service was started, but does not answer. %1").arg(connection_.problem()));
    });
    connect(&connection, &ServiceConnection::stateChanged, this, [this] {
        using enum ServiceConnection::State;
        const bool isOver = connection_.state() == Connected || connection_.state() == Closed;
        if (isOver && (isStarting_ || !problem_.isEmpty()))
            end({});
    });
}

bool ServiceStarter::canStart() const {
    if (!connection_.mayBeStarted())
        return false;
    const ServiceKind kind = connection_.address().kind;
    return hasSystemd(kind) || (kind == ServiceKind::Session && !serviceProgram().isEmpty());
}

void ServiceStarter::start() {
    if (isStarting_ || !canStart())
        return;
    isStarting_ = true;
    problem_.clear();
    emit changed();
    const ServiceKind kind = connection_.address().kind;
    if (kind == ServiceKind::System)
        startBySystemd({});
    else if (hasSystemd(kind))
        startBySystemd({QStringLiteral("--user")});
    else
        startProcess();
}

void ServiceStarter::startBySystemd(const QStringList& scope) {
    auto* const process = new QProcess(this);
    const auto ended = [this, process, scope](bool done, const QString& why) {
        process->deleteLater();
        if (done)
            return launched();
        // A session without a unit for it.
        if (!scope.isEmpty())
            return startProcess();
        fail(tr("systemd has not started the service: %1").arg(why));
    };
    connect(process, &QProcess::finished, this,
            [process, ended](int status, QProcess::ExitStatus how) {
                ended(how == QProcess::NormalExit && status == 0,
                      QString::fromLocal8Bit(process->readAllStandardError()).simplified());
            });
    connect(process, &QProcess::errorOccurred, this,
            [process, ended](QProcess::ProcessError error) {
                if (error == QProcess::FailedToStart)
                    ended(false, process->errorString());
            });
    process->start(QStringLiteral("systemctl"),
                   scope + QStringList{QStringLiteral("start"), QStringLiteral("vireod.service")});
    process->closeWriteChannel();
}

void ServiceStarter::startProcess() {
    const QString program = serviceProgram();
    QProcess process;
    process.setProgram(program);
    process.setArguments({QStringLiteral("--session")});
    process.setStandardInputFile(QProcess::nullDevice());
    process.setStandardOutputFile(QProcess::nullDevice());
    process.setStandardErrorFile(QProcess::nullDevice());
    if (program.isEmpty() || !process.startDetached())
        return fail(tr("The program vireod can't be started; is it installed?"));
    launched();
}

void ServiceStarter::launched() {
    if (!isStarting_)
        return;
    patience_.start();
    connection_.retry();
}

void ServiceStarter::fail(const QString& problem) {
    if (isStarting_)
        end(problem);
}

void ServiceStarter::end(const QString& problem) {
    patience_.stop();
    isStarting_ = false;
    problem_ = problem;
    emit changed();
}

}  // namespace gui
