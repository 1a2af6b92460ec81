// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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

inline constexpr std::uint64_t kPageSize = 4096;

/// End of the RAM below 4 GiB. What is left up to 4 GiB holds devices, local APICs and firmware.
inline constexpr Gpa kLowRamEnd = 0xC000'0000;
/// Where RAM that does not fit below `kLowRamEnd` goes on.
inline constexpr Gpa kHighRamStart = 0x1'0000'0000;

/// A piece of guest RAM that is contiguous in both address spaces.
struct RamRegion {
    Gpa start;
    std::uint64_t size;
    std::byte* host;
};

/// Is told of writes to guest RAM that no VP made, so that a processor that keeps decoded code
/// can drop what has changed.
class WriteObserver {
  public:
    virtual ~WriteObserver() = default;
    /// [gpa, gpa + length) has been written. Any thread, after the write.
    virtual void written(Gpa gpa, std::uint64_t length) = 0;
};

/// The RAM of one partition: one anonymous file, mapped once, seen by the guest as one or two
/// regions (the PC's hole below 4 GiB is in between). Lives as long as its partition.
///
/// Thread safety: the layout never changes after create(), so every method may be called from
/// any thread. Content is shared with running processors: a caller that takes a decision on
/// guest data copies it first.
class GuestMemory {
  public:
    /// `size` in bytes, a multiple of the page size, at least 1 MiB.
    [[nodiscard]] static Result<std::unique_ptr<GuestMemory>> create(std::uint64_t size);
    ~GuestMemory();
    GuestMemory(const GuestMemory&) = delete;
    GuestMemory& operator=(const GuestMemory&) = delete;

    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] std::span<const RamRegion> regions() const { return regions_; }

    /// Start of the one host mapping. Page number n of the guest's RAM, counted without the
    /// hole, is at base() + n * kPageSize.
    [[nodiscard]] std::byte* base() const { return base_; }

    /// The host address of [gpa, gpa + length), or nothing when any byte of it is not RAM.
    [[nodiscard]] std::byte* at(Gpa gpa, std::uint64_t length) const {
        if (gpa < lowSize_)
            return length <= lowSize_ - gpa ? base_ + gpa : nullptr;
        if (gpa >= kHighRamStart && gpa - kHighRamStart < highSize_)
            return length <= highSize_ - (gpa - kHighRamStart)
                       ? base_ + lowSize_ + (gpa - kHighRamStart)
                       : nullptr;
        return nullptr;
    }

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
    GuestMemory(std::byte* base, std::uint64_t size);

    std::byte* const base_;
    const std::uint64_t size_;
    const std::uint64_t lowSize_;
    const std::uint64_t highSize_;
    std::vector<RamRegion> regions_;
    WriteObserver* observer_ = nullptr;
};

}  // namespace hypervisor
