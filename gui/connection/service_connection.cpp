// SPDX-License-Identifier: GPL-3.0-or-later
#include "service_connection.h"

#include <QLocalSocket>
#include <algorithm>
#include <cerrno>

#include "text.h"

namespace gui {

using namespace service;  // NOLINT: the interface that this stands before

namespace {

constexpr int kFirstRetry = 200;
constexpr int kLastRetry = 3'000;
/// About a hundred machines' changes.
constexpr qint64 kMostAtOnce = 64 << 10;

/// Nobody listens.
bool isAbsence(QLocalSocket::LocalSocketError error) {
    return error == QLocalSocket::ConnectionRefusedError ||
           error == QLocalSocket::ServerNotFoundError;
}

int errnoOf(QLocalSocket::LocalSocketError error) {
    switch (error) {
        case QLocalSocket::SocketAccessError:
            return EACCES;
        case QLocalSocket::SocketTimeoutError:
        case QLocalSocket::SocketResourceError:
            return EAGAIN;
        default:
            return ECONNREFUSED;
    }
}

}  // namespace

ServiceConnection::ServiceConnection(client::ServiceAddress address, QObject* parent)
    : QObject(parent), address_(std::move(address)) {
    retry_.setSingleShot(true);
    connect(&retry_, &QTimer::timeout, this, &ServiceConnection::connectNow);
    more_.setSingleShot(true);
    more_.setInterval(0);
    connect(&more_, &QTimer::timeout, this, &ServiceConnection::receive);
}

ServiceConnection::~ServiceConnection() {
    if (socket_)
        socket_->disconnect(this);
}

void ServiceConnection::open() {
    if (state_ == State::Closed)
        setState(State::Connecting, {});
    connectNow();
}

void ServiceConnection::open(client::ServiceAddress address) {
    close();
    address_ = std::move(address);
    open();
}

void ServiceConnection::close() {
    retry_.stop();
    more_.stop();
    forgetSocket();
    failures_ = 0;
    isAbsent_ = false;
    farewell_.clear();
    setState(State::Closed, {});
    if (const auto protocol = std::move(protocol_))
        protocol->fail(notConnected());
}

void ServiceConnection::retry() {
    if (state_ == State::Connected || state_ == State::Closed)
        return;
    failures_ = 0;
    connectNow();
}

void ServiceConnection::forgetSocket() {
    if (!socket_)
        return;
    socket_->disconnect(this);
    // It may be the one that has just told of its failure.
    socket_.release()->deleteLater();
}

void ServiceConnection::connectNow() {
    retry_.stop();
    more_.stop();
    forgetSocket();
    socket_ = std::make_unique<QLocalSocket>();
    connect(socket_.get(), &QLocalSocket::connected, this, &ServiceConnection::begin);
    connect(socket_.get(), &QLocalSocket::readyRead, this, &ServiceConnection::receive);
    connect(socket_.get(), &QLocalSocket::disconnected, this,
            [this] { ended(tr("The service has closed the connection.")); });
    connect(socket_.get(), &QLocalSocket::errorOccurred, this,
            [this](QLocalSocket::LocalSocketError error) {
                isAbsent_ = isAbsence(error);
                ended(tr("No service answers on %1; %2.")
                          .arg(fromUtf8(address_.socket),
                               fromUtf8(client::howToReach(address_, errnoOf(error)))));
            });
    socket_->connectToServer(fromUtf8(address_.socket));
}

void ServiceConnection::begin() {
    failures_ = 0;
    isAbsent_ = false;
    farewell_.clear();
    protocol_ = std::make_unique<client::ClientProtocol>();
    protocol_->listen<MachineChangedNotification>(
        [this](const MachineChangedNotification& one) { emit machineChanged(one.machine); });
    protocol_->listen<MachineRemovedNotification>(
        [this](const MachineRemovedNotification& one) { emit machineRemoved(one.id); });
    protocol_->listen<MachineUsageNotification>(
        [this](const MachineUsageNotification& one) { emit usageArrived(one); });
    protocol_->listen<EventNotification>(
        [this](const EventNotification& one) { emit eventRecorded(one.event); });
    protocol_->listen<JobChangedNotification>(
        [this](const JobChangedNotification& one) { emit jobChanged(one.job); });
    protocol_->listen<SwitchChangedNotification>(
        [this](const SwitchChangedNotification&) { emit switchesChanged(); });
    protocol_->listen<SwitchRemovedNotification>(
        [this](const SwitchRemovedNotification&) { emit switchesChanged(); });
    protocol_->listen<ServiceChangedNotification>(
        [this](const ServiceChangedNotification&) { emit serviceChanged(); });
    protocol_->listen<ServiceStoppingNotification>([this](const ServiceStoppingNotification& one) {
        farewell_ =
            one.machinesGoOn
                ? tr("The service was stopped. Machines that run go on, but can't be managed "
                     "until it is started again.")
                : tr("The service was stopped, and the machines that ran with it.");
    });
    protocol_->listen<PerformanceNotification>(
        [this](const PerformanceNotification& one) { emit performanceArrived(one); });
    setState(State::Connected, {});
}

void ServiceConnection::receive() {
    // A part at a time: what a burst changes is shown between the parts.
    const QByteArray bytes = socket_->read(kMostAtOnce);
    if (socket_->bytesAvailable() > 0)
        more_.start();
    const auto taken =
        protocol_->received({bytes.constData(), static_cast<std::size_t>(bytes.size())});
    if (!taken)
        lose(tr("What answers on %1 is not Vireo's service: %2.")
                 .arg(fromUtf8(address_.socket), fromUtf8(taken.error().message)));
    else
        send();
}

void ServiceConnection::send() {
    std::string& output = protocol_->output();
    if (output.empty() || !socket_)
        return;
    socket_->write(output.data(), static_cast<qint64>(output.size()));
    output.clear();
}

void ServiceConnection::ended(const QString& reason) {
    // What the service has said before, its farewell among it.
    while (state_ == State::Connected && socket_->bytesAvailable() > 0) {
        const QByteArray bytes = socket_->read(kMostAtOnce);
        if (!protocol_->received({bytes.constData(), static_cast<std::size_t>(bytes.size())}))
            break;
    }
    if (state_ != State::Closed)
        lose(reason);
}

void ServiceConnection::lose(const QString& reason) {
    if (retry_.isActive())
        return;
    more_.stop();
    retry_.start(std::min(kFirstRetry << std::min(failures_, 8), kLastRetry));
    ++failures_;
    setState(State::Lost, farewell_.isEmpty() ? reason : farewell_);
    if (protocol_)
        protocol_->fail(notConnected());
}

void ServiceConnection::setState(State state, const QString& problem) {
    if (state == state_ && problem == problem_)
        return;
    state_ = state;
    problem_ = problem;
    emit stateChanged();
}

RpcError ServiceConnection::notConnected() const {
    return makeError(ErrorCode::InternalError, tr("The service can't be reached.").toStdString(),
                     {}, {}, {});
}

}  // namespace gui
