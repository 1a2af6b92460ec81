// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine_file.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "file_lock.h"

// After the C library's, whose names it would take.
#include <linux/fs.h>

namespace devices::storage {

using hypervisor::failure;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

constexpr std::size_t kZeroes = 256 * 1024;
alignas(4096) constexpr std::array<std::byte, kZeroes> kZeroBuffer = {};

}  // namespace

Result<std::unique_ptr<EngineFile>> EngineFile::create(IoEngine& engine,
                                                       hypervisor::FileDescriptor descriptor,
                                                       std::string name, FileAccess access) {
    struct stat status = {};
    if (::fstat(descriptor.get(), &status) != 0)
        return systemFailure("cannot examine " + name, errno);
    const bool block = S_ISBLK(status.st_mode);
    if (!block && !S_ISREG(status.st_mode))
        return failure("cannot use " + name +
                       " as a disk image: it is neither a regular file nor a block device");
    auto size = static_cast<std::uint64_t>(status.st_size);
    if (block && ::ioctl(descriptor.get(), BLKGETSIZE64, &size) != 0)
        return systemFailure("cannot tell the size of the block device " + name, errno);
    const int mode = ::fcntl(descriptor.get(), F_GETFL) & O_ACCMODE;
    if (mode == O_WRONLY || (mode == O_RDONLY && access == FileAccess::ReadWrite))
        return failure("cannot use " + name + ": it is not open for " +
                       (mode == O_WRONLY ? "reading" : "writing"));
    std::unique_ptr<EngineFile> file(
        new EngineFile(engine, std::move(descriptor), std::move(name), access, size, block));
    const auto slot = engine.attach(file->descriptor_.get());
    if (!slot)
        return failure("cannot use " + file->name_ + ": " + slot.error().message);
    file->slot_ = *slot;
    file->attached_ = true;
    return file;
}

EngineFile::~EngineFile() {
    if (attached_)
        engine_.detach(slot_);
    unlockImage(descriptor_.get());
}

std::uint64_t EngineFile::allocated() const {
    struct stat status = {};
    if (block_ || ::fstat(descriptor_.get(), &status) != 0)
        return size_;
    constexpr std::uint64_t kStatUnit = 512;
    return static_cast<std::uint64_t>(status.st_blocks) * kStatUnit;
}

FileRange EngineFile::nextData(std::uint64_t offset) const {
    if (offset >= size_)
        return {offset, 0};
    const off_t data = ::lseek(descriptor_.get(), static_cast<off_t>(offset), SEEK_DATA);
    if (data < 0)
        return errno == ENXIO ? FileRange{offset, 0} : FileRange{offset, size_ - offset};
    const off_t hole = ::lseek(descriptor_.get(), data, SEEK_HOLE);
    const auto begin = static_cast<std::uint64_t>(data);
    const std::uint64_t end = hole < 0 ? size_ : static_cast<std::uint64_t>(hole);
    return {begin, std::max(end, begin + 1) - begin};
}

void EngineFile::submit(FileRequest& request) {
    request.file = this;
    request.run = &ended;
    request.status = {};
    const bool changes =
        request.operation != FileOperation::Read && request.operation != FileOperation::Flush;
    if (changes && access_ == FileAccess::Read) {
        request.status = {EROFS};
        engine_.schedule(request);
    } else if (request.operation == FileOperation::Resize) {
        resize(request);
    } else if (request.operation == FileOperation::Flush && access_ == FileAccess::Read) {
        engine_.schedule(request);
    } else if (request.operation != FileOperation::Flush && request.length == 0) {
        engine_.schedule(request);
    } else {
        engine_.submit(request, slot_);
    }
}

// ftruncate() has no asynchronous form in older kernels, and changes metadata alone.
void EngineFile::resize(FileRequest& request) {
    if (block_)
        request.status = {request.offset <= size_ ? 0 : ENOSPC};
    else if (::ftruncate(descriptor_.get(), static_cast<off_t>(request.offset)) != 0)
        request.status = {errno};
    if (request.status.ok() && !block_)
        size_ = request.offset;
    engine_.schedule(request);
}

void EngineFile::ended(ReadyItem& item) {
    auto& request = static_cast<FileRequest&>(item);
    auto& self = static_cast<EngineFile&>(*request.file);
    const bool zeroes =
        request.operation == FileOperation::Zero || request.operation == FileOperation::Punch;
    if (zeroes && request.status.error == EOPNOTSUPP)
        spawn(self.writeZeroes(request));
    else
        self.finish(request);
}

void EngineFile::finish(FileRequest& request) {
    const bool grows = request.operation == FileOperation::Write ||
                       request.operation == FileOperation::Allocate ||
                       request.operation == FileOperation::Zero;
    if (grows && request.status.ok() && !block_)
        size_ = std::max(size_, request.offset + request.length);
    request.completed(request, request.status);
}

Task<void> EngineFile::writeZeroes(FileRequest& request) {
    std::uint64_t end = request.offset + request.length;
    if (request.operation == FileOperation::Punch)
        end = std::min(end, size_);
    IoStatus status;
    for (std::uint64_t offset = request.offset; offset < end && status.ok();) {
        const auto length =
            static_cast<std::size_t>(std::min<std::uint64_t>(kZeroes, end - offset));
        status = co_await writeFile(*this, offset, std::span(kZeroBuffer).first(length));
        offset += length;
    }
    request.status = status;
    finish(request);
}

}  // namespace devices::storage
