// SPDX-License-Identifier: GPL-3.0-or-later
#include "control_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <utility>

namespace service {

namespace {

constexpr int kPatienceMilliseconds = 5000;

// Interrupted or not: true when one of them has something, false when the time is over.
bool waitFor(std::span<pollfd> sources, int milliseconds) {
    for (;;) {
        const int count = ::poll(sources.data(), sources.size(), milliseconds);
        if (count >= 0)
            return count > 0;
    }
}

}  // namespace

ControlWatch::ControlWatch(int socket, std::function<void()> onEnd)
    : onEnd_(std::move(onEnd)),
      finished_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this, socket] { serve(socket); }) {}

ControlWatch::~ControlWatch() {
    constexpr std::uint64_t kOne = 1;
    static_cast<void>(!::write(finished_.get(), &kOne, sizeof kOne));
    thread_.join();
}

void ControlWatch::serve(int socket) {
    // Nothing but the end is expected there, so anything that wakes us is taken for it.
    std::array<pollfd, 2> sources{{{finished_.get(), POLLIN, 0}, {socket, POLLIN | POLLRDHUP, 0}}};
    waitFor(sources, -1);
    if (sources[0].revents != 0)
        return;
    onEnd_();
    std::array<pollfd, 1> finished{{{finished_.get(), POLLIN, 0}}};
    if (!waitFor(finished, kPatienceMilliseconds))
        ::_exit(EXIT_FAILURE);
}

}  // namespace service
