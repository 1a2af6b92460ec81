// SPDX-License-Identifier: GPL-3.0-or-later
#include "output_writer.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace service::cli {

using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

// What may wait to be written before the machine's output is held back.
constexpr std::size_t kRoom = 64 << 10;

}  // namespace

struct OutputWriter::State {
    int descriptor = -1;
    FileDescriptor changed;
    std::mutex mutex;
    std::condition_variable condition;
    // Guarded by mutex.
    std::string waiting;
    bool writing = false;
    bool ended = false;
    int failure = 0;
};

Result<std::unique_ptr<OutputWriter>> OutputWriter::create(int descriptor) {
    FileDescriptor changed(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!changed)
        return hypervisor::systemFailure("can't create an event descriptor", errno);
    auto state = std::make_shared<State>();
    state->descriptor = descriptor;
    state->changed = std::move(changed);
    std::thread([state] { serve(state); }).detach();
    return std::unique_ptr<OutputWriter>(new OutputWriter(std::move(state)));
}

OutputWriter::~OutputWriter() {
    const std::scoped_lock lock(state_->mutex);
    state_->ended = true;
    state_->condition.notify_all();
}

void OutputWriter::serve(const std::shared_ptr<State>& state) {
    std::unique_lock lock(state->mutex);
    for (;;) {
        state->condition.wait(lock, [&] { return state->ended || !state->waiting.empty(); });
        if (state->ended)
            return;
        const std::string bytes = std::exchange(state->waiting, {});
        state->writing = true;
        lock.unlock();
        std::size_t done = 0;
        int error = 0;
        while (done < bytes.size() && error == 0) {
            const ssize_t count =
                ::write(state->descriptor, bytes.data() + done, bytes.size() - done);
            if (count < 0 && errno != EINTR)
                error = errno;
            if (count > 0)
                done += static_cast<std::size_t>(count);
        }
        lock.lock();
        state->writing = false;
        if (error != 0) {
            state->failure = error;
            state->waiting.clear();
        }
        constexpr std::uint64_t kOne = 1;
        static_cast<void>(!::write(state->changed.get(), &kOne, sizeof kOne));
    }
}

int OutputWriter::changed() const {
    return state_->changed.get();
}

void OutputWriter::acknowledgeChange() const {
    std::uint64_t count = 0;
    static_cast<void>(!::read(state_->changed.get(), &count, sizeof count));
}

bool OutputWriter::hasRoom() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->waiting.size() < kRoom;
}

int OutputWriter::failure() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->failure;
}

void OutputWriter::write(std::span<const char> bytes) {
    const std::scoped_lock lock(state_->mutex);
    if (state_->failure != 0)
        return;
    state_->waiting.append(bytes.data(), bytes.size());
    state_->condition.notify_all();
}

bool OutputWriter::idle() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->waiting.empty() && !state_->writing;
}

}  // namespace service::cli
