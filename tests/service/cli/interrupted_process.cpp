// SPDX-License-Identifier: GPL-3.0-or-later
#include "interrupted_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QByteArray>
#include <QDeadlineTimer>
#include <QFile>
#include <QThread>
#include <utility>
#include <vector>

namespace {

int exitStatus(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::optional<InterruptedProcess> InterruptedProcess::start(const QString& program,
                                                            const QStringList& arguments) {
    std::vector<QByteArray> words = {program.toUtf8()};
    for (const QString& argument : arguments)
        words.push_back(argument.toUtf8());
    std::vector<char*> pointers;
    for (QByteArray& word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    const pid_t process = ::fork();
    if (process < 0)
        return std::nullopt;
    if (process == 0) {
        const int nowhere = ::open("/dev/null", O_RDWR);
        ::dup2(nowhere, STDOUT_FILENO);
        ::dup2(nowhere, STDERR_FILENO);
        if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0)
            ::execv(pointers[0], pointers.data());
        ::_exit(127);
    }
    int status = 0;
    // The trap of the program's start.
    if (::waitpid(process, &status, 0) != process || !WIFSTOPPED(status))
        return std::nullopt;
    ::ptrace(PTRACE_SETOPTIONS, process, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    return InterruptedProcess(process);
}

InterruptedProcess::InterruptedProcess(InterruptedProcess&& other) noexcept
    : process_(std::exchange(other.process_, -1)), status_(other.status_), traced_(other.traced_) {}

InterruptedProcess::~InterruptedProcess() {
    if (process_ < 0 || status_)
        return;
    ::kill(process_, SIGKILL);
    int status = 0;
    // A traced one may report stops before its end.
    while (::waitpid(process_, &status, 0) == process_ && WIFSTOPPED(status)) {
    }
}

// To the next entry to, or return from, a system call.
bool InterruptedProcess::step() {
    int deliver = 0;
    for (;;) {
        if (::ptrace(PTRACE_SYSCALL, process_, nullptr, deliver) != 0)
            return false;
        int status = 0;
        if (::waitpid(process_, &status, 0) != process_)
            return false;
        if (!WIFSTOPPED(status)) {
            status_ = exitStatus(status);
            return false;
        }
        if (WSTOPSIG(status) == (SIGTRAP | 0x80))
            return true;
        deliver = WSTOPSIG(status);
    }
}

bool InterruptedProcess::runTo(long count) {
    for (long i = 0; i < 2 * count - 1; ++i)
        if (!step())
            return false;
    return true;
}

long InterruptedProcess::countToEnd() {
    long stops = 0;
    while (step())
        ++stops;
    return stops / 2;
}

bool InterruptedProcess::pending(int signal) const {
    QFile file(QStringLiteral("/proc/%1/status").arg(process_));
    if (!file.open(QIODevice::ReadOnly))
        return false;
    for (const QByteArray& line : file.readAll().split('\n'))
        if (line.startsWith("ShdPnd:"))
            return (line.mid(7).trimmed().toULongLong(nullptr, 16) >> (signal - 1) & 1) != 0;
    return false;
}

bool InterruptedProcess::takesSignals() const {
    // Its thread for signals is a second one.
    QFile file(QStringLiteral("/proc/%1/status").arg(process_));
    if (!file.open(QIODevice::ReadOnly))
        return false;
    for (const QByteArray& line : file.readAll().split('\n'))
        if (line.startsWith("Threads:"))
            return line.mid(8).trimmed().toInt() > 1;
    return false;
}

void InterruptedProcess::send(int signal) {
    ::kill(process_, signal);
    const QDeadlineTimer deadline(10'000);
    while (takesSignals() && pending(signal) && !deadline.hasExpired())
        QThread::usleep(200);
}

std::optional<int> InterruptedProcess::finish(std::chrono::milliseconds limit) {
    if (status_)
        return status_;
    if (std::exchange(traced_, false))
        ::ptrace(PTRACE_DETACH, process_, nullptr, nullptr);
    const QDeadlineTimer deadline(limit.count());
    for (;;) {
        int status = 0;
        if (::waitpid(process_, &status, WNOHANG) == process_ && !WIFSTOPPED(status)) {
            status_ = exitStatus(status);
            return status_;
        }
        if (deadline.hasExpired())
            return std::nullopt;
        QThread::usleep(500);
    }
}
