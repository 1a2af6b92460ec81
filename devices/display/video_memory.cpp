// SPDX-License-Identifier: GPL-3.0-or-later
#include "video_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "hypervisor/guest_memory.h"

namespace devices::display {

namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;

}  // namespace

hypervisor::Result<std::shared_ptr<VideoMemory>> VideoMemory::create(std::uint64_t size) {
    const std::string what = std::to_string(size) + " bytes of video memory";
    if (size == 0 || size > kMostBytes || size % hypervisor::kPageSize != 0)
        return hypervisor::failure("Can't make " + what +
                                   ": the size must be a multiple of 4 KiB up to 1 GiB");
    hypervisor::FileDescriptor file(::memfd_create("video-memory", MFD_CLOEXEC));
    if (!file || ::ftruncate(file.get(), static_cast<off_t>(size)) != 0)
        return hypervisor::systemFailure("Can't make " + what, errno);
    void* bytes = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (bytes == MAP_FAILED)
        return hypervisor::systemFailure("Can't map " + what, errno);
    // What a guest shows does not belong into a core file of its worker.
    ::madvise(bytes, size, MADV_DONTDUMP);
    return std::shared_ptr<VideoMemory>(
        new VideoMemory(std::move(file), static_cast<std::byte*>(bytes), size));
}

VideoMemory::VideoMemory(hypervisor::FileDescriptor file, std::byte* bytes, std::uint64_t size)
    : file_(std::move(file)), bytes_(bytes), size_(size) {}

VideoMemory::~VideoMemory() {
    ::munmap(bytes_, size_);
}

void VideoMemory::clear() const {
    if (::fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                    static_cast<off_t>(size_)) != 0)
        std::memset(bytes_, 0, size_);
}

}  // namespace devices::display
