// SPDX-License-Identifier: GPL-3.0-or-later
#include "connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <utility>

#include "service/ipc/json_rpc.h"

namespace service {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kReadSize = 64 << 10;
// Requests of one connection that wait for their answers.
constexpr std::size_t kMaximumUnanswered = 256;
// Replies that wait: from the first on, no more requests are read, at the second it is over.
constexpr std::size_t kManyBytes = 1 << 20;
constexpr std::size_t kMaximumBytes = 32 << 20;
constexpr std::size_t kMaximumReceivedOfUser = 32 << 20;
constexpr auto kUnfinishedPatience = 30s;

}  // namespace

Connection::Connection(Socket socket, ClientRights rights, const RequestRouter& router,
                       UserShare& share, std::function<void(Connection& connection)> onClosed)
    : socket_(std::move(socket)),
      rights_(std::move(rights)),
      router_(router),
      share_(share),
      onClosed_(std::move(onClosed)),
      unfinished_(socket_.get_executor()) {
    ++share_.connections;
}

void Connection::begin() {
    read();
}

void Connection::close() {
    if (!onClosed_)
        return;
    setReceived(0);
    --share_.connections;
    boost::system::error_code ignored;
    socket_.close(ignored);
    unfinished_.cancel();
    std::exchange(onClosed_, {})(*this);
}

void Connection::setReceived(std::size_t size) {
    share_.received += size;
    share_.received -= std::exchange(counted_, size);
}

void Connection::read() {
    if (reading_ || !onClosed_ || unanswered_ >= kMaximumUnanswered ||
        out_.size() + writing_.size() >= kManyBytes)
        return;
    reading_ = true;
    // Only what is there takes memory: thousands of clients may wait in silence.
    socket_.async_wait(Socket::wait_read,
                       [self = shared_from_this()](const boost::system::error_code& waitError) {
                           self->reading_ = false;
                           if (waitError || !self->onClosed_)
                               return self->close();
                           const std::size_t before = self->in_.size();
                           self->in_.resize(before + kReadSize);
                           boost::system::error_code error;
                           self->socket_.non_blocking(true, error);
                           const std::size_t count = self->socket_.read_some(
                               boost::asio::buffer(self->in_.data() + before, kReadSize), error);
                           self->in_.resize(before + count);
                           if (error == boost::asio::error::would_block)
                               return self->read();
                           if (error)
                               return self->close();
                           self->received(count);
                       });
}

void Connection::received(std::size_t) {
    if (!takeLines())
        return;
    setReceived(in_.size());
    if (share_.received > kMaximumReceivedOfUser)
        return close();
    watchUnfinished();
    read();
}

bool Connection::takeLines() {
    std::size_t begin = 0;
    // Out of the buffer first: an answer may come before the call returns, and close us.
    for (;;) {
        const std::size_t end = in_.find('\n', std::max(begin, searched_));
        if (end == std::string::npos)
            break;
        searched_ = 0;
        std::string_view line(in_.data() + begin, end - begin);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        begin = end + 1;
        if (line.empty())
            continue;
        if (line.size() > kMaximumRequest) {
            begin = in_.size();
            break;
        }
        ++unanswered_;
        router_.route(shared_from_this(), line, [weak = weak_from_this()](std::string reply) {
            if (const auto self = weak.lock())
                self->answer(std::move(reply));
        });
        if (!onClosed_)
            return false;
    }
    in_.erase(0, begin);
    if (in_.empty() && in_.capacity() > kReadSize * 2)
        in_.shrink_to_fit();
    searched_ = in_.size();
    if (in_.size() > kMaximumRequest) {
        send(encodeError(nullptr, makeError(ErrorCode::LimitReached, "a request is too long",
                                            "send at most 1 MiB a line")));
        close();
        return false;
    }
    return true;
}

void Connection::watchUnfinished() {
    if (in_.empty()) {
        if (std::exchange(unfinishedWatched_, false))
            unfinished_.cancel();
        return;
    }
    if (std::exchange(unfinishedWatched_, true))
        return;
    unfinished_.expires_after(kUnfinishedPatience);
    unfinished_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (!error && self && self->unfinishedWatched_)
            self->close();
    });
}

void Connection::answer(std::string line) {
    --unanswered_;
    if (!line.empty())
        send(std::move(line));
    read();
}

void Connection::send(std::string line) {
    if (!onClosed_)
        return;
    if (out_.size() + writing_.size() + line.size() > kMaximumBytes)
        return close();
    out_ += line;
    out_ += '\n';
    if (writing_.empty())
        write();
}

void Connection::write() {
    std::swap(writing_, out_);
    boost::asio::async_write(
        socket_, boost::asio::buffer(writing_),
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
            self->writing_.clear();
            if (self->writing_.capacity() > kReadSize)
                self->writing_.shrink_to_fit();
            if (error)
                return self->close();
            if (!self->out_.empty())
                self->write();
            self->read();
        });
}

}  // namespace service
