// SPDX-License-Identifier: GPL-3.0-or-later
#include "service_client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "service/ipc/unix_address.h"

namespace service::client {

using hypervisor::FileDescriptor;
using hypervisor::systemFailure;

namespace {

constexpr const char* kClosed =
    "the service has closed the connection; see its log, and 'vireo list' for what was done";

// A service whose queue of connections is full is not waited for any longer.
constexpr timeval kConnectPatience{10, 0};

ServiceError unreachable(std::string message) {
    return {ServiceError::Kind::Unreachable, std::move(message), {}};
}

ServiceError cantReach(const ServiceAddress& address, int error) {
    const std::string tried = systemFailure("can't reach the service at '" + address.socket + "'",
                                            error == EAGAIN ? ETIMEDOUT : error)
                                  .error()
                                  .message;
    return unreachable(tried + "; " + howToReach(address, error));
}

}  // namespace

ServiceResult<std::unique_ptr<ServiceClient>> ServiceClient::connect(
    const ServiceAddress& address) {
    const auto name = unixAddress(address.socket);
    if (!name)
        return std::unexpected(cantReach(address, address.socket.empty() ? EINVAL : ENAMETOOLONG));
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket)
        return std::unexpected(
            unreachable(systemFailure("can't create a socket", errno).error().message));
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kConnectPatience, sizeof kConnectPatience);
    int connected = -1;
    do
        connected =
            ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&*name), sizeof *name);
    while (connected != 0 && errno == EINTR);
    if (connected != 0)
        return std::unexpected(cantReach(address, errno));
    if (::fcntl(socket.get(), F_SETFL, O_NONBLOCK) != 0)
        return std::unexpected(
            unreachable(systemFailure("can't prepare a socket", errno).error().message));
    return std::unique_ptr<ServiceClient>(new ServiceClient(address, std::move(socket)));
}

ServiceResult<boost::json::value> ServiceClient::ask(std::string_view method,
                                                     const boost::json::value& params,
                                                     std::chrono::milliseconds patience) {
    std::optional<RpcResult<boost::json::value>> reply;
    const auto number =
        protocol_.ask(method, params, [&reply, this](RpcResult<boost::json::value> result) {
            // What the loss of the connection makes of it is no reply.
            if (!lost_)
                reply = std::move(result);
        });
    const auto deadline = Clock::now() + patience;
    while (!reply && step(deadline))
        continue;
    if (!reply) {
        // The handler's variable goes away.
        protocol_.forget(number);
        return std::unexpected(lost_ ? *lost_ : noAnswer(method));
    }
    if (!*reply)
        return std::unexpected(refused(std::move(reply->error())));
    return std::move(**reply);
}

bool ServiceClient::step(std::optional<Clock::time_point> deadline) {
    if (lost_)
        return false;
    send();
    if (lost_)
        return false;
    const short events = static_cast<short>(POLLIN | (protocol_.output().empty() ? 0 : POLLOUT));
    pollfd source{socket_.get(), events, 0};
    int timeout = -1;
    if (deadline) {
        // Rounded up, so that the last wait is no busy one.
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
        timeout = static_cast<int>(std::clamp<decltype(left)>(left, 0, 1'000'000));
    }
    const int ready = ::poll(&source, 1, timeout);
    if (ready < 0 && errno != EINTR)
        lose(systemFailure("can't wait for the service", errno).error().message);
    if (ready <= 0)
        return !lost_ && (!deadline || Clock::now() < *deadline);
    if (source.revents & POLLOUT)
        send();
    if (!lost_ && (source.revents & (POLLIN | POLLHUP | POLLERR)))
        receive();
    return !lost_;
}

void ServiceClient::send() {
    std::string& output = protocol_.output();
    while (!output.empty()) {
        const ssize_t count =
            ::send(socket_.get(), output.data(), output.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            return;
        if (count < 0 && (errno == EPIPE || errno == ECONNRESET)) {
            // It may have said why before it closed.
            receive();
            if (!lost_)
                lose(kClosed);
            return;
        }
        if (count < 0)
            return lose(systemFailure("can't send to the service", errno).error().message);
        output.erase(0, static_cast<std::size_t>(count));
    }
}

void ServiceClient::receive() {
    std::array<char, 65536> bytes{};
    const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (count == 0 || (count < 0 && errno == ECONNRESET))
        return lose(kClosed);
    if (count < 0)
        return lose(systemFailure("can't receive from the service", errno).error().message);
    if (const auto taken = protocol_.received({bytes.data(), static_cast<std::size_t>(count)});
        !taken)
        lose(taken.error().message);
}

void ServiceClient::lose(const std::string& reason) {
    if (lost_)
        return;
    lost_ = unreachable(reason);
    protocol_.fail(makeError(ErrorCode::InternalError, reason));
    socket_ = FileDescriptor();
}

ServiceError ServiceClient::noAnswer(std::string_view method) const {
    return unreachable("the service at '" + address_.socket + "' does not answer '" +
                       std::string(method) +
                       "'; it goes on in the service: look with 'vireo list', "
                       "and see the service's log");
}

ServiceError ServiceClient::refused(RpcError error) {
    std::string message = describe(error);
    return {ServiceError::Kind::Refused, std::move(message), std::move(error)};
}

}  // namespace service::client
