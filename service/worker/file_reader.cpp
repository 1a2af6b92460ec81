// SPDX-License-Identifier: GPL-3.0-or-later
#include "file_reader.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

Result<void> readAt(int file, std::uint64_t offset, std::span<std::byte> to) {
    while (!to.empty()) {
        const ssize_t count = ::pread(file, to.data(), to.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return hypervisor::systemFailure("can't read the file that is copied", errno);
        if (count == 0)
            return failure("the file has become shorter while it was copied");
        to = to.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return {};
}

}  // namespace

struct FileReader::State {
    State(Source from, std::uint64_t whole, std::shared_ptr<void> held)
        : source(std::move(from)), size(whole), presence(std::move(held)) {}

    /// Gives the waiting call what there is for it.
    void serve();

    // The thread's alone.
    Source source;
    const std::uint64_t size;
    const std::shared_ptr<void> presence;

    std::mutex mutex;
    std::condition_variable room;
    // Guarded by mutex.
    std::deque<Content> blocks;
    /// How much of the first block has been handed out.
    std::size_t used = 0;
    /// Nothing is read any more.
    std::optional<hypervisor::Error> end;
    Done waiting;
    std::uint32_t length = 0;
};

void FileReader::State::serve() {
    if (!waiting || (blocks.empty() && !end))
        return;
    Done done = std::exchange(waiting, {});
    if (blocks.empty())
        return done(std::unexpected(*end));
    const auto left = std::span(blocks.front()).subspan(used);
    const auto piece = left.first(std::min<std::size_t>(length, left.size()));
    Content content(piece.begin(), piece.end());
    used += content.size();
    if (piece.size() == left.size()) {
        blocks.pop_front();
        used = 0;
        room.notify_one();
    }
    done(std::move(content));
}

void FileReader::work(const std::shared_ptr<State>& state) {
    std::unique_lock lock(state->mutex);
    for (std::uint64_t offset = 0; offset < state->size;) {
        state->room.wait(lock, [&] { return state->end || state->blocks.size() < kMostBlocks; });
        if (state->end)
            return;
        lock.unlock();
        Content block(
            static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, state->size - offset)));
        Result<void> read = state->source(offset, block);
        lock.lock();
        if (state->end)
            return;
        if (!read) {
            state->end = std::move(read.error());
            return state->serve();
        }
        offset += block.size();
        state->blocks.push_back(std::move(block));
        state->serve();
    }
    state->end = hypervisor::Error{"the file that is copied has ended"};
    state->serve();
}

FileReader::FileReader(Source source, std::uint64_t size, std::shared_ptr<void> presence)
    : state_(std::make_shared<State>(std::move(source), size, std::move(presence))) {}

FileReader::~FileReader() {
    const std::scoped_lock lock(state_->mutex);
    state_->end = hypervisor::Error{"the file is not read any more"};
    state_->waiting = {};
    state_->room.notify_one();
}

Result<void> FileReader::begin() {
    if (std::exchange(begun_, true))
        return {};
    try {
        std::thread([state = state_] { work(state); }).detach();
    } catch (const std::system_error& error) {
        return failure(std::string("can't start a thread that reads the file: ") + error.what());
    }
    return {};
}

void FileReader::read(std::uint32_t length, Done done) {
    if (auto begun = begin(); !begun)
        return done(std::unexpected(begun.error()));
    const std::scoped_lock lock(state_->mutex);
    state_->length = length;
    state_->waiting = std::move(done);
    state_->serve();
}

FileReader::Source sourceOf(FileDescriptor file) {
    return [source = std::move(file)](std::uint64_t offset, std::span<std::byte> to) {
        return readAt(source.get(), offset, to);
    };
}

}  // namespace service
