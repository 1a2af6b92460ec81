// SPDX-License-Identifier: GPL-3.0-or-later
#include "serial_session.h"

#include <QLocalSocket>

#include "gui/connection/text.h"

namespace gui {

using namespace service;  // NOLINT: the interface that this asks

namespace {

constexpr int kRetry = 1'000;
/// How long old output may take to come over a socket of this host.
constexpr int kReplay = 500;
/// Read at a time, so that a guest that writes without end leaves the event loop its turns.
constexpr qint64 kPiece = 64 * 1'024;

}  // namespace

SerialSession::SerialSession(MachineStore& store, std::string machine, std::uint32_t port,
                             QObject* parent)
    : QObject(parent), store_(store), machine_(std::move(machine)), port_(port) {
    retry_.setSingleShot(true);
    retry_.setInterval(kRetry);
    connect(&retry_, &QTimer::timeout, this, &SerialSession::look);
    replay_.setSingleShot(true);
    replay_.setInterval(kReplay);
    const auto ofThis = [this](const std::string& id) {
        if (id == machine_)
            look();
    };
    connect(&store, &MachineStore::added, this, ofThis);
    connect(&store, &MachineStore::changed, this, ofThis);
    connect(&store, &MachineStore::removed, this, ofThis);
    connect(&store, &MachineStore::replaced, this, &SerialSession::look);
    look();
}

SerialSession::~SerialSession() {
    if (socket_)
        socket_->disconnect(this);
}

bool SerialSession::machineIsActive() const {
    const KnownMachine* const machine = store_.find(machine_);
    return machine != nullptr && isActive(machine->summary.state);
}

void SerialSession::look() {
    if (!machineIsActive()) {
        retry_.stop();
        // A socket has the guest's last words, and ends by itself.
        if (!socket_)
            setState(State::Off);
        return;
    }
    if (!socket_ && !asking_ && !retry_.isActive())
        ask();
}

void SerialSession::retry() {
    retry_.stop();
    look();
}

void SerialSession::ask() {
    // Without the service there is nobody to ask; it is looked at again when it is back.
    if (store_.connection().state() != ServiceConnection::State::Connected)
        return setState(State::Connecting);
    asking_ = true;
    if (state_ != State::Refused)
        setState(State::Connecting);
    store_.connection().call<ConsoleAttachMethod>({machine_, port_}, this,
                                                  [this](RpcResult<ConsoleAttachReply> reply) {
                                                      asking_ = false;
                                                      if (reply)
                                                          attach(fromUtf8(reply->console.socket));
                                                      else
                                                          lose(errorLine(reply.error()));
                                                  });
}

void SerialSession::attach(const QString& path) {
    socket_ = std::make_unique<QLocalSocket>();
    socket_->setReadBufferSize(kPiece);
    connect(socket_.get(), &QLocalSocket::connected, this, [this] {
        replay_.start();
        overflowed_ = false;
        emit begun();
        setState(State::Connected);
    });
    connect(socket_.get(), &QLocalSocket::readyRead, this, &SerialSession::receive);
    connect(socket_.get(), &QLocalSocket::disconnected, this, [this] { lose({}); });
    connect(socket_.get(), &QLocalSocket::errorOccurred, this,
            [this, path](QLocalSocket::LocalSocketError error) {
                if (error == QLocalSocket::PeerClosedError)
                    lose({});
                else if (error == QLocalSocket::SocketAccessError)
                    lose(tr("COM%1 can't be attached to: %2 may only be used by members of its "
                            "group.")
                             .arg(port_)
                             .arg(path));
                else
                    lose(tr("COM%1 can't be attached to at %2: %3.")
                             .arg(port_)
                             .arg(path, socket_->errorString()));
            });
    socket_->connectToServer(path);
}

void SerialSession::receive() {
    const QByteArray bytes = socket_->read(kPiece);
    if (bytes.isEmpty())
        return;
    emit received(bytes);
    if (socket_ && socket_->bytesAvailable() > 0)
        QMetaObject::invokeMethod(
            this,
            [this] {
                if (socket_)
                    receive();
            },
            Qt::QueuedConnection);
}

void SerialSession::send(const QByteArray& bytes) {
    if (state_ != State::Connected || bytes.isEmpty())
        return;
    const qint64 room = kMostOutput - socket_->bytesToWrite();
    const bool fits = room >= bytes.size();
    socket_->write(bytes.constData(), std::min<qint64>(bytes.size(), std::max<qint64>(room, 0)));
    if (!fits && !overflowed_)
        emit overflowed();
    overflowed_ = !fits;
}

void SerialSession::lose(const QString& problem) {
    if (socket_) {
        socket_->disconnect(this);
        // The last that was said before the end.
        for (QByteArray rest = socket_->read(kPiece); !rest.isEmpty(); rest = socket_->read(kPiece))
            emit received(rest);
        // It may be the one that has just told of its failure.
        socket_.release()->deleteLater();
    }
    replay_.stop();
    if (!machineIsActive())
        return setState(State::Off);
    // The store may hear later than the socket that the machine is off.
    retry_.start();
    if (problem.isEmpty())
        setState(State::Connecting);
    else
        setState(State::Refused, problem);
}

void SerialSession::setState(State state, const QString& problem) {
    if (state == state_ && problem == problem_)
        return;
    state_ = state;
    problem_ = problem;
    emit stateChanged();
}

}  // namespace gui
