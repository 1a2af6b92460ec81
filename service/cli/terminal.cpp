// SPDX-License-Identifier: GPL-3.0-or-later
#include "terminal.h"

#include <signal.h>
#include <unistd.h>

namespace service::cli {

namespace {

// Without waiting for output, which a stopped terminal would never take. A process in the
// background may do this too while the signal that would stop it is blocked.
void setMode(int descriptor, const termios& mode) {
    sigset_t stop;
    sigset_t before;
    ::sigemptyset(&stop);
    ::sigaddset(&stop, SIGTTOU);
    ::pthread_sigmask(SIG_BLOCK, &stop, &before);
    ::tcsetattr(descriptor, TCSANOW, &mode);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace

Terminal::Terminal(int descriptor) : descriptor_(descriptor), present_(::isatty(descriptor) == 1) {}

void Terminal::hold() {
    // A terminal that is not our controlling one has no foreground group that concerns us.
    const pid_t foreground = ::tcgetpgrp(descriptor_);
    if (!present_ || saved_ || (foreground > 0 && foreground != ::getpgrp()))
        return;
    termios mode{};
    if (::tcgetattr(descriptor_, &mode) != 0)
        return;
    saved_ = mode;
    const tcflag_t output = mode.c_oflag;
    ::cfmakeraw(&mode);
    mode.c_oflag = output;
    setMode(descriptor_, mode);
}

void Terminal::release() {
    if (!saved_)
        return;
    const pid_t foreground = ::tcgetpgrp(descriptor_);
    if (foreground <= 0 || foreground == ::getpgrp())
        ::tcflush(descriptor_, TCIFLUSH);
    setMode(descriptor_, *saved_);
    saved_.reset();
}

}  // namespace service::cli
