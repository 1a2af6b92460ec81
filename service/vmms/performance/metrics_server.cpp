// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics_server.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "http_request.h"
#include "open_metrics_page.h"
#include "service/vmms/sockets/listening_socket.h"

namespace service {

using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

using boost::asio::local::stream_protocol;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr std::string_view kPage = "/metrics";
constexpr std::size_t kMostConnections = 16;
// For a request to come, and for a piece of the page to go.
constexpr auto kPatience = 5s;
// For the whole: a page is of one moment.
constexpr auto kMostTime = 60s;
// When the process has no room for another connection.
constexpr auto kFullTime = 1s;

std::string head(std::string_view status, std::string_view contentType, std::string_view more) {
    return fmt::format(
        "HTTP/1.1 {}\r\nContent-Type: {}\r\nConnection: close\r\nCache-Control: no-store\r\n{}\r\n",
        status, contentType, more);
}

std::string refusal(const HttpRequest& request) {
    const auto answer = [&request](std::string_view status, std::string_view text,
                                   std::string_view more = {}) {
        return head(status, "text/plain; charset=utf-8",
                    fmt::format("{}Content-Length: {}\r\n", more, text.size())) +
               std::string(request.headOnly ? std::string_view() : text);
    };
    switch (request.verdict) {
        case HttpRequest::Verdict::NoMethod:
            return answer("405 Method Not Allowed", "only GET and HEAD are possible\n",
                          "Allow: GET, HEAD\r\n");
        case HttpRequest::Verdict::NoPage:
            return answer("404 Not Found", "the page is /metrics\n");
        case HttpRequest::Verdict::TooLong:
            return answer("431 Request Header Fields Too Large", "the request is too long\n");
        default:
            return answer("400 Bad Request", "this is no HTTP/1.1 request\n");
    }
}

/// One connection, which owns itself while something is under way.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(stream_protocol::socket socket, const PerformanceMonitor& monitor)
        : socket_(std::move(socket)),
          monitor_(monitor),
          patience_(socket_.get_executor()),
          end_(std::chrono::steady_clock::now() + kMostTime) {}

    void start() {
        wait();
        read();
    }
    /// What is under way ends soon; the monitor may go then.
    void cutOff() {
        error_code ignored;
        patience_.cancel();
        socket_.close(ignored);
    }
    /// When it has ended by itself.
    std::function<void()> onEnd;

  private:
    void wait() {
        patience_.expires_at(std::min(std::chrono::steady_clock::now() + kPatience, end_));
        patience_.async_wait([self = weak_from_this()](const error_code& error) {
            if (const auto connection = self.lock(); connection && !error)
                connection->cutOff();
        });
    }
    void read() {
        socket_.async_read_some(
            boost::asio::buffer(bytes_),
            [self = shared_from_this()](const error_code& error, std::size_t size) {
                if (error || !self->socket_.is_open())
                    return self->end();
                self->received_.append(self->bytes_.data(), size);
                self->look();
            });
    }
    void look() {
        const HttpRequest request = HttpRequest::parse(received_, kPage);
        if (request.verdict == HttpRequest::Verdict::Incomplete)
            // A sender of single bytes has no more time than others.
            return read();
        if (request.verdict != HttpRequest::Verdict::Good)
            return send(refusal(request));
        chunks_ = request.chunks;
        if (!request.headOnly)
            page_.emplace(monitor_.counted());
        send(head("200 OK", OpenMetricsPage::kContentType,
                  chunks_ ? "Transfer-Encoding: chunked\r\n" : ""));
    }
    void sendNext() {
        std::string piece = page_ ? page_->next() : std::string();
        if (!page_ || (piece.empty() && !chunks_))
            return finish();
        if (piece.empty()) {
            page_.reset();
            return send("0\r\n\r\n");
        }
        send(chunks_ ? fmt::format("{:x}\r\n{}\r\n", piece.size(), piece) : std::move(piece));
    }
    void send(std::string bytes) {
        wait();
        sending_ = std::move(bytes);
        boost::asio::async_write(socket_, boost::asio::buffer(sending_),
                                 [self = shared_from_this()](const error_code& error, std::size_t) {
                                     if (error || !self->socket_.is_open())
                                         return self->end();
                                     self->sendNext();
                                 });
    }
    void finish() {
        error_code ignored;
        socket_.shutdown(stream_protocol::socket::shutdown_both, ignored);
        end();
    }
    void end() {
        cutOff();
        if (const auto told = std::exchange(onEnd, nullptr))
            told();
    }

