// SPDX-License-Identifier: GPL-3.0-or-later
#include "started_worker.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QtGlobal>
#include <array>
#include <chrono>

#include "unix_sockets.h"

namespace tests {

using hypervisor::FileDescriptor;
using service::MessageSocket;
using service::WorkerEvent;

namespace {

constexpr int kPatience = 30'000;

}  // namespace

StartedWorker::StartedWorker(Options options) : options_(std::move(options)) {
    auto sockets = MessageSocket::createPair();
    std::array<int, 2> ends{};
    if (!sockets || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        qFatal("socketpair");
    console_ = FileDescriptor(ends[0]);
    const FileDescriptor machineConsole(ends[1]);
    const FileDescriptor kernel(::open(options_.kernel.c_str(), O_RDONLY | O_CLOEXEC));
    const FileDescriptor kvm(options_.start.backend == service::BackendChoice::Kvm
                                 ? ::open("/dev/kvm", O_RDWR | O_CLOEXEC)
                                 : -1);
    options_.start.hasKvm = static_cast<bool>(kvm);
    FileDescriptor listener;
    std::vector<int> descriptors{kernel.get()};
    if (options_.start.hasStream)
        descriptors.insert(descriptors.begin(), machineConsole.get());
    if (kvm)
        descriptors.push_back(kvm.get());
    if (!options_.listenAt.empty()) {
        listener = listenAt(options_.listenAt);
        options_.start.hasListener = true;
        descriptors.push_back(listener.get());
    }
    for (const auto& console : options_.consoles)
        descriptors.push_back(console->get());

    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, sockets->second.descriptor(), 3);
    std::string name = "vireo-worker";
    std::array<char*, 2> arguments{name.data(), nullptr};
    if (::posix_spawn(&process_, VIREO_WORKER, &actions, nullptr, arguments.data(), environ) != 0)
        qFatal("can't start %s", VIREO_WORKER);
    ::posix_spawn_file_actions_destroy(&actions);
    control_.emplace(std::move(sockets->first));
    if (!control_->send(encode(options_.start), descriptors))
        qFatal("can't send the order");
    options_.consoles.clear();
}

StartedWorker::~StartedWorker() {
    if (process_ > 0) {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }
    if (!options_.listenAt.empty())
        ::unlink(options_.listenAt.c_str());
}

std::optional<StartedWorker::Received> StartedWorker::waitUntil(
    const std::function<bool(const WorkerEvent&)>& wanted, bool keepOthers) {
    for (;;) {
        if (!control_)
            return std::nullopt;
        pollfd source{control_->descriptor(), POLLIN, 0};
        auto message = control_->next();
        if (!message && ::poll(&source, 1, kPatience) != 1)
            return std::nullopt;
        if (!message) {
            const auto more = control_->readAvailable();
            if (!more || !*more)
                return std::nullopt;
            continue;
        }
        auto event = service::decodeWorkerEvent(message->line);
        if (!event)
            qFatal("%s", event.error().message.c_str());
        if (wanted(*event))
            return Received{std::move(*event), std::move(message->descriptors)};
        if (event->kind == service::WorkerEventKind::Refused)
            qWarning("%s", event->text.c_str());
        if (keepOthers)
            passed_.push_back({std::move(*event), std::move(message->descriptors)});
    }
}

std::optional<StartedWorker::Received> StartedWorker::waitFor(service::WorkerEventKind kind) {
    while (!passed_.empty()) {
        Received next = std::move(passed_.front());
        passed_.pop_front();
        if (next.event.kind == kind)
            return next;
    }
    return waitUntil([kind](const WorkerEvent& event) { return event.kind == kind; });
}

std::optional<StartedWorker::Received> StartedWorker::ask(service::WorkerRequestKind kind,
                                                          std::uint32_t value) {
    const std::uint64_t id = ++lastRequest_;
    if (!control_->send(encode(service::WorkerRequest{id, kind, value})))
        return std::nullopt;
    return waitUntil([id](const WorkerEvent& event) { return event.request == id; }, true);
}

bool StartedWorker::reconnect() {
    FileDescriptor socket = connectTo(options_.listenAt);
    if (!socket)
        return false;
    control_.emplace(std::move(socket));
    return true;
}

void StartedWorker::type(const std::string& text) {
    if (::write(console_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        qWarning("not all was typed");
}

bool StartedWorker::hears(const std::string& text, int milliseconds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
    for (;;) {
        if (const auto at = heard_.find(text); at != std::string::npos) {
            heard_.erase(0, at + text.size());
            return true;
        }
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        pollfd source{console_.get(), POLLIN, 0};
        if (left.count() <= 0 || ::poll(&source, 1, static_cast<int>(left.count())) != 1)
            return false;
        std::array<char, 4096> bytes{};
        const ssize_t size = ::read(console_.get(), bytes.data(), bytes.size());
        if (size <= 0)
            return false;
        heard_.append(bytes.data(), static_cast<std::size_t>(size));
    }
}

int StartedWorker::waitForEnd() {
    int status = 0;
    ::waitpid(process_, &status, 0);
    process_ = -1;
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace tests
