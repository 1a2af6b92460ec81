// SPDX-License-Identifier: GPL-3.0-or-later
#include "serial_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

namespace devices {

using hypervisor::FileDescriptor;

namespace {

constexpr std::size_t kInputChunk = 256;
constexpr std::size_t kOutputChunk = 4096;
constexpr std::chrono::milliseconds kFlushTime{1000};

bool isSocket(int descriptor) {
    struct stat status {};
    return ::fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode);
}

// A terminal that is writable may have room for a single byte, and would block on more of them;
// everything else takes a chunk, or does not block.
std::size_t chunkFor(int descriptor) {
    struct stat status {};
    const int flags = ::fcntl(descriptor, F_GETFL);
    const bool blocks = flags >= 0 && (flags & O_NONBLOCK) == 0;
    if (blocks && ::fstat(descriptor, &status) == 0 && S_ISCHR(status.st_mode))
        return 1;
    return kOutputChunk;
}

bool isTransient(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

hypervisor::Result<std::unique_ptr<SerialStream>> SerialStream::create(FileDescriptor input,
                                                                       FileDescriptor output) {
    FileDescriptor wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!wake)
        return hypervisor::systemFailure("Can't make an event for a serial port's thread", errno);
    return std::unique_ptr<SerialStream>(
        new SerialStream(std::move(input), std::move(output), std::move(wake)));
}

SerialStream::SerialStream(FileDescriptor input, FileDescriptor output, FileDescriptor wake)
    : input_(std::move(input)),
      output_(std::move(output)),
      wake_(std::move(wake)),
      chunk_(chunkFor(output_.get())),
      outputIsSocket_(isSocket(output_.get())),
      buffer_(kOutputBuffer),
      outputBroken_(!output_) {
    thread_ = std::thread([this] { serve(); });
}

SerialStream::~SerialStream() {
    {
        const std::scoped_lock lock(mutex_);
        stop_ = true;
    }
    wake();
    thread_.join();
}

void SerialStream::attach(Port* port) {
    {
        const std::scoped_lock lock(portMutex_);
        port_ = port;
    }
    inputRoom();
}

bool SerialStream::send(std::uint8_t byte) {
    {
        const std::scoped_lock lock(mutex_);
        if (outputBroken_)
            return true;
        if (size_ == buffer_.size()) {
            refused_ = true;
            return false;
        }
        buffer_[(first_ + size_) % buffer_.size()] = byte;
        // With more in the buffer, the thread looks again by itself.
        if (size_++ != 0)
            return true;
    }
    wake();
    return true;
}

void SerialStream::inputRoom() {
    {
        const std::scoped_lock lock(mutex_);
        inputWanted_ = true;
    }
    wake();
}

void SerialStream::wake() {
    const std::uint64_t one = 1;
    // It can fail only when the counter is full, and then the thread wakes anyway.
    static_cast<void>(!::write(wake_.get(), &one, sizeof one));
}

bool SerialStream::stopping() {
    const std::scoped_lock lock(mutex_);
    return stop_;
}

bool SerialStream::readInput() {
    pendingInput_.resize(kInputChunk);
    const ssize_t count = ::read(input_.get(), pendingInput_.data(), pendingInput_.size());
    const int error = errno;
    pendingInput_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return count > 0 || (count < 0 && isTransient(error));
}

void SerialStream::deliverInput() {
    if (pendingInput_.empty())
        return;
    const std::scoped_lock lock(portMutex_);
    if (port_ == nullptr)
        return;
    const std::size_t taken = std::min(port_->receive(pendingInput_), pendingInput_.size());
    pendingInput_.erase(pendingInput_.begin(),
                        pendingInput_.begin() + static_cast<std::ptrdiff_t>(taken));
}

bool SerialStream::writeOutput() {
    std::array<std::uint8_t, kOutputChunk> bytes;
    std::size_t count = 0;
    {
        const std::scoped_lock lock(mutex_);
        for (; count < std::min(size_, chunk_); ++count)
            bytes[count] = buffer_[(first_ + count) % buffer_.size()];
    }
    const ssize_t written = outputIsSocket_
                                ? ::send(output_.get(), bytes.data(), count, MSG_DONTWAIT)
                                : ::write(output_.get(), bytes.data(), count);
    const bool broken = written < 0 && !isTransient(errno);
    bool roomForPort = false;
    {
        const std::scoped_lock lock(mutex_);
        const std::size_t gone = written > 0 ? static_cast<std::size_t>(written) : 0;
        first_ = (first_ + gone) % buffer_.size();
        size_ -= gone;
        if (broken) {
            outputBroken_ = true;
            size_ = 0;
        }
        // Not for each byte, so that the guest fills many at a time.
        roomForPort = refused_ && size_ <= buffer_.size() / 2;
        if (roomForPort)
            refused_ = false;
    }
    if (roomForPort) {
        const std::scoped_lock lock(portMutex_);
        if (port_ != nullptr)
            port_->outputRoom();
    }
    return !broken;
}

void SerialStream::serve() {
    // Signals are for other threads; a reader that is gone shows as an error.
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);

    using Time = std::chrono::steady_clock;
    Time::time_point flushEnd = Time::time_point::max();
    bool inputOpen = static_cast<bool>(input_);
    for (;;) {
        bool hasOutput = false;
        bool retryInput = false;
        {
            const std::scoped_lock lock(mutex_);
            hasOutput = size_ != 0 && !outputBroken_;
            retryInput = std::exchange(inputWanted_, false);
        }
        if (retryInput)
            deliverInput();
        int timeout = -1;
        if (stopping()) {
            const Time::time_point now = Time::now();
            if (flushEnd == Time::time_point::max())
                flushEnd = now + kFlushTime;
            if (!hasOutput || now >= flushEnd)
                return;
            timeout = static_cast<int>(
                std::chrono::ceil<std::chrono::milliseconds>(flushEnd - now).count());
        }
        // A negative descriptor is skipped by poll().
        const bool wantsInput = inputOpen && pendingInput_.empty();
        std::array<pollfd, 3> polled{pollfd{wake_.get(), POLLIN, 0},
                                     pollfd{wantsInput ? input_.get() : -1, POLLIN, 0},
                                     pollfd{hasOutput ? output_.get() : -1, POLLOUT, 0}};
        if (::poll(polled.data(), polled.size(), timeout) <= 0)
            continue;
        if (polled[0].revents != 0) {
            std::uint64_t count = 0;
            static_cast<void>(!::read(wake_.get(), &count, sizeof count));
        }
        if (polled[1].revents != 0) {
            inputOpen = readInput();
            deliverInput();
        }
        if (polled[2].revents != 0)
            static_cast<void>(writeOutput());
    }
}

}  // namespace devices
