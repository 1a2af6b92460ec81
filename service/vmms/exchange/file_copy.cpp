// SPDX-License-Identifier: GPL-3.0-or-later
#include "file_copy.h"

#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "devices/storage/io_status.h"
#include "devices/storage/zero_content.h"

namespace service {

using devices::storage::IoStatus;
using hypervisor::failure;
using hypervisor::Result;

namespace {

// Between two looks at whether the job was cancelled.
constexpr std::uint64_t kPiece = 4 << 20;

class FileCopy {
  public:
    FileCopy(int source, const std::string& from, int target, const std::string& to,
             std::uint64_t size, CopyProgress& progress)
        : source_(source),
          from_(from),
          target_(target),
          to_(to),
          size_(size),
          progress_(progress) {}

    Result<void> run() {
        if (::ioctl(target_, FICLONE, source_) == 0)
            progress_.add(size_);
        else if (auto copied = copyData(); !copied)
            return copied;
        if (::fsync(target_) != 0)
            return failed("write", to_, errno);
        return {};
    }

  private:
    static std::unexpected<hypervisor::Error> failed(const char* what, const std::string& path,
                                                     int error) {
        return failure(fmt::format("cannot {} {}: {}", what, path, IoStatus{error}.text()));
    }

    Result<void> copyData() {
        if (::ftruncate(target_, static_cast<off_t>(size_)) != 0)
            return failed("write", to_, errno);
        std::uint64_t offset = 0;
        while (offset < size_) {
            const std::uint64_t data = nextData(offset);
            progress_.add(data - offset);
            const std::uint64_t end = dataEnd(data);
            if (auto copied = copyRange(data, end); !copied)
                return copied;
            offset = end;
        }
        return {};
    }

    // A file system that knows no holes has data everywhere.
    std::uint64_t nextData(std::uint64_t offset) const {
        const off_t data = ::lseek(source_, static_cast<off_t>(offset), SEEK_DATA);
        if (data < 0)
            return errno == ENXIO ? size_ : offset;
        return std::min(static_cast<std::uint64_t>(data), size_);
    }
    std::uint64_t dataEnd(std::uint64_t data) const {
        if (data == size_)
            return size_;
        const off_t hole = ::lseek(source_, static_cast<off_t>(data), SEEK_HOLE);
        if (hole < 0 || static_cast<std::uint64_t>(hole) <= data)
            return size_;
        return std::min(static_cast<std::uint64_t>(hole), size_);
    }

    Result<void> copyRange(std::uint64_t offset, std::uint64_t end) {
        while (offset < end) {
            if (progress_.cancelled())
                return devices::storage::cancelledJob("copying " + from_);
            const auto length = static_cast<std::size_t>(std::min(end - offset, kPiece));
            const auto copied =
                byKernel_ ? copyByKernel(offset, length) : copyBytes(offset, length);
            if (!copied)
                return std::unexpected(copied.error());
            offset += *copied;
            progress_.add(*copied);
        }
        return {};
    }

    Result<std::size_t> copyByKernel(std::uint64_t offset, std::size_t length) {
        auto in = static_cast<off_t>(offset);
        auto out = in;
        const ssize_t count = ::copy_file_range(source_, &in, target_, &out, length, 0);
        if (count > 0)
            return static_cast<std::size_t>(count);
        if (count < 0 && IoStatus{errno}.noSpace())
            return failed("write", to_, errno);
        // Between these file systems it can't; plain reads and writes tell what else is wrong.
        byKernel_ = false;
        return copyBytes(offset, length);
    }

    Result<std::size_t> copyBytes(std::uint64_t offset, std::size_t length) {
        buffer_.resize(kPiece);
        const ssize_t count = ::pread(source_, buffer_.data(), length, static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR)
            return 0;
        if (count < 0)
            return failed("read", from_, errno);
        if (count == 0)
            return failure(
                fmt::format("cannot read {}: it got shorter while it was copied", from_));
        const auto got = static_cast<std::size_t>(count);
        for (std::size_t at = 0; at < got;) {
            const ssize_t written =
                ::pwrite(target_, buffer_.data() + at, got - at, static_cast<off_t>(offset + at));
            if (written < 0 && errno == EINTR)
                continue;
            if (written < 0)
                return failed("write", to_, errno);
            at += static_cast<std::size_t>(written);
        }
        return got;
    }

    const int source_;
    const std::string& from_;
    const int target_;
    const std::string& to_;
    const std::uint64_t size_;
    CopyProgress& progress_;
    bool byKernel_ = true;
    std::vector<char> buffer_;
};

}  // namespace

Result<void> copyFile(int source, const std::string& from, int target, const std::string& to,
                      std::uint64_t size, CopyProgress& progress) {
    return FileCopy(source, from, target, to, size, progress).run();
}

}  // namespace service
