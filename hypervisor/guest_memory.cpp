// SPDX-License-Identifier: GPL-3.0-or-later
#include "guest_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "file_descriptor.h"

namespace hypervisor {

namespace {

constexpr std::uint64_t kMinimumSize = 1024 * 1024;
// Address space, not memory: more than any host has, and far from wrapping a guest address.
constexpr std::uint64_t kMaximumSize = std::uint64_t{1} << 45;

std::string describe(std::uint64_t size) {
    return std::to_string(size) + " bytes of guest memory";
}

}  // namespace

Result<std::unique_ptr<GuestMemory>> GuestMemory::create(std::uint64_t size) {
    if (size < kMinimumSize || size > kMaximumSize || size % kPageSize != 0)
        return failure("cannot give a machine " + describe(size) +
                       ": the size must be a multiple of 4 KiB from 1 MiB to 32 TiB");
    const FileDescriptor file(::memfd_create("guest-ram", MFD_CLOEXEC));
    if (!file)
        return systemFailure("cannot make " + describe(size), errno);
    if (::ftruncate(file.get(), static_cast<off_t>(size)) != 0)
        return systemFailure("cannot reserve " + describe(size), errno);
    void* base =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file.get(), 0);
    if (base == MAP_FAILED)
        return systemFailure("cannot map " + describe(size), errno);
    // What a guest knows does not belong into a core file of its worker.
    ::madvise(base, size, MADV_DONTDUMP);
    return std::unique_ptr<GuestMemory>(new GuestMemory(static_cast<std::byte*>(base), size));
}

GuestMemory::GuestMemory(std::byte* base, std::uint64_t size)
    : base_(base),
      size_(size),
      lowSize_(std::min<std::uint64_t>(size, kLowRamEnd)),
      highSize_(size - lowSize_) {
    regions_.push_back({0, lowSize_, base_});
    if (highSize_ != 0)
        regions_.push_back({kHighRamStart, highSize_, base_ + lowSize_});
}

GuestMemory::~GuestMemory() {
    ::munmap(base_, size_);
}

bool GuestMemory::read(Gpa gpa, std::span<std::byte> to) const {
    const std::byte* from = at(gpa, to.size());
    if (from == nullptr)
        return false;
    std::memcpy(to.data(), from, to.size());
    return true;
}

bool GuestMemory::write(Gpa gpa, std::span<const std::byte> from) const {
    std::byte* to = at(gpa, from.size());
    if (to == nullptr)
        return false;
    std::memcpy(to, from.data(), from.size());
    written(gpa, from.size());
    return true;
}

}  // namespace hypervisor
