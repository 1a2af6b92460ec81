// SPDX-License-Identifier: GPL-3.0-or-later
#include "console_port.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace service {

using hypervisor::FileDescriptor;

namespace {

constexpr std::size_t kInputChunk = 256;
// Who comes is let in between two looks at those who are there.
constexpr int kMostAtOnce = 16;

// Says goodbye to who can't come in; a socket that was just accepted has room for a line.
void turnAway(const FileDescriptor& socket) {
    const std::string text =
        fmt::format("{} are attached to this serial port already; end one of them\r\n",
                    ConsolePort::kMostClients);
    static_cast<void>(::send(socket.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

}  // namespace

void ConsolePort::attach(Port* port) {
    {
        const std::scoped_lock lock(portMutex_);
        port_ = port;
    }
    inputRoom();
}

bool ConsolePort::send(std::uint8_t byte) {
    bool wanted = false;
    {
        const std::scoped_lock lock(mutex_);
        scrollback_.append(byte);
        wanted = std::exchange(outputWanted_, false);
    }
    if (wanted)
        wake_();
    return true;
}

void ConsolePort::inputRoom() {
    {
        const std::scoped_lock lock(mutex_);
        inputWanted_ = true;
    }
    wake_();
}

void ConsolePort::prepare(std::vector<pollfd>& sources, bool acceptsClients) {
    bool retryInput = false;
    {
        const std::scoped_lock lock(mutex_);
        retryInput = std::exchange(inputWanted_, false);
    }
    if (retryInput)
        deliverInput();
    // Nobody waits for who has gone: what was typed before is read as the port takes it.
    for (ConsoleClient& client : clients_)
        while (client.hungUp() && client.reading() && input_.empty())
            readFrom(client);
    clients_.remove_if(
        [](const ConsoleClient& client) { return client.hungUp() && !client.reading(); });

    sources.push_back({acceptsClients ? listener_.get() : -1, POLLIN, 0});
    const std::scoped_lock lock(mutex_);
    for (const ConsoleClient& client : clients_) {
        const bool wantsOutput = client.wantsOutput(scrollback_);
        outputWanted_ = outputWanted_ || !wantsOutput;
        const bool wantsInput = client.reading() && input_.empty();
        sources.push_back(
            {client.hungUp() ? -1 : client.descriptor(),
             static_cast<short>((wantsOutput ? POLLOUT : 0) | (wantsInput ? POLLIN : 0)), 0});
    }
}

bool ConsolePort::serve(const std::vector<pollfd>& sources, std::size_t& next) {
    const bool somebodyComes = sources[next++].revents != 0;
    for (ConsoleClient& client : clients_) {
        const short ready = sources[next++].revents;
        if ((ready & POLLIN) != 0 && input_.empty())
            readFrom(client);
        const bool stays = (ready & POLLOUT) == 0 || client.send(mutex_, scrollback_);
        if ((ready & (POLLHUP | POLLERR)) != 0 || !stays)
            client.setHungUp();
    }
    // The one that was served first comes last now, so that nobody's typing keeps others waiting.
    if (clients_.size() > 1)
        clients_.splice(clients_.end(), clients_, clients_.begin());
    return !somebodyComes || acceptClients();
}

bool ConsolePort::hasOutput() {
    const std::scoped_lock lock(mutex_);
    return std::ranges::any_of(clients_, [this](const ConsoleClient& client) {
        return !client.hungUp() && client.wantsOutput(scrollback_);
    });
}

bool ConsolePort::acceptClients() {
    for (int turn = 0; turn < kMostAtOnce; ++turn) {
        FileDescriptor socket(
            ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!socket)
            return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
        if (clients_.size() >= kMostClients) {
            turnAway(socket);
            continue;
        }
        const std::scoped_lock lock(mutex_);
        clients_.emplace_back(std::move(socket), scrollback_.firstLine());
    }
    return true;
}

void ConsolePort::readFrom(ConsoleClient& client) {
    input_.resize(kInputChunk);
    input_.resize(client.read(input_));
    deliverInput();
}

void ConsolePort::deliverInput() {
    if (input_.empty())
        return;
    const std::scoped_lock lock(portMutex_);
    if (port_ == nullptr)
        return;
    const std::size_t taken = std::min(port_->receive(input_), input_.size());
    input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(taken));
}

}  // namespace service
