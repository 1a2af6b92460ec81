// SPDX-License-Identifier: GPL-3.0-or-later
#include "text.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

namespace gui {

using service::MachineState;

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(gui::text)
};

QString sentence(const std::string& text) {
    QString line = fromUtf8(text).trimmed();
    if (line.isEmpty())
        return line;
    line[0] = line[0].toUpper();
    if (!QStringLiteral(".!?:").contains(line.back()))
        line += QLatin1Char('.');
    return line;
}

}  // namespace

QString stateText(MachineState state) {
    switch (state) {
        case MachineState::Off:
            return Words::tr("Off");
        case MachineState::Starting:
            return Words::tr("Starting");
        case MachineState::Running:
            return Words::tr("Running");
        case MachineState::Pausing:
            return Words::tr("Pausing");
        case MachineState::Paused:
            return Words::tr("Paused");
        case MachineState::Saving:
            return Words::tr("Saving");
        case MachineState::Saved:
            return Words::tr("Saved");
        case MachineState::Stopping:
            return Words::tr("Stopping");
        case MachineState::Critical:
            return Words::tr("Off-Critical");
    }
    return {};
}

QString heartbeatText(service::GuestHeartbeat heartbeat) {
    switch (heartbeat) {
        case service::GuestHeartbeat::NoContact:
            return Words::tr("No Contact");
        case service::GuestHeartbeat::Ok:
            return Words::tr("OK");
        case service::GuestHeartbeat::LostContact:
            return Words::tr("Lost Contact");
    }
    return {};
}

QString megabytes(std::uint64_t bytes) {
    return Words::tr("%1 MB").arg(QString::number(bytes >> 20));
}

QString fileSize(std::uint64_t bytes) {
    return QLocale().formattedDataSize(static_cast<qint64>(bytes), 1,
                                       QLocale::DataSizeTraditionalFormat);
}

QString uptime(std::uint64_t seconds) {
    const auto two = [](std::uint64_t number) {
        return QStringLiteral("%1").arg(number, 2, 10, QLatin1Char('0'));
    };
    const std::uint64_t days = seconds / 86'400;
    const QString time = two(seconds / 3'600 % 24) + QLatin1Char(':') + two(seconds / 60 % 60) +
                         QLatin1Char(':') + two(seconds % 60);
    return days == 0 ? time : QString::number(days) + QLatin1Char('.') + time;
}

QString dateAndTime(std::int64_t milliseconds) {
    return QLocale().toString(QDateTime::fromMSecsSinceEpoch(milliseconds), QLocale::ShortFormat);
}

ErrorText errorText(const service::RpcError& error) {
    ErrorText text{sentence(error.message), {}};
    if (!error.data.allowed.empty())
        text.advice = Words::tr("Allowed: %1.").arg(fromUtf8(error.data.allowed));
    if (!error.data.advice.empty())
        text.advice +=
            (text.advice.isEmpty() ? QString() : QStringLiteral(" ")) + sentence(error.data.advice);
    return text;
}

QString errorLine(const service::RpcError& error) {
    const ErrorText text = errorText(error);
    return text.advice.isEmpty() ? text.message : text.message + QLatin1Char(' ') + text.advice;
}

}  // namespace gui
