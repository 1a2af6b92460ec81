// SPDX-License-Identifier: GPL-3.0-or-later
#include "vireo_process.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QtTest>
#include <array>
#include <cerrno>
#include <fstream>
#include <functional>
#include <thread>

using hypervisor::FileDescriptor;

namespace {

using Time = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kStep{10};

bool waitFor(const std::function<bool()>& condition) {
    const auto end = Time::now() + VireoProcess::kPatience;
    while (!condition()) {
        if (Time::now() > end)
            return false;
        std::this_thread::sleep_for(kStep);
    }
    return true;
}

std::pair<FileDescriptor, FileDescriptor> makePipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        qFatal("pipe2");
    return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

}  // namespace

bool isRaw(const termios& mode) {
    return (mode.c_lflag & (ICANON | ECHO | ISIG)) == 0;
}

bool waitUntilGone(pid_t process) {
    return waitFor([process] {
        std::ifstream status("/proc/" + std::to_string(process) + "/stat");
        std::string line;
        // "<pid> (<name>) <state> ...": Z is a process that its parent has not waited for.
        return !std::getline(status, line) || line.find(") Z ") != std::string::npos;
    });
}

VireoProcess::VireoProcess(const std::vector<std::string>& arguments, Standard standard) {
    std::vector<std::string> words{VIREO_PROGRAM};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);

    auto [childInput, input] = makePipe();
    auto [output, childOutput] = makePipe();
    FileDescriptor errors(::memfd_create("errors", MFD_CLOEXEC));
    FileDescriptor slave;
    if (standard == Standard::Terminal) {
        int masterEnd = -1;
        int slaveEnd = -1;
        if (::openpty(&masterEnd, &slaveEnd, nullptr, nullptr, nullptr) != 0)
            qFatal("openpty");
        ::fcntl(masterEnd, F_SETFD, FD_CLOEXEC);
        ::fcntl(slaveEnd, F_SETFD, FD_CLOEXEC);
        slave = FileDescriptor(slaveEnd);
        input = FileDescriptor(masterEnd);
        output = FileDescriptor(::fcntl(masterEnd, F_DUPFD_CLOEXEC, 0));
    }
    process_ = ::fork();
    if (process_ < 0)
        qFatal("fork");
    if (process_ == 0) {
        if (standard == Standard::Terminal) {
            ::setsid();
            ::ioctl(slave.get(), TIOCSCTTY, 0);
            for (int descriptor = 0; descriptor < 3; ++descriptor)
                ::dup2(slave.get(), descriptor);
        } else {
            ::dup2(childInput.get(), STDIN_FILENO);
            ::dup2(childOutput.get(), STDOUT_FILENO);
            ::dup2(errors.get(), STDERR_FILENO);
            if (standard == Standard::OutputClosed)
                ::close(STDOUT_FILENO);
        }
        ::execv(pointers[0], pointers.data());
        ::_exit(127);
    }
    input_ = std::move(input);
    output_ = std::move(output);
    errors_ = std::move(errors);
    terminal_ = std::move(slave);
}

VireoProcess::~VireoProcess() {
    if (process_ > 0) {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }
}

void VireoProcess::type(const std::string& text) {
    if (::write(input_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        qWarning("not all was typed");
}

bool VireoProcess::waitForOutput(const std::string& text, int times) {
    const auto count = [&] {
        int found = 0;
        for (std::size_t at = 0; (at = received_.find(text, at)) != std::string::npos; ++at)
            ++found;
        return found;
    };
    const auto end = Time::now() + kPatience;
    while (count() < times) {
        pollfd source{output_.get(), POLLIN, 0};
        std::array<char, 4096> bytes{};
        if (Time::now() > end)
            return false;
        if (::poll(&source, 1, 100) != 1)
            continue;
        const ssize_t size = ::read(output_.get(), bytes.data(), bytes.size());
        if (size <= 0)
            return count() >= times;
        received_.append(bytes.data(), static_cast<std::size_t>(size));
    }
    return true;
}

std::optional<int> VireoProcess::waitForEnd(Reading reading) {
    int status = 0;
    if (!waitFor([&] {
            // A terminal's output must be read, or its writer waits.
            pollfd source{output_.get(), POLLIN, 0};
            std::array<char, 4096> bytes{};
            if (reading == Reading::Yes && output_ && ::poll(&source, 1, 0) == 1)
                if (const ssize_t size = ::read(output_.get(), bytes.data(), bytes.size());
                    size > 0)
                    received_.append(bytes.data(), static_cast<std::size_t>(size));
            return ::waitpid(process_, &status, WNOHANG) == process_;
        }))
        return std::nullopt;
    process_ = -1;
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool VireoProcess::waitUntilOutputIsFull() const {
    // Writes that end within a page leave gaps, so a full pipe can hold fewer bytes than its
    // capacity: full is what has not grown for a while.
    constexpr int kSteps = 50;
    int before = 0;
    int unchanged = 0;
    return waitFor([&] {
        int waiting = 0;
        if (::ioctl(output_.get(), FIONREAD, &waiting) != 0)
            return false;
        unchanged = waiting == before && waiting > 4096 ? unchanged + 1 : 0;
        before = waiting;
        return unchanged == kSteps;
    });
}

std::string VireoProcess::errors() {
    std::string text(65536, '\0');
    const ssize_t size = ::pread(errors_.get(), text.data(), text.size(), 0);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
}

termios VireoProcess::terminalMode() const {
    termios mode{};
    ::tcgetattr(terminal_.get(), &mode);
    return mode;
}

bool VireoProcess::waitForRawMode(bool raw) const {
    return waitFor([&] { return isRaw(terminalMode()) == raw; });
}

pid_t VireoProcess::worker() const {
    const std::string name = std::to_string(process_);
    pid_t child = -1;
    const bool found = waitFor([&] {
        std::ifstream children("/proc/" + name + "/task/" + name + "/children");
        return static_cast<bool>(children >> child);
    });
    return found ? child : -1;
}
