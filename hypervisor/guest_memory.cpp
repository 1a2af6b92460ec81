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

constexpr std::uint64_t lowSizeOf(std::uint64_t size) {
    return std::min<std::uint64_t>(size, kLowRamEnd);
}

/// From kHighRamStart.
constexpr std::uint64_t growthOffsetOf(std::uint64_t size) {
    return (size - lowSizeOf(size) + kGrowthUnit - 1) / kGrowthUnit * kGrowthUnit;
}

}  // namespace

Result<std::unique_ptr<GuestMemory>> GuestMemory::create(std::uint64_t size,
                                                         std::uint64_t mostGrowth) {
    if (size < kMinimumSize || size > kMaximumSize || size % kPageSize != 0 ||
        mostGrowth > kMaximumSize - size)
        return failure("cannot give a machine " + describe(size + mostGrowth) +
                       ": the size must be a multiple of 4 KiB from 1 MiB to 32 TiB");
    mostGrowth -= mostGrowth % kGrowthUnit;
    const std::uint64_t mapped =
        mostGrowth == 0 ? size : lowSizeOf(size) + growthOffsetOf(size) + mostGrowth;
    const FileDescriptor file(::memfd_create("guest-ram", MFD_CLOEXEC));
    if (!file)
        return systemFailure("cannot make " + describe(size), errno);
    if (::ftruncate(file.get(), static_cast<off_t>(mapped)) != 0)
        return systemFailure("cannot reserve " + describe(mapped), errno);
    void* base =
        ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file.get(), 0);
    if (base == MAP_FAILED)
        return systemFailure("cannot map " + describe(mapped), errno);
    // What a guest knows does not belong into a core file of its worker.
    ::madvise(base, mapped, MADV_DONTDUMP);
    return std::unique_ptr<GuestMemory>(
        new GuestMemory(static_cast<std::byte*>(base), size, mostGrowth));
}

GuestMemory::GuestMemory(std::byte* base, std::uint64_t size, std::uint64_t mostGrowth)
    : base_(base),
      size_(size),
      lowSize_(lowSizeOf(size)),
      highSize_(size - lowSize_),
      growthOffset_(mostGrowth == 0 ? highSize_ : growthOffsetOf(size)),
      mostGrowth_(mostGrowth),
      growthEnd_(growthOffset_) {
    regions_.push_back({0, lowSize_, base_});
    if (highSize_ != 0)
        regions_.push_back({kHighRamStart, highSize_, base_ + lowSize_});
}

GuestMemory::~GuestMemory() {
    ::munmap(base_, mappedBytes());
}

void GuestMemory::leaveOut(Gpa start, std::uint64_t size) {
    leftOutStart_ = start;
    leftOutEnd_ = start + size;
    regions_.front().size = start;
    regions_.insert(regions_.begin() + 1,
                    {leftOutEnd_, lowSize_ - leftOutEnd_, base_ + leftOutEnd_});
}

std::optional<RamRegion> GuestMemory::nextGrowth(std::uint64_t bytes) const {
    const std::uint64_t now = growth();
    if (bytes == 0 || bytes % kGrowthUnit != 0 || bytes > mostGrowth_ - now)
        return std::nullopt;
    const std::uint64_t offset = growthOffset_ + now;
    return RamRegion{kHighRamStart + offset, bytes, base_ + lowSize_ + offset};
}

void GuestMemory::grow(std::uint64_t bytes) {
    if (nextGrowth(bytes))
        growthEnd_.fetch_add(bytes, std::memory_order_release);
}

void GuestMemory::shrink() {
    const std::uint64_t grown = growth();
    if (grown == 0)
        return;
    ::madvise(base_ + lowSize_ + growthOffset_, grown, MADV_REMOVE);
    written(growthStart(), grown);
    growthEnd_.store(growthOffset_, std::memory_order_release);
}

Result<void> GuestMemory::placeDeviceMemory(Gpa gpa, const DeviceMemory& memory) {
    const std::uint64_t size = memory.bytes.size();
    if (size == 0 || size > kMostDeviceMemory || size % kPageSize != 0 || gpa % kPageSize != 0)
        return failure("device memory must be of whole pages, 64 MiB at most");
    if (deviceStart_ != kNowhere)
        return failure("there is device memory already");
    if (device_.owner != nullptr && device_.bytes.data() != memory.bytes.data())
        return failure("the partition has had other device memory");
    const Gpa end = gpa + size;
    if (end < gpa || gpa < lowSize_ || (end > kHighRamStart && gpa < growthStart() + mostGrowth_))
        return failure("device memory can't be where the machine has RAM");
    // at() looks at it once it is somewhere.
    if (device_.owner == nullptr)
        device_ = memory;
    deviceStart_.store(gpa, std::memory_order_release);
    return {};
}

std::optional<RamRegion> GuestMemory::deviceMemory() const {
    const Gpa start = deviceStart_.load(std::memory_order_acquire);
    if (start == kNowhere)
        return std::nullopt;
    return RamRegion{start, device_.bytes.size(), device_.bytes.data()};
}

bool GuestMemory::setAddressLine20(bool open, Gpa end) {
    const Gpa below = open ? 0 : end;
    return gatedBelow_.exchange(below, std::memory_order_acq_rel) != below;
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
