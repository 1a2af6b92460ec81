// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

/// A file system of few MiB, in memory, that can be filled. It needs root, and lives in a mount
/// namespace that the calling thread, and processes and threads that it starts later, have to
/// themselves; so it is made before all other threads.
class SmallHost {
  public:
    explicit SmallHost(std::uint64_t size) {
        if (!folder_.isValid()) {
            problem_ = "no temporary folder";
            return;
        }
        const std::string options = "mode=700,size=" + std::to_string(size);
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("tmpfs", path().c_str(), "tmpfs", 0, options.c_str()) != 0)
            problem_ = std::string("a small file system can't be mounted, which takes root: ") +
                       std::strerror(errno);
    }
    ~SmallHost() {
        if (ballast_ >= 0)
            ::close(ballast_);
        if (problem_.empty())
            ::umount2(path().c_str(), MNT_DETACH);
    }
    SmallHost(const SmallHost&) = delete;
    SmallHost& operator=(const SmallHost&) = delete;

    /// Why it is not there; "" if it is.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] std::string path() const { return folder_.path().toStdString(); }
    [[nodiscard]] std::string path(const std::string& name) const { return path() + "/" + name; }

    /// Takes all room but `left` bytes, by a file without a name.
    bool fillUpTo(std::uint64_t left) {
        if (ballast_ < 0)
            ballast_ = ::open(path().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (ballast_ < 0)
            return false;
        constexpr std::uint64_t kStep = 64 * 1024;
        while (::fallocate(ballast_, 0, static_cast<off_t>(size_), kStep) == 0)
            size_ += kStep;
        const bool full = errno == ENOSPC;
        return makeRoom(left) && full;
    }
    bool makeRoom(std::uint64_t bytes) {
        size_ -= std::min(bytes, size_);
        return ::ftruncate(ballast_, static_cast<off_t>(size_)) == 0;
    }
    /// There is more that can be given away.
    [[nodiscard]] bool canMakeRoom() const { return size_ > 0; }

  private:
    QTemporaryDir folder_;
    std::string problem_;
    int ballast_ = -1;
    std::uint64_t size_ = 0;
};
