// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker_link.h"

// glibc 2.36 declares pidfd_send_signal() without C linkage.
extern "C" {
#include <sys/pidfd.h>
}

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "service/launch/program_launch.h"

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

using namespace std::chrono_literals;

// How long a worker that has closed its connection may take to end.
constexpr auto kEndPatience = 10s;
// How long one may take to answer. Pausing waits for what devices have begun.
constexpr auto kAnswerPatience = 20s;

int duplicate(int descriptor) {
    return ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
}

bool isReadable(int descriptor) {
    pollfd source{descriptor, POLLIN, 0};
    return ::poll(&source, 1, 0) == 1;
}

}  // namespace

std::shared_ptr<WorkerLink> WorkerLink::create(boost::asio::any_io_executor executor,
                                               LaunchedWorker worker, WorkerRecord record,
                                               Callbacks callbacks) {
    std::shared_ptr<WorkerLink> link(
        new WorkerLink(std::move(executor), worker.process, record, true, std::move(worker.handle),
                       std::move(worker.control), std::move(callbacks)));
    link->begin();
    return link;
}

Result<std::shared_ptr<WorkerLink>> WorkerLink::adopt(boost::asio::any_io_executor executor,
                                                      const WorkerRecords& records,
                                                      const std::string& machine,
                                                      Callbacks callbacks) {
    const auto record = records.load(machine);
    if (!record)
        return failure("nothing is known of its worker process");
    auto handle = openProcess(*record);
    if (!handle)
        return failure("its worker process has ended");
    auto connection = records.connect(machine);
    if (!connection)
        return std::unexpected(connection.error());
    std::shared_ptr<WorkerLink> link(
        new WorkerLink(std::move(executor), record->process, *record, false, std::move(*handle),
                       MessageSocket(std::move(*connection)), std::move(callbacks)));
    link->begin();
    return link;
}

WorkerLink::WorkerLink(boost::asio::any_io_executor executor, pid_t process, WorkerRecord record,
                       bool child, FileDescriptor handle, MessageSocket control,
                       Callbacks callbacks)
    : process_(process),
      record_(record),
      child_(child),
      handle_(std::move(handle)),
      control_(std::move(control)),
      callbacks_(std::move(callbacks)),
      messages_(executor, duplicate(control_.descriptor())),
      end_(executor, duplicate(handle_.get())),
      grace_(executor) {
    // A worker that does not read must not hold the service.
    ::fcntl(control_.descriptor(), F_SETFL, ::fcntl(control_.descriptor(), F_GETFL) | O_NONBLOCK);
}

void WorkerLink::begin() {
    waitForMessages();
    waitForEnd();
}

void WorkerLink::waitForMessages() {
    messages_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [self = shared_from_this()](const boost::system::error_code& error) {
                             if (error || self->ended_)
                                 return;
                             self->readMessages();
                             if (self->connected_ && !self->ended_)
                                 self->waitForMessages();
                         });
}

void WorkerLink::waitForEnd() {
    end_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [self = shared_from_this()](const boost::system::error_code& error) {
                        if (!error && !self->ended_)
                            self->ended();
                    });
}

void WorkerLink::readMessages() {
    if (!connected_ || !isReadable(control_.descriptor()))
        return;
    const auto more = control_.readAvailable();
    while (auto message = control_.next()) {
        take(std::move(*message));
        if (ended_)
            return;
    }
    if (!more || !*more)
        connectionLost();
}

void WorkerLink::take(MessageSocket::Message message) {
    auto event = decodeWorkerEvent(message.line);
    if (!event) {
        // A worker that speaks nonsense has lost its mind, or is in its guest's hands.
        kill();
        return;
    }
    if (event->request == 0) {
        if (callbacks_.onEvent)
            callbacks_.onEvent(std::move(*event), std::move(message.descriptors));
        return;
    }
    const Answer answer = takeRequest(event->request);
    if (!answer)
        return;
    if (event->kind == WorkerEventKind::Failed) {
        answer(failure(event->text));
        return;
    }
    if (event->kind == WorkerEventKind::Description && callbacks_.onEvent)
        callbacks_.onEvent(*event, std::move(message.descriptors));
    answer(std::move(*event));
}

void WorkerLink::connectionLost() {
    connected_ = false;
    failRequests("the worker has closed its connection");
    grace_.expires_after(kEndPatience);
    grace_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (!error && !self->ended_)
            self->kill();
    });
}

void WorkerLink::failRequests(const std::string& why) {
    for (auto& [id, request] : std::exchange(requests_, {}))
        request.answer(failure(why));
}

WorkerLink::Answer WorkerLink::takeRequest(std::uint64_t id) {
    const auto request = requests_.find(id);
    if (request == requests_.end())
        return {};
    Answer answer = std::move(request->second.answer);
    requests_.erase(request);
    return answer;
}

void WorkerLink::ended() {
    // What it said last may still be in the socket.
    while (connected_ && !ended_ && isReadable(control_.descriptor()))
        readMessages();
    if (ended_)
        return;
    ended_ = true;
    grace_.cancel();
    messages_.cancel();
    failRequests("the worker has ended");
    // A worker of an earlier service is no child of this one.
    const ProcessEnd end = child_ ? takeEnd(process_) : ProcessEnd{};
    const auto onEnd = std::move(callbacks_.onEnd);
    callbacks_ = {};
    if (onEnd)
        onEnd(end.how);
}

Result<void> WorkerLink::sendStart(const MachineStart& start, std::span<const int> descriptors) {
    return control_.send(encode(start), descriptors);
}

void WorkerLink::ask(WorkerRequestKind kind, std::uint32_t value, Answer answer) {
    ask(WorkerRequest{0, kind, value}, {}, std::move(answer));
}

void WorkerLink::ask(WorkerRequest request, std::span<const int> descriptors, Answer answer) {
    if (!connected_ || ended_) {
        answer(failure("the worker has ended or closed its connection"));
        return;
    }
    const std::uint64_t id = request.id = ++lastRequest_;
    if (auto sent = control_.send(encode(request), descriptors); !sent) {
        answer(std::unexpected(sent.error()));
        return;
    }
    auto deadline =
        std::make_unique<boost::asio::steady_timer>(grace_.get_executor(), kAnswerPatience);
    deadline->async_wait([weak = weak_from_this(), id](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (error || !self)
            return;
        if (const Answer late = self->takeRequest(id))
            late(failure(fmt::format("the worker has not answered for {} seconds",
                                     std::chrono::seconds(kAnswerPatience).count())));
    });
    requests_.emplace(id, Request{std::move(answer), std::move(deadline)});
}

void WorkerLink::kill() {
    if (!ended_)
        ::pidfd_send_signal(handle_.get(), SIGKILL, nullptr, 0);
}

void WorkerLink::abandon() {
    callbacks_ = {};
    requests_.clear();
    kill();
}

void WorkerLink::forget() {
    ended_ = true;
    callbacks_ = {};
    requests_.clear();
    grace_.cancel();
    messages_.cancel();
    end_.cancel();
}

}  // namespace service
