// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace hypervisor {

// The layout of a worker's stats pages: what its VPs and devices count, in memory that the service
// maps read-only. Integers are the host's; a reader that does not know `kStatsVersion` reads
// nothing. New counters take reserved places without a new version, because what is not counted
// is said by a mask and never a silent zero.

inline constexpr std::uint64_t kStatsMagic = 0x4154'534F'4552'4956;  // "VIREOSTA"
inline constexpr std::uint32_t kStatsVersion = 1;
inline constexpr std::size_t kStatsProcessors = 64;
inline constexpr std::size_t kStatsSlots = 256;

/// A number that one thread raises and others read.
class StatsCounter {
  public:
    /// For the one thread that writes this counter: no bus lock.
    void add(std::uint64_t amount = 1) {
        value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }
    /// For a counter that several threads write.
    void addShared(std::uint64_t amount = 1) {
        value_.fetch_add(amount, std::memory_order_relaxed);
    }
    void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t read() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
    static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
};
static_assert(sizeof(StatsCounter) == 8);

/// What makes a VP leave guest code, as Hyper-V's counters name it.
enum class Intercept : std::uint8_t {
    IoInstruction,
    Memory,  ///< MMIO
    Msr,
    Halt,  ///< HLT and the guest idle MSR
    Cpuid,
    Hypercall,
    ExternalInterrupt,  ///< the host's, or another thread's wish that the VP look up
    Emulated,           ///< an instruction that the backend had to have emulated
    Other,
};
inline constexpr std::size_t kInterceptKinds = 9;
inline constexpr std::size_t kInterceptRoom = 16;

/// What else a VP counts.
enum class VpCounter : std::uint8_t {
    HypervisorTime,     ///< in ticks of the host's TSC: what was spent on intercepts, waits apart
    VirtualInterrupts,  ///< taken by the VP
    LongSpinWaits,      ///< hypercalls by which the guest told of one
    SpinYields,         ///< PAUSE loops that gave the LP away
};
inline constexpr std::size_t kVpCounterKinds = 4;
inline constexpr std::size_t kVpCounterRoom = 16;

/// One VP's counters; written by the VP's thread alone. Cache lines of its own.
struct alignas(64) VpStats {
    std::array<StatsCounter, kVpCounterRoom> counters;
    std::array<StatsCounter, kInterceptRoom> intercepts;
    /// The kernel's ID of the thread that runs the VP, 0 before there is one: its run time and
    /// context switches are what the kernel says of it.
    StatsCounter thread;
    std::array<StatsCounter, 31> reserved;

    [[nodiscard]] StatsCounter& operator[](VpCounter counter) {
        return counters[static_cast<std::size_t>(counter)];
    }
    [[nodiscard]] StatsCounter& operator[](Intercept intercept) {
        return intercepts[static_cast<std::size_t>(intercept)];
    }
};
static_assert(sizeof(VpStats) == 512);
static_assert(offsetof(VpStats, intercepts) == 128);
static_assert(offsetof(VpStats, thread) == 256);

/// What a backend counts, a bit for each VpCounter and each Intercept.
struct CountedStats {
    std::uint64_t counters = 0;
    std::uint64_t intercepts = 0;

    constexpr CountedStats& with(VpCounter counter) {
        counters |= std::uint64_t{1} << static_cast<unsigned>(counter);
        return *this;
    }
    constexpr CountedStats& with(Intercept intercept) {
        intercepts |= std::uint64_t{1} << static_cast<unsigned>(intercept);
        return *this;
    }
    [[nodiscard]] constexpr bool has(VpCounter counter) const {
        return (counters >> static_cast<unsigned>(counter) & 1) != 0;
    }
    [[nodiscard]] constexpr bool has(Intercept intercept) const {
        return (intercepts >> static_cast<unsigned>(intercept) & 1) != 0;
    }
};

/// What a slot counts for; the meaning of its values is fixed by its kind.
enum class StatsSlotKind : std::uint32_t { Free, Channel, Storage, Network, Serial };

