// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "error.h"

namespace hypervisor {

/// Guest physical address.
using Gpa = std::uint64_t;

inline constexpr Gpa kAddressLine20 = Gpa{1} << 20;

inline constexpr std::uint64_t kPageSize = 4096;

/// End of the RAM below 4 GiB. What is left up to 4 GiB holds devices, local APICs and firmware.
inline constexpr Gpa kLowRamEnd = 0xC000'0000;
/// Where RAM that does not fit below `kLowRamEnd` goes on.
inline constexpr Gpa kHighRamStart = 0x1'0000'0000;

/// RAM that comes after the start comes in whole, aligned pieces of this: a Linux guest's sections.
inline constexpr std::uint64_t kGrowthUnit = std::uint64_t{128} << 20;

/// A piece of guest RAM that is contiguous in both address spaces.
struct RamRegion {
    Gpa start;
    std::uint64_t size;
    std::byte* host;
};

/// Memory that belongs to a device, such as a graphics adapter's, and that guests use as RAM where
/// they have put it.
struct DeviceMemory {
    /// Whole pages, at most kMostDeviceMemory.
    std::span<std::byte> bytes;
    /// Keeps them.
    std::shared_ptr<const void> owner;
};
inline constexpr std::uint64_t kMostDeviceMemory = std::uint64_t{64} << 20;

/// Is told of writes to guest RAM that no VP made, so that a processor that keeps decoded code
/// can drop what has changed.
class WriteObserver {
  public:
    virtual ~WriteObserver() = default;
    /// [gpa, gpa + length) has been written. Any thread, after the write.
    virtual void written(Gpa gpa, std::uint64_t length) = 0;
};

/// The RAM of one partition: one anonymous file, mapped once, seen by the guest as one or two
/// regions (the PC's hole below 4 GiB is in between). May grow behind them, in place: what was
/// there stays where it is, and address space for it is there from the start. One device may have
/// memory of its own beside it, which comes and goes, and another one addresses that are left out
/// of RAM. Lives as long as its partition.
///
/// Thread safety: at() takes no lock while RAM grows and device memory is placed, so every method
/// may be called from any thread, but grow() and shrink() by one at a time, and shrink() while no
/// VP and no device runs. What at() has returned stays usable, also when device memory is taken
/// away. Content is shared with running processors: a
/// caller that takes a decision on guest data copies it first.
class GuestMemory {
  public:
    /// `size` in bytes, a multiple of the page size, at least 1 MiB. `mostGrowth`: how much may
    /// come later, cut down to a multiple of kGrowthUnit.
    [[nodiscard]] static Result<std::unique_ptr<GuestMemory>> create(std::uint64_t size,
                                                                     std::uint64_t mostGrowth = 0);
    ~GuestMemory();
    GuestMemory(const GuestMemory&) = delete;
    GuestMemory& operator=(const GuestMemory&) = delete;

    /// [start, start + size) is no RAM: a device answers there, such as a VGA below 1 MiB. Whole
    /// pages of the RAM below 4 GiB, with some on either side. Once, before a partition is made.
    void leaveOut(Gpa start, std::uint64_t size);

    /// Of the start, with what is left out.
    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// The RAM of the start.
    [[nodiscard]] std::span<const RamRegion> regions() const { return regions_; }

    /// Where the first piece that comes later is.
    [[nodiscard]] Gpa growthStart() const { return kHighRamStart + growthOffset_; }
    [[nodiscard]] std::uint64_t mostGrowth() const { return mostGrowth_; }
    [[nodiscard]] std::uint64_t growth() const { return highEnd() - growthOffset_; }
    /// What the next `bytes` of growth would be, or nothing where there is no room for them.
    /// `bytes` is a multiple of kGrowthUnit.
    [[nodiscard]] std::optional<RamRegion> nextGrowth(std::uint64_t bytes) const;
    /// nextGrowth() is RAM from here on, and zero.
    void grow(std::uint64_t bytes);
    /// All that came later is gone, with its content.
    void shrink();

    /// The one host mapping, with room for all growth. Page number n of the guest's RAM, counted
    /// without the hole, is at base() + n * kPageSize.
    [[nodiscard]] std::byte* base() const { return base_; }
    [[nodiscard]] std::uint64_t mappedBytes() const {
        return lowSize_ + growthOffset_ + mostGrowth_;
    }

