// SPDX-License-Identifier: GPL-3.0-or-later
#include "screen_session.h"

#include "gui/connection/text.h"

namespace gui {

using namespace service;  // NOLINT: the interface that this asks

namespace {

constexpr int kRetry = 1'000;

}  // namespace

ScreenSession::ScreenSession(MachineStore& store, std::string machine, QObject* parent)
    : QObject(parent), store_(store), machine_(std::move(machine)) {
    retry_.setSingleShot(true);
    retry_.setInterval(kRetry);
    connect(&retry_, &QTimer::timeout, this, &ScreenSession::look);
    const auto ofThis = [this](const std::string& id) {
        if (id == machine_)
            look();
    };
    connect(&store, &MachineStore::added, this, ofThis);
    connect(&store, &MachineStore::changed, this, ofThis);
    connect(&store, &MachineStore::removed, this, ofThis);
    connect(&store, &MachineStore::replaced, this, &ScreenSession::look);
    look();
}

ScreenSession::~ScreenSession() = default;

bool ScreenSession::machineIsActive() const {
    const KnownMachine* const machine = store_.find(machine_);
    return machine != nullptr && isActive(machine->summary.state);
}

void ScreenSession::look() {
    if (!machineIsActive()) {
        retry_.stop();
        // A connection ends by itself.
        if (!client_)
            setState(State::Off);
        return;
    }
    if (!client_ && !asking_ && !retry_.isActive())
        ask();
}

void ScreenSession::retry() {
    retry_.stop();
    look();
}

void ScreenSession::ask() {
    // Without the service there is nobody to ask; it is looked at again when it is back.
    if (store_.connection().state() != ServiceConnection::State::Connected)
        return setState(State::Connecting);
    asking_ = true;
    if (state_ != State::Refused)
        setState(State::Connecting);
    store_.connection().call<MachineGetMethod>(
        {machine_}, this, [this](RpcResult<MachineReply> reply) {
            asking_ = false;
            if (reply)
                connectTo(fromUtf8(reply->machine.screenSocket));
            else
                lose(errorLine(reply.error()));
        });
}

void ScreenSession::connectTo(const QString& path) {
    client_ = std::make_unique<ScreenClient>(path);
    connect(client_.get(), &ScreenClient::connected, this, [this] { setState(State::Connected); });
    connect(client_.get(), &ScreenClient::shown, this,
            [this](const QImage& piece, const QPoint& at, const QSize& screen) {
                emit shown(piece, at, screen);
                if (client_)
                    client_->taken();
            });
    connect(client_.get(), &ScreenClient::ended, this, [this](const QString& problem) {
        lose(problem.isEmpty() ? QString() : tr("The screen can't be shown. %1").arg(problem));
    });
    client_->start();
}

void ScreenSession::lose(const QString& problem) {
    client_.reset();
    if (!machineIsActive())
        return setState(State::Off);
    // The store may hear later than the socket that the machine is off.
    retry_.start();
    if (problem.isEmpty())
        setState(State::Connecting);
    else
        setState(State::Refused, problem);
}

void ScreenSession::send(const std::vector<ScreenStroke>& strokes) {
    if (state_ != State::Connected || !client_)
        return;
    for (const ScreenStroke& stroke : strokes)
        client_->send(stroke);
}

void ScreenSession::send(const ScreenPointer& pointer) {
    if (state_ == State::Connected && client_)
        client_->send(pointer);
}

void ScreenSession::setState(State state, const QString& problem) {
    if (state == state_ && problem == problem_)
        return;
    state_ = state;
    problem_ = problem;
    emit stateChanged();
}

}  // namespace gui
