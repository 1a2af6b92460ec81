// SPDX-License-Identifier: GPL-3.0-or-later
#include "control_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace service {

using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

using namespace std::chrono_literals;
using Time = std::chrono::steady_clock;

// How long a process may go on that nobody has to do with any more.
constexpr auto kAbandonedPatience = 20s;
// How long a last event waits for somebody to take it.
constexpr auto kLastPatience = 10min;
constexpr timeval kSendPatience{2, 0};

std::optional<unsigned> peerUser(int socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return std::nullopt;
    return peer.uid;
}

bool carriesAttachment(WorkerEventKind kind) {
    return kind == WorkerEventKind::Prepared || kind == WorkerEventKind::Started ||
           kind == WorkerEventKind::Description;
}

void limitSending(int socket) {
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &kSendPatience, sizeof kSendPatience);
}

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::create(MessageSocket connection,
                                                             const FileDescriptor& listener,
                                                             EventOutbox& outbox, int attachment,
                                                             Callbacks callbacks) {
    std::unique_ptr<ControlServer> server(new ControlServer(std::move(connection), listener, outbox,
                                                            attachment, std::move(callbacks)));
    if (!server->quit_)
        return hypervisor::systemFailure("can't make an event for the control thread", errno);
    server->thread_ = std::jthread([owner = server.get()] { owner->serve(); });
    server->ready_.acquire();
    return server;
}

ControlServer::ControlServer(MessageSocket connection, const FileDescriptor& listener,
                             EventOutbox& outbox, int attachment, Callbacks callbacks)
    : listener_(listener),
      outbox_(outbox),
      attachment_(attachment),
      callbacks_(std::move(callbacks)),
      quit_(::eventfd(0, EFD_CLOEXEC)),
      connection_(std::move(connection)),
      user_(peerUser(connection_->descriptor()).value_or(::getuid())) {
    limitSending(connection_->descriptor());
}

ControlServer::~ControlServer() {
    constexpr std::uint64_t kOne = 1;
    static_cast<void>(!::write(quit_.get(), &kOne, sizeof kOne));
    begin_.release();
}

void ControlServer::begin() {
    begin_.release();
    ready_.acquire();
}

void ControlServer::finish() {
    thread_.join();
}

int ControlServer::millisecondsLeft() const {
    if (!deadline_)
        return -1;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(*deadline_ - Time::now()).count();
    return static_cast<int>(std::clamp<long>(left + 1, 0, 1 << 30));
}

void ControlServer::serve() {
    threadId_ = ::gettid();
    ready_.release();
    begin_.acquire();
    if (callbacks_.onThread)
        callbacks_.onThread();
    sendEvents();
    ready_.release();
    for (;;) {
        sendEvents();
        if (lastSent_ || (deadline_ && Time::now() >= *deadline_)) {
            if (abandoned_ && !lastSent_)
                ::_exit(EXIT_FAILURE);
            return;
        }
        std::array<pollfd, 4> sources{{
            {quit_.get(), POLLIN, 0},
            {outbox_.changed(), POLLIN, 0},
            {connection_ && reading_ ? connection_->descriptor() : -1, POLLIN | POLLRDHUP, 0},
            {listener_.get(), POLLIN, 0},
        }};
        if (::poll(sources.data(), sources.size(), millisecondsLeft()) < 0)
            continue;
        if (sources[0].revents != 0)
            return;
        if (sources[1].revents != 0)
            outbox_.acknowledge();
        if (sources[2].revents != 0)
            readRequests();
        if (sources[3].revents != 0)
            acceptConnection();
    }
}

void ControlServer::sendEvents() {
    while (auto event = outbox_.next()) {
        const bool last = isLast(event->kind);
        if (connection_ && send(*event)) {
            lastSent_ = last;
            continue;
        }
        // With nobody to come, there is nobody to keep it for: nor may it hold up the last one.
        if (!listener_) {
            lastSent_ = last;
            continue;
        }
        outbox_.putBack(std::move(*event));
        if (last && !deadline_)
            deadline_ = Time::now() + kLastPatience;
        return;
    }
}

bool ControlServer::send(const WorkerEvent& event) {
    std::array<int, 1> descriptors{attachment_};
    const std::size_t count = carriesAttachment(event.kind) && attachment_ >= 0 ? 1 : 0;
    if (connection_->send(encode(event), std::span(descriptors).first(count)))
        return true;
    connection_.reset();
    abandon();
    return false;
}

void ControlServer::readRequests() {
    const auto more = connection_->readAvailable();
    while (connection_) {
        auto message = connection_->next();
        if (!message)
            break;
        answer(std::move(*message));
    }
    if (connection_ && (!more || !*more)) {
        // Who has only shut its end down still hears how the machine ends.
        reading_ = false;
        if (listener_ || !more)
            connection_.reset();
        abandon();
    }
}

void ControlServer::answer(MessageSocket::Message message) {
    const auto request = decodeWorkerRequest(message.line);
    if (!request) {
        static_cast<void>(send({WorkerEventKind::Failed, request.error().message}));
        return;
    }
    auto event = callbacks_.obey(*request, message.descriptors);
    if (!event)
        return;
    event->request = request->id;
    // What has happened before the answer comes before it.
    sendEvents();
    if (connection_)
        static_cast<void>(send(*event));
}

void ControlServer::acceptConnection() {
    FileDescriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket)
        return;
    const auto user = peerUser(socket.get());
    if (!user || (*user != 0 && *user != user_))
        return;
    limitSending(socket.get());
    connection_.emplace(std::move(socket));
    reading_ = true;
}

void ControlServer::abandon() {
    if (listener_ || abandoned_)
        return;
    abandoned_ = true;
    deadline_ = Time::now() + kAbandonedPatience;
    callbacks_.onAbandoned();
}

}  // namespace service
