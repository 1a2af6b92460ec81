// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker_record.h"

// glibc 2.36 declares pidfd_open() without C linkage.
extern "C" {
#include <sys/pidfd.h>
}

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <utility>

#include "atomic_file.h"
#include "service/ipc/unix_address.h"
#include "service/vmms/sockets/listening_socket.h"

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

constexpr const char* kRecordEnding = ".process";
constexpr std::size_t kMaximumRecord = 256;
constexpr std::size_t kMaximumStatus = 4096;
// Fields of /proc/<pid>/stat behind the name: the start time is the 22nd of all (proc(5)).
constexpr int kFieldsBeforeStart = 19;

}  // namespace

Result<WorkerRecord> recordOf(pid_t process) {
    const auto text = readFile(fmt::format("/proc/{}/stat", process), kMaximumStatus);
    if (!text)
        return std::unexpected(text.error());
    // The name, in parentheses, may hold anything.
    const std::size_t end = text->rfind(')');
    if (end == std::string::npos)
        return failure("can't read the state of a process");
    std::istringstream fields(text->substr(end + 1));
    std::string skipped;
    for (int field = 0; field < kFieldsBeforeStart; ++field)
        fields >> skipped;
    WorkerRecord record{process, 0};
    if (!(fields >> record.startTime))
        return failure("can't read the state of a process");
    return record;
}

std::optional<FileDescriptor> openProcess(const WorkerRecord& record) {
    FileDescriptor handle(::pidfd_open(record.process, 0));
    if (!handle)
        return std::nullopt;
    // Asked while the handle is open, so that it is of the handle's process.
    const auto now = recordOf(record.process);
    if (!now || *now != record)
        return std::nullopt;
    return handle;
}

std::string WorkerRecords::socket(const std::string& machine) const {
    return folder_ + '/' + machine + ".sock";
}

std::string WorkerRecords::file(const std::string& machine) const {
    return folder_ + '/' + machine + kRecordEnding;
}

Result<FileDescriptor> WorkerRecords::listen(const std::string& machine) const {
    return createListeningSocket(socket(machine), {});
}

Result<FileDescriptor> WorkerRecords::connect(const std::string& machine) const {
    const std::string path = socket(machine);
    const auto address = unixAddress(path);
    if (!address)
        return failure(fmt::format(
            "the path of the socket '{}' is longer than {} bytes; set XDG_RUNTIME_DIR to a folder "
            "with a shorter one",
            path, kLongestSocketPath));
    // Not blocking: a worker that does not accept leaves its queue full.
    FileDescriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!connection || ::connect(connection.get(), reinterpret_cast<const sockaddr*>(&*address),
                                 sizeof *address) != 0)
        return systemFailure("can't connect to the worker", errno);
    return connection;
}

Result<void> WorkerRecords::store(const std::string& machine, const WorkerRecord& record) const {
    return replaceFile(file(machine), fmt::format("{} {}\n", record.process, record.startTime));
}

std::optional<WorkerRecord> WorkerRecords::load(const std::string& machine) const {
    const auto text = readFile(file(machine), kMaximumRecord);
    if (!text)
        return std::nullopt;
    std::istringstream fields(*text);
    WorkerRecord record;
    if (!(fields >> record.process >> record.startTime) || record.process <= 1)
        return std::nullopt;
    return record;
}

std::vector<std::string> WorkerRecords::running() const {
    std::vector<std::string> machines;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
        if (entry.path().extension() != kRecordEnding)
            continue;
        std::string machine = entry.path().stem();
        const auto record = load(machine);
        if (record && openProcess(*record))
            machines.push_back(std::move(machine));
    }
    return machines;
}

void WorkerRecords::remove(const std::string& machine) const {
    ::unlink(socket(machine).c_str());
    ::unlink(file(machine).c_str());
}

}  // namespace service
