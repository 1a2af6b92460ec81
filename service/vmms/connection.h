// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "peer.h"
#include "request_router.h"

namespace service {

/// What one user's connections hold together, so that one user can't take all.
struct UserShare {
    std::size_t connections = 0;
    /// Bytes of requests that are not whole or not taken yet.
    std::size_t received = 0;
    /// Bytes of replies and notifications that are not sent yet.
    std::size_t waiting = 0;
};

/// One client's connection: requests in, replies and notifications out. A client that does not read
/// its replies is not read from, and one that lets too much pile up is cut off; so is one that
/// leaves a request unfinished.
///
/// Thread safety: the event loop's thread.
class Connection final : public Peer, public std::enable_shared_from_this<Connection> {
  public:
    using Socket = boost::asio::local::stream_protocol::socket;

    /// `onClosed` is called once.
    Connection(Socket socket, ClientRights rights, const RequestRouter& router, UserShare& share,
               std::function<void(Connection& connection)> onClosed);

    void begin();
    void close();
    /// Takes no more requests, and closes once what waits is sent.
    void finish();

    [[nodiscard]] const ClientRights& rights() const override { return rights_; }
    void send(std::string line) override;

  private:
    /// Too much waits to be answered or sent, or it is the end.
    [[nodiscard]] bool isHeldBack() const;
    /// Takes the requests that have come, and waits for more, unless it is held back.
    void proceed();
    void waitForMore();
    /// False when that has closed the connection.
    [[nodiscard]] bool takeLines();
    void takeLine(std::string_view line);
    void refuseLongRequest();
    void answer(std::string line);
    void write();
    void watchUnfinished();
    void setReceived(std::size_t size);
    void setWaiting(std::size_t size);

    Socket socket_;
    const ClientRights rights_;
    const RequestRouter& router_;
    UserShare& share_;
    std::function<void(Connection& connection)> onClosed_;
    std::string in_;
    /// Of in_: no line ends before.
    std::size_t searched_ = 0;
    /// As the user's share has them.
    std::size_t counted_ = 0;
    std::size_t countedWaiting_ = 0;
    std::string out_;
    std::string writing_;
    std::size_t unanswered_ = 0;
    bool finishing_ = false;
    bool reading_ = false;
    bool taking_ = false;
    boost::asio::steady_timer unfinished_;
    bool unfinishedWatched_ = false;
    /// Since when a request has begun and not ended.
    std::optional<std::chrono::steady_clock::time_point> unfinishedSince_;
};

}  // namespace service