// The places of a slot's values. Times are in nanoseconds, sizes in bytes.
enum class ChannelValue : std::uint8_t {
    InterruptsToGuest,
    InterruptsFromGuest,
    BytesToGuest,
    BytesFromGuest,
    PacketsToGuest,
    PacketsFromGuest,
};
enum class StorageValue : std::uint8_t {
    Reads,
    ReadBytes,
    ReadTime,  ///< summed over requests: divided by Reads it is the mean latency
    Writes,
    WrittenBytes,
    WriteTime,
    Flushes,
    FlushTime,
    Errors,
    Outstanding,  ///< now, not a sum
};
enum class NetworkValue : std::uint8_t {
    PacketsSent,
    BytesSent,
    PacketsReceived,
    BytesReceived,
    OutgoingDropped,
    IncomingDropped,
    OutgoingSpoofed,    ///< from an address that is not the adapter's
    OutgoingMalformed,  ///< frames that are none, or don't fit their offloads
    IncomingFiltered,   ///< not for this adapter
};
enum class SerialValue : std::uint8_t { BytesSent, BytesReceived };
inline constexpr std::size_t kSlotValues = 21;

/// One channel's or device's counters.
struct alignas(64) StatsSlot {
    std::atomic<StatsSlotKind> kind = StatsSlotKind::Free;
    /// Among those of its kind in the machine.
    std::uint32_t index = 0;
    /// What the user calls it; ends with a zero byte if it is shorter.
    std::array<char, 72> name{};
    std::array<StatsCounter, kSlotValues> values;
    /// Raised before and after a slot's taker fills it in: what was read between two equal and even
    /// numbers belongs to one taker.
    std::atomic<std::uint64_t> generation = 0;

    template <class Value>
    [[nodiscard]] StatsCounter& operator[](Value value) {
        return values.at(static_cast<std::size_t>(value));
    }
    template <class Value>
    [[nodiscard]] const StatsCounter& operator[](Value value) const {
        return values.at(static_cast<std::size_t>(value));
    }
};
static_assert(sizeof(StatsSlot) == 256);
static_assert(offsetof(StatsSlot, name) == 8);
static_assert(offsetof(StatsSlot, values) == 80);
static_assert(offsetof(StatsSlot, generation) == 248);

/// The first bytes. All but the times is constant once `magic` is there, which is written last.
struct StatsHeader {
    std::atomic<std::uint64_t> magic;
    std::uint32_t version;
    std::uint32_t processors;
    /// Of the host's TSC, in Hz.
    std::uint64_t tscFrequency;
    CountedStats counted;
    /// CLOCK_MONOTONIC in nanoseconds, 0 while it has not happened: the worker process, and when
    /// the first VP was about to execute its first instruction.
    StatsCounter processStarted;
    StatsCounter firstInstruction;
    /// The sum of all pauses in nanoseconds, a present one not included.
    StatsCounter pausedTime;
    /// No slot from here on was ever taken: a reader need not touch their memory.
    StatsCounter slotsUsed;
    /// In bytes; 0: not known.
    StatsCounter assignedMemory;
    /// In use or promised by the guest.
    StatsCounter memoryDemand;
    std::array<std::uint64_t, 21> reserved;
};
static_assert(sizeof(StatsHeader) == 256);
static_assert(offsetof(StatsHeader, tscFrequency) == 16);
static_assert(offsetof(StatsHeader, counted) == 24);
static_assert(offsetof(StatsHeader, processStarted) == 40);

struct StatsPages {
    StatsHeader header;
    std::array<std::byte, 4096 - sizeof(StatsHeader)> unused;
    std::array<VpStats, kStatsProcessors> processors;
    std::array<StatsSlot, kStatsSlots> counterSlots;
};
static_assert(offsetof(StatsPages, processors) == 4096);
static_assert(offsetof(StatsPages, counterSlots) == 4096 + 64 * 512);
static_assert(sizeof(StatsPages) == 4096 + 64 * 512 + 256 * 256);

}  // namespace hypervisor
