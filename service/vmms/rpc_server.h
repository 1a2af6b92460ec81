// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "connection.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "request_router.h"
#include "service_places.h"

namespace service {

/// Takes connections at the service's socket.
///
/// Thread safety: the event loop's thread.
class RpcServer {
  public:
    struct Options {
        ServiceMode mode = ServiceMode::Session;
        std::string path;
        /// Who may connect beside the owner (system).
        std::optional<gid_t> group;
        /// systemd's listening socket, instead of one at `path`.
        hypervisor::FileDescriptor inherited;
        /// A connection has ended.
        std::function<void(Peer& peer)> onClosed;
    };
    /// A socket that a dead service has left at the path is replaced; one at which a service
    /// answers is an error.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<RpcServer>> create(
        boost::asio::any_io_executor executor, const RequestRouter& router, Options options);
    ~RpcServer();

    /// Takes no more connections and requests, and closes those that are there once what waits for
    /// them is sent, or a moment later; then calls back.
    void stop(std::function<void()> stopped);

  private:
    using Acceptor = boost::asio::local::stream_protocol::acceptor;

    RpcServer(Acceptor acceptor, const RequestRouter& router, Options options);
    void accept();
    void take(Connection::Socket socket);
    void closeAll();
    void forget(const std::shared_ptr<Connection>& connection);

    Acceptor acceptor_;
    const RequestRouter& router_;
    const Options options_;
    boost::asio::steady_timer pause_;
    std::map<uid_t, UserShare> shares_;
    std::set<std::shared_ptr<Connection>> connections_;
    std::function<void()> stopped_;
};

}  // namespace service