    stream_protocol::socket socket_;
    const PerformanceMonitor& monitor_;
    boost::asio::steady_timer patience_;
    const std::chrono::steady_clock::time_point end_;
    std::array<char, 1024> bytes_{};
    std::string received_;
    std::string sending_;
    bool chunks_ = false;
    std::optional<OpenMetricsPage> page_;
};

class UnixMetricsServer : public MetricsServer {
  public:
    UnixMetricsServer(boost::asio::any_io_executor executor, const PerformanceMonitor& monitor,
                      Options options)
        : options_(std::move(options)), monitor_(monitor), acceptor_(executor), pause_(executor) {}
    ~UnixMetricsServer() override {
        error_code ignored;
        acceptor_.close(ignored);
        pause_.cancel();
        for (const auto& connection : connections_) {
            connection->onEnd = nullptr;
            connection->cutOff();
        }
        if (listens_)
            ::unlink(options_.path.c_str());
    }
    UnixMetricsServer(const UnixMetricsServer&) = delete;
    UnixMetricsServer& operator=(const UnixMetricsServer&) = delete;

    [[nodiscard]] Result<void> listen() {
        auto socket = createListeningSocket(options_.path, {options_.mode, options_.group});
        if (!socket)
            return std::unexpected(socket.error());
        error_code error;
        acceptor_.assign(stream_protocol(), socket->get(), error);
        if (error)
            return hypervisor::failure("can't serve the metrics page at " + options_.path + ": " +
                                       error.message());
        static_cast<void>(socket->release());
        listens_ = true;
        accept();
        return {};
    }

  private:
    void accept() {
        if (connections_.size() >= kMostConnections || accepting_)
            return;
        accepting_ = true;
        acceptor_.async_accept([this, here = std::weak_ptr(here_)](const error_code& error,
                                                                   stream_protocol::socket socket) {
            if (here.expired())
                return;
            accepting_ = false;
            if (error)
                return acceptLater();
            serve(std::move(socket));
            accept();
        });
    }
    void acceptLater() {
        pause_.expires_after(kFullTime);
        pause_.async_wait([this, here = std::weak_ptr(here_)](const error_code& error) {
            if (!error && !here.expired())
                accept();
        });
    }
    void serve(stream_protocol::socket socket) {
        auto connection = std::make_shared<Connection>(std::move(socket), monitor_);
        connection->onEnd = [this, which = connection.get()] {
            std::erase_if(connections_, [which](const auto& one) { return one.get() == which; });
            accept();
        };
        connections_.insert(connection);
        connection->start();
    }

    const Options options_;
    const PerformanceMonitor& monitor_;
    // Goes with this, for handlers that come later.
    const std::shared_ptr<bool> here_ = std::make_shared<bool>();
    stream_protocol::acceptor acceptor_;
    boost::asio::steady_timer pause_;
    std::set<std::shared_ptr<Connection>> connections_;
    bool accepting_ = false;
    bool listens_ = false;
};

}  // namespace

Result<std::unique_ptr<MetricsServer>> MetricsServer::create(boost::asio::any_io_executor executor,
                                                             const PerformanceMonitor& monitor,
                                                             Options options) {
    auto server =
        std::make_unique<UnixMetricsServer>(std::move(executor), monitor, std::move(options));
    if (const auto listening = server->listen(); !listening)
        return std::unexpected(listening.error());
    return server;
}

}  // namespace service
