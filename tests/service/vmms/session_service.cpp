// SPDX-License-Identifier: GPL-3.0-or-later
#include "session_service.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QDir>
#include <QFile>
#include <QtGlobal>
#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <thread>
#include <utility>

#include "service/ipc/machine_requests.h"
#include "unix_sockets.h"

namespace tests {

using hypervisor::FileDescriptor;
using namespace std::chrono_literals;
using Time = std::chrono::steady_clock;

namespace {

constexpr auto kPatience = 60s;

int millisecondsUntil(Time::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Time::now());
    return static_cast<int>(std::max<long>(left.count(), 0));
}

}  // namespace

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds patience) {
    const auto deadline = Time::now() + patience;
    while (!condition()) {
        if (Time::now() >= deadline)
            return false;
        std::this_thread::sleep_for(10ms);
    }
    return true;
}

service::MachineSettings tinyMachine(const std::string& name, const std::string& kernel) {
    service::MachineSettings settings;
    settings.name = name;
    settings.backend = service::BackendChoice::Software;
    settings.memory.startupBytes = 8 << 20;
    settings.memory.minimumBytes = 8 << 20;
    settings.firmware.kernel = service::KernelBoot{kernel, {}, {}};
    return settings;
}

long residentKibibytes(pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    std::string word;
    long size = 0;
    while (status >> word)
        if (word == "VmRSS:")
            status >> size;
    return size;
}

std::optional<RpcClient> RpcClient::connect(const std::string& path) {
    FileDescriptor socket = connectTo(path);
    if (!socket)
        return std::nullopt;
    return RpcClient(std::move(socket));
}

bool RpcClient::sendBytes(const std::string& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const ssize_t count =
            ::send(socket_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        sent += static_cast<std::size_t>(count);
    }
    return true;
}

bool RpcClient::sendLine(const std::string& line) {
    return sendBytes(line + '\n');
}

std::optional<std::string> RpcClient::receiveLine() {
    const auto deadline = Time::now() + kPatience;
    for (;;) {
        if (const std::size_t end = received_.find('\n'); end != std::string::npos) {
            std::string line = received_.substr(0, end);
            received_.erase(0, end + 1);
            return line;
        }
        pollfd source{socket_.get(), POLLIN, 0};
        if (::poll(&source, 1, millisecondsUntil(deadline)) != 1)
            return std::nullopt;
        std::array<char, 65536> bytes{};
        const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return std::nullopt;
        received_.append(bytes.data(), static_cast<std::size_t>(count));
    }
}

bool RpcClient::waitForEnd(std::chrono::milliseconds patience) {
    const auto deadline = Time::now() + patience;
    for (;;) {
        pollfd source{socket_.get(), POLLIN, 0};
        if (::poll(&source, 1, millisecondsUntil(deadline)) != 1)
            return false;
        std::array<char, 65536> bytes{};
        if (::recv(socket_.get(), bytes.data(), bytes.size(), 0) <= 0)
            return true;
    }
}

service::RpcResult<boost::json::value> RpcClient::call(std::string_view method,
                                                       boost::json::value params) {
    const auto lost = [] {
        return service::rpcFailure(service::ErrorCode::InternalError, "no reply");
    };
    const std::int64_t id = ++last_;
    if (!sendLine(service::encodeRequest(id, method, std::move(params))))
        return lost();
    while (const auto line = receiveLine()) {
        auto message = service::parseMessage(*line);
        if (!message)
            return std::unexpected(message.error());
        if (auto* const notification = std::get_if<service::RpcNotification>(&*message)) {
            notifications_.push_back(std::move(*notification));
            continue;
        }
        auto& reply = std::get<service::RpcReply>(*message);
        if (reply.id == boost::json::value(id))
            return std::move(reply.result);
    }
    return lost();
}

std::optional<boost::json::object> RpcClient::waitForNotification(std::string_view name) {
    for (;;) {
        while (!notifications_.empty()) {
            service::RpcNotification one = std::move(notifications_.front());
            notifications_.pop_front();
            if (one.method == name)
                return std::move(one.params);
        }
        const auto line = receiveLine();
        if (!line)
            return std::nullopt;
        auto message = service::parseMessage(*line);
        if (!message)
            return std::nullopt;
        if (auto* const notification = std::get_if<service::RpcNotification>(&*message))
            notifications_.push_back(std::move(*notification));
    }
}

SessionService::SessionService() : folder_("/tmp/vireo-test-XXXXXX") {
    QDir(folder_.path()).mkdir("run");
    QDir(folder_.path()).mkdir("data");
}

SessionService::~SessionService() {
    kill();
    // What the service has left running is known by the records of its workers.
    const QDir workers(QString::fromStdString(runtime() + "/workers"));
    for (const QString& name : workers.entryList({"*.process"}, QDir::Files)) {
        QFile file(workers.filePath(name));
        if (!file.open(QIODevice::ReadOnly))
            continue;
        const pid_t worker = file.readAll().split(' ').value(0).toInt();
        if (worker > 1)
            ::kill(worker, SIGKILL);
    }
}

std::string SessionService::runtime() const {
    return folder() + "/run/vireo";
}

std::string SessionService::data() const {
    return folder() + "/data/vireo";
}

std::string SessionService::output() const {
    QFile file(QString::fromStdString(folder() + "/output"));
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string();
}

bool SessionService::start(std::vector<std::string> arguments) {
    std::vector<std::string> words{"vireod", "--session"};
    std::ranges::move(arguments, std::back_inserter(words));
    std::vector<char*> argv;
    for (std::string& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    std::string run = "XDG_RUNTIME_DIR=" + folder() + "/run";
    std::string data = "XDG_DATA_HOME=" + folder() + "/data";
    std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    std::array<char*, 4> environment{run.data(), data.data(), path.data(), nullptr};
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    const std::string log = folder() + "/output";
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(),
                                       O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (::posix_spawn(&process_, VIREOD, &actions, nullptr, argv.data(), environment.data()) != 0)
        qFatal("can't start %s", VIREOD);
    ::posix_spawn_file_actions_destroy(&actions);
    return eventually([this] { return !runs() || RpcClient::connect(socket()).has_value(); }) &&
           process_ > 0;
}

bool SessionService::runs() {
    if (process_ > 0 && ::waitpid(process_, nullptr, WNOHANG) == process_)
        process_ = -1;
    return process_ > 0;
}

void SessionService::kill() {
    if (process_ <= 0)
        return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
}

int SessionService::stop() {
    if (process_ <= 0)
        return -1;
    ::kill(process_, SIGTERM);
    int status = 0;
    ::waitpid(process_, &status, 0);
    process_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

RpcClient SessionService::client() const {
    auto client = RpcClient::connect(socket());
    if (!client)
        qFatal("can't connect to the service");
    return std::move(*client);
}

}  // namespace tests
