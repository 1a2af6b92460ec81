// SPDX-License-Identifier: GPL-3.0-or-later
#include "rpc_server.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string_view>
#include <utility>

#include "service/ipc/json_rpc.h"
#include "service/ipc/unix_address.h"
#include "service/vmms/sockets/listening_socket.h"

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaximumOfUser = 512;
constexpr std::size_t kMaximumOfAll = 4'096;
// For a host that is short of descriptors for a moment.
constexpr auto kAcceptPause = 100ms;
/// How long clients may take to read the last that they are told.
constexpr auto kFarewell = 1s;
constexpr mode_t kPrivateSocket = 0600;
constexpr mode_t kSocketForGroup = 0660;

Result<FileDescriptor> listenAt(const std::string& path, std::optional<gid_t> group) {
    const auto address = unixAddress(path);
    if (!address)
        return failure(fmt::format("the socket's path '{}' is longer than {} bytes", path,
                                   kLongestSocketPath));
    const auto* const name = reinterpret_cast<const sockaddr*>(&*address);
    FileDescriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!probe)
        return systemFailure("can't make a socket", errno);
    if (::connect(probe.get(), name, sizeof *address) == 0 || errno == EAGAIN)
        return failure(
            fmt::format("a service answers at '{}' already; stop it first, or use that one", path));
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0) {
        if (!S_ISSOCK(status.st_mode))
            return failure(fmt::format("'{}' is in the way and no socket; remove it", path));
    }
    return createListeningSocket(path, {group ? kSocketForGroup : kPrivateSocket, group});
}

void refuse(int socket, const RpcError& error) {
    const std::string line = encodeError(nullptr, error) + '\n';
    static_cast<void>(::send(socket, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0);
}

}  // namespace

Result<std::unique_ptr<RpcServer>> RpcServer::create(boost::asio::any_io_executor executor,
                                                     const RequestRouter& router, Options options) {
    FileDescriptor listener = std::move(options.inherited);
    if (!listener) {
        auto made = listenAt(options.path, options.group);
        if (!made)
            return std::unexpected(made.error());
        listener = std::move(*made);
    }
    Acceptor acceptor(executor);
    boost::system::error_code error;
    acceptor.assign(boost::asio::local::stream_protocol(), listener.release(), error);
    if (error)
        return failure("can't use the listening socket: " + error.message());
    std::unique_ptr<RpcServer> server(
        new RpcServer(std::move(acceptor), router, std::move(options)));
    server->accept();
    return server;
}

RpcServer::RpcServer(Acceptor acceptor, const RequestRouter& router, Options options)
    : acceptor_(std::move(acceptor)),
      router_(router),
      options_(std::move(options)),
      pause_(acceptor_.get_executor()) {}

RpcServer::~RpcServer() {
    stopped_ = {};
    closeAll();
}

void RpcServer::accept() {
    acceptor_.async_accept(
        [this](const boost::system::error_code& error, Connection::Socket socket) {
            if (error == boost::asio::error::operation_aborted || !acceptor_.is_open())
                return;
            if (!error) {
                take(std::move(socket));
                return accept();
            }
            pause_.expires_after(kAcceptPause);
            pause_.async_wait([this](const boost::system::error_code& cancelled) {
                if (!cancelled)
                    accept();
            });
        });
}

void RpcServer::take(Connection::Socket socket) {
    auto rights = ClientRights::ofPeer(socket.native_handle());
    if (!rights)
        return;
    if (options_.mode == ServiceMode::Session) {
        if (rights->user != ::geteuid() && rights->user != 0)
            return refuse(socket.native_handle(),
                          makeError(ErrorCode::PermissionDenied, "this is another user's service",
                                    "use your own"));
        // A session has no other rights than its user's, whoever asks.
        rights = ClientRights::own();
    }
    UserShare& share = shares_[rights->user];
    if (share.connections >= kMaximumOfUser ||
        (connections_.size() >= kMaximumOfAll && rights->user != 0))
        return refuse(
            socket.native_handle(),
            makeError(ErrorCode::LimitReached, "there are too many connections", "close some"));
    const auto connection = std::make_shared<Connection>(
        std::move(socket), std::move(*rights), router_, share, [this](Connection& closed) {
            options_.onClosed(closed);
            forget(closed.shared_from_this());
        });
    connections_.insert(connection);
    connection->begin();
}

void RpcServer::forget(const std::shared_ptr<Connection>& connection) {
    connections_.erase(connection);
    if (connections_.empty() && stopped_)
        std::exchange(stopped_, {})();
}

void RpcServer::stop(std::function<void()> stopped) {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    if (connections_.empty())
        return stopped();
    stopped_ = std::move(stopped);
    pause_.expires_after(kFarewell);
    pause_.async_wait([this](const boost::system::error_code& error) {
        if (!error)
            closeAll();
    });
    for (const auto& connection : std::set(connections_))
        connection->finish();
}

void RpcServer::closeAll() {
    for (const auto& connection : std::set(connections_))
        connection->close();
}

}  // namespace service
