// SPDX-License-Identifier: GPL-3.0-or-later
#include "played_service.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "hypervisor/file_descriptor.h"
#include "service/ipc/json_rpc.h"
#include "service/ipc/methods.h"

namespace tests {

using namespace service;  // NOLINT: the protocol that is played
using hypervisor::FileDescriptor;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto kTurn = std::chrono::seconds(1);

FileDescriptor listenAt(const std::string& path) {
    FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path))
        return {};
    std::ranges::copy(path, address.sun_path);
    if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
        ::listen(listener.get(), 8) != 0)
        return {};
    return listener;
}

/// One client after the other.
class Player {
  public:
    Player(FileDescriptor listener, int machines, bool states)
        : listener_(std::move(listener)), states_(states) {
        for (int number = 0; number < machines; ++number)
            machines_.push_back(machine(number));
    }

    [[noreturn]] void play() {
        for (;;) {
            client_ = FileDescriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            received_.clear();
            subscribed_ = false;
            next_ = Clock::now() + kTurn;
            while (step()) {
            }
        }
    }

  private:
    static MachineSummary machine(int number) {
        MachineSummary summary;
        summary.id = fmt::format("00000000-0000-4000-8000-{:012}", number);
        summary.name = fmt::format("machine {}", number);
        summary.state = MachineState::Running;
        summary.notes = fmt::format("web server {} of a farm", number % 17);
        summary.processor.count = 1 + static_cast<std::uint32_t>(number % 8);
        summary.processor.weight = 100 + static_cast<std::uint32_t>(number % 5) * 100;
        summary.assignedMemoryBytes = summary.startupMemoryBytes = 1ULL << 30;
        summary.uptimeSeconds = static_cast<std::uint64_t>(number) * 37;
        summary.folder = "/var/lib/vireo/machines/" + summary.id;
        return summary;
    }

    /// False when the client has gone.
    bool step() {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(next_ - Clock::now());
        pollfd ready{client_.get(), POLLIN, 0};
        ::poll(&ready, 1, static_cast<int>(std::max<long>(left.count(), 0)));
        if (ready.revents != 0) {
            char bytes[65'536];
            const ssize_t count = ::read(client_.get(), bytes, sizeof(bytes));
            if (count <= 0)
                return false;
            received_.append(bytes, static_cast<std::size_t>(count));
            for (std::size_t end; (end = received_.find('\n')) != std::string::npos;) {
                if (!answer(received_.substr(0, end)))
                    return false;
                received_.erase(0, end + 1);
            }
        }
        if (Clock::now() < next_)
            return true;
        next_ += kTurn;
        return !subscribed_ || change();
    }

    bool send(std::string line) {
        line += '\n';
        for (std::string_view rest = line; !rest.empty();) {
            const ssize_t count = ::send(client_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
            if (count <= 0)
                return false;
            rest.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

    template <class Method>
    bool reply(const RpcRequest& request, const typename Method::Reply& reply) {
        return send(encodeResult(*request.id, encodeValue(reply)));
    }

    bool answer(const std::string& line) {
        const auto request = parseRequest(line);
        if (!request || !request->id)
            return false;
        if (request->method == MachineListMethod::kName)
            return reply<MachineListMethod>(*request, {machines_});
        if (request->method == HostGetMethod::kName) {
            HostReply host;
            host.hostName = "played";
            host.logicalProcessors = 64;
            return reply<HostGetMethod>(*request, host);
        }
        if (request->method == SubscribeMethod::kName) {
            subscribed_ = true;
            return reply<SubscribeMethod>(*request, {1});
        }
        RpcError error;
        error.code = ErrorCode::MethodNotFound;
        error.message = "this service only plays";
        return send(encodeError(*request->id, error));
    }

    bool change() {
        ++turn_;
        MachineUsageNotification usage;
        for (std::size_t at = 0; at < machines_.size(); ++at) {
            MachineSummary& machine = machines_[at];
            machine.cpuUsagePercent =
                static_cast<double>((at * 7'919 + turn_ * 104'729) % 1'000) / 10;
            ++machine.uptimeSeconds;
            usage.machines.push_back({machine.id, machine.cpuUsagePercent,
                                      machine.assignedMemoryBytes, machine.uptimeSeconds,
                                      machine.memoryDemandBytes});
            if (!states_)
                continue;
            machine.state = (at + turn_) % 3 == 0 ? MachineState::Paused : MachineState::Running;
            if (!send(encodeNotification(MachineChangedNotification{machine})))
                return false;
        }
        return send(encodeNotification(usage));
    }

    const FileDescriptor listener_;
    const bool states_;
    std::vector<MachineSummary> machines_;
    FileDescriptor client_;
    std::string received_;
    bool subscribed_ = false;
    Clock::time_point next_;
    std::size_t turn_ = 0;
};

}  // namespace

PlayedService::PlayedService(std::string socket, int machines, bool states)
    : socket_(std::move(socket)) {
    FileDescriptor listener = listenAt(socket_);
    if (!listener)
        return;
    process_ = ::fork();
    if (process_ != 0)
        return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    Player(std::move(listener), machines, states).play();
}

PlayedService::~PlayedService() {
    if (process_ <= 0)
        return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
}

}  // namespace tests
