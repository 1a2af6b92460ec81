// SPDX-License-Identifier: GPL-3.0-or-later
#include "running_service.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <thread>

using service::client::ServiceAddress;
using service::client::ServiceClient;

namespace tests {

namespace {

constexpr std::chrono::milliseconds kStep{10};

}  // namespace

std::unique_ptr<RunningService> RunningService::session(const std::string& folder) {
    ::setenv("XDG_RUNTIME_DIR", folder.c_str(), 1);
    ::setenv("XDG_DATA_HOME", (folder + "/data").c_str(), 1);
    return std::unique_ptr<RunningService>(
        new RunningService({"--session"}, folder + "/vireo/vireod.sock"));
}

std::unique_ptr<RunningService> RunningService::system() {
    return std::unique_ptr<RunningService>(new RunningService({}, "/run/vireo/vireod.sock"));
}

RunningService::RunningService(std::vector<std::string> arguments, std::string socket)
    : socket_(std::move(socket)) {
    arguments.insert(arguments.begin(), VIREOD);
    for (const char* const more : {"--when-stopped", "stop", "--shut-down-patience", "0"})
        arguments.emplace_back(more);
    std::vector<char*> words;
    for (std::string& argument : arguments)
        words.push_back(argument.data());
    words.push_back(nullptr);
    process_ = ::fork();
    if (process_ == 0) {
        // A test that is killed leaves nothing behind.
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        ::execv(words[0], words.data());
        ::_exit(127);
    }
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (runs() && std::chrono::steady_clock::now() < deadline) {
        if (ServiceClient::connect(ServiceAddress::at(socket_)))
            return;
        std::this_thread::sleep_for(kStep);
    }
}

RunningService::~RunningService() {
    if (!runs())
        return;
    ::kill(process_, SIGTERM);
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (runs()) {
        if (std::chrono::steady_clock::now() > deadline)
            ::kill(process_, SIGKILL);
        std::this_thread::sleep_for(kStep);
    }
}

bool RunningService::runs() {
    if (process_ <= 0)
        return false;
    const pid_t ended = ::waitpid(process_, nullptr, WNOHANG);
    if (ended == process_ || (ended < 0 && errno == ECHILD))
        process_ = -1;
    return process_ > 0;
}

std::unique_ptr<ServiceClient> RunningService::connect() const {
    auto client = ServiceClient::connect(ServiceAddress::at(socket_));
    return client ? std::move(*client) : nullptr;
}

long RunningService::residentMemory() const {
    std::ifstream status("/proc/" + std::to_string(process_) + "/status");
    std::string word;
    long size = 0;
    while (status >> word)
        if (word == "VmRSS:")
            status >> size;
    return size;
}

}  // namespace tests
