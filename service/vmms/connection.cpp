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
// Replies and notifications that wait: from the first on, no more requests are taken, at the second
// it is over, and so it is when all of a user's together are more than the third.
constexpr std::size_t kManyBytes = 1 << 20;
constexpr std::size_t kMaximumBytes = 32 << 20;
constexpr std::size_t kMaximumWaitingOfUser = 64 << 20;
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
    proceed();
}

void Connection::close() {
    if (!onClosed_)
        return;
    setReceived(0);
    setWaiting(0);
    --share_.connections;
    boost::system::error_code ignored;
    socket_.close(ignored);
    unfinished_.cancel();
    std::exchange(onClosed_, {})(*this);
}

void Connection::finish() {
    finishing_ = true;
    if (writing_.empty())
        close();
}

void Connection::setReceived(std::size_t size) {
    share_.received += size;
    share_.received -= std::exchange(counted_, size);
}

void Connection::setWaiting(std::size_t size) {
    share_.waiting += size;
    share_.waiting -= std::exchange(countedWaiting_, size);
}

bool Connection::isHeldBack() const {
    return finishing_ || unanswered_ >= kMaximumUnanswered ||
           out_.size() + writing_.size() >= kManyBytes;
}

void Connection::proceed() {
    if (reading_ || taking_ || !onClosed_ || isHeldBack() || !takeLines())
        return;
    setReceived(in_.size());
    if (share_.received > kMaximumReceivedOfUser)
        return close();
    watchUnfinished();
    if (!isHeldBack())
        waitForMore();
}

void Connection::waitForMore() {
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
                           if (error && error != boost::asio::error::would_block)
                               return self->close();
                           self->proceed();
                       });
}

bool Connection::takeLines() {
    // An answer may come before the call returns; it must not begin this anew.
    taking_ = true;
    std::size_t begin = 0;
    bool whole = true;
    while (whole && !isHeldBack() && onClosed_) {
        const std::size_t end = in_.find('\n', std::max(begin, searched_));
        whole = end != std::string::npos;
        if (whole) {
            takeLine(std::string_view(in_.data() + begin, end - begin));
            begin = end + 1;
            searched_ = 0;
        }
    }
    taking_ = false;
    if (!onClosed_)
        return false;
    in_.erase(0, begin);
    if (begin > 0)
        unfinishedSince_.reset();
    if (in_.empty() && in_.capacity() > kReadSize * 2)
        in_.shrink_to_fit();
    // What was not looked at, because it is held back, may have lines' ends.
    searched_ = whole ? 0 : in_.size();
    if (!whole && in_.size() > kMaximumRequest) {
        refuseLongRequest();
        return false;
    }
    return true;
}

void Connection::takeLine(std::string_view line) {
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    if (line.empty())
        return;
    if (line.size() > kMaximumRequest)
        return refuseLongRequest();
    ++unanswered_;
    router_.route(shared_from_this(), line, [weak = weak_from_this()](std::string reply) {
        if (const auto self = weak.lock())
            self->answer(std::move(reply));
    });
}

void Connection::refuseLongRequest() {
    send(encodeError(nullptr, makeError(ErrorCode::LimitReached, "a request is too long",
                                        "send at most 1 MiB a line")));
    close();
}

void Connection::watchUnfinished() {
    // Requests that are held back by their own answers are no unfinished ones.
    if (in_.empty() || isHeldBack()) {
        unfinishedSince_.reset();
        return;
    }
    if (!unfinishedSince_)
        unfinishedSince_ = std::chrono::steady_clock::now();
    if (std::exchange(unfinishedWatched_, true))
        return;
    unfinished_.expires_at(*unfinishedSince_ + kUnfinishedPatience);
    unfinished_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (error || !self || !self->onClosed_)
            return;
        self->unfinishedWatched_ = false;
        if (!self->unfinishedSince_)
            return;
        if (std::chrono::steady_clock::now() >= *self->unfinishedSince_ + kUnfinishedPatience)
            return self->close();
        // Another one than was watched.
        self->watchUnfinished();
    });
}

void Connection::answer(std::string line) {
    --unanswered_;
    if (!line.empty())
        send(std::move(line));
    proceed();
}

void Connection::send(std::string line) {
    if (!onClosed_)
        return;
    if (out_.size() + writing_.size() + line.size() > kMaximumBytes)
        return close();
    out_ += line;
    out_ += '\n';
    setWaiting(out_.size() + writing_.size());
    if (share_.waiting > kMaximumWaitingOfUser)
        return close();
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
            if (error || !self->onClosed_)
                return self->close();
            self->setWaiting(self->out_.size());
            if (!self->out_.empty())
                self->write();
            else if (self->finishing_)
                return self->close();
            self->proceed();
        });
}

}  // namespace service