    /// The host address of [gpa, gpa + length), or nothing when any byte of it is not RAM.
    [[nodiscard]] std::byte* at(Gpa gpa, std::uint64_t length) const {
        if (gpa < lowSize_) {
            if (length > lowSize_ - gpa || (gpa < leftOutEnd_ && gpa + length > leftOutStart_))
                return nullptr;
            return base_ + gpa;
        }
        const std::uint64_t end = highEnd();
        if (gpa >= kHighRamStart && gpa - kHighRamStart < end) {
            const std::uint64_t offset = gpa - kHighRamStart;
            // Between the RAM of the start and what grows behind it there may be a gap.
            const bool gap = highSize_ != growthOffset_;
            if (gap && offset >= highSize_ && offset < growthOffset_)
                return nullptr;
            const std::uint64_t limit = gap && offset < highSize_ ? highSize_ : end;
            return length <= limit - offset ? base_ + lowSize_ + offset : nullptr;
        }
        if (const Gpa start = deviceStart_.load(std::memory_order_acquire);
            start <= gpa && gpa - start < device_.bytes.size())
            return length <= device_.bytes.size() - (gpa - start)
                       ? device_.bytes.data() + (gpa - start)
                       : nullptr;
        return nullptr;
    }

    /// Pages that at() can reach have numbers below this.
    [[nodiscard]] std::uint64_t pageNumbers() const {
        return (mappedBytes() + kMostDeviceMemory) / kPageSize;
    }
    /// The number of the page that has `gpa`, or nothing.
    [[nodiscard]] std::optional<std::uint64_t> pageNumber(Gpa gpa) const {
        const std::byte* const host = at(gpa, 1);
        if (host == nullptr)
            return std::nullopt;
        if (host >= base_ && host < base_ + mappedBytes())
            return static_cast<std::uint64_t>(host - base_) / kPageSize;
        return (mappedBytes() + static_cast<std::uint64_t>(host - device_.bytes.data())) /
               kPageSize;
    }

    /// What a VP means by `gpa`: a PC can hold its processors' address line 20 at zero. Devices
    /// address all of memory.
    [[nodiscard]] Gpa processorAddress(Gpa gpa) const {
        return gpa < gatedBelow_.load(std::memory_order_acquire) ? gpa & ~kAddressLine20 : gpa;
    }
    /// For backends, which carry out Partition::setAddressLine20(); closed, the gate acts below
    /// `end`. Whether that changes it.
    bool setAddressLine20(bool open, Gpa end);

    // For backends, which carry out Partition::placeDeviceMemory(); on one thread at a time.

    /// The guest finds `memory` at `gpa`. Fails when there is something else, when memory is there
    /// already, or when another one has been there before.
    [[nodiscard]] Result<void> placeDeviceMemory(Gpa gpa, const DeviceMemory& memory);
    void removeDeviceMemory() { deviceStart_.store(kNowhere, std::memory_order_release); }
    /// Where it is.
    [[nodiscard]] std::optional<RamRegion> deviceMemory() const;

    /// Must follow every write through at() or regions() while VPs may run.
    void written(Gpa gpa, std::uint64_t length) const {
        if (observer_ != nullptr)
            observer_->written(gpa, length);
    }
    /// `observer` may be null, and must not change while VPs or devices run.
    void observe(WriteObserver* observer) { observer_ = observer; }

    /// Copies; false, with nothing copied, when any byte is not RAM.
    [[nodiscard]] bool read(Gpa gpa, std::span<std::byte> to) const;
    [[nodiscard]] bool write(Gpa gpa, std::span<const std::byte> from) const;

    template <class T>
    requires std::is_trivially_copyable_v<T>
    [[nodiscard]] std::optional<T> read(Gpa gpa) const {
        T value;
        if (!read(gpa, std::as_writable_bytes(std::span(&value, 1))))
            return std::nullopt;
        return value;
    }
    template <class T>
    requires std::is_trivially_copyable_v<T>
    [[nodiscard]] bool write(Gpa gpa, const T& value) const {
        return write(gpa, std::as_bytes(std::span(&value, 1)));
    }

  private:
    GuestMemory(std::byte* base, std::uint64_t size, std::uint64_t mostGrowth);

    /// Of RAM from kHighRamStart on.
    [[nodiscard]] std::uint64_t highEnd() const {
        return growthEnd_.load(std::memory_order_acquire);
    }

    std::byte* const base_;
    const std::uint64_t size_;
    const std::uint64_t lowSize_;
    // From kHighRamStart: the end of the RAM of the start, and where growth begins and ends.
    const std::uint64_t highSize_;
    const std::uint64_t growthOffset_;
    const std::uint64_t mostGrowth_;
    std::atomic<std::uint64_t> growthEnd_;
    // Of leaveOut(): empty at first.
    Gpa leftOutStart_ = 0;
    Gpa leftOutEnd_ = 0;
    std::vector<RamRegion> regions_;
    WriteObserver* observer_ = nullptr;

    /// No guest reaches that.
    static constexpr Gpa kNowhere = ~Gpa{0};
    /// What does not change any more once deviceStart_ has been somewhere.
    DeviceMemory device_;
    std::atomic<Gpa> deviceStart_ = kNowhere;
    std::atomic<Gpa> gatedBelow_ = 0;
};

}  // namespace hypervisor
