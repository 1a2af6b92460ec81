// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "error.h"
#include "guest_memory.h"
#include "hypervisor/stats/stats_page.h"
#include "intercept_handler.h"
#include "processor_state.h"
#include "synthetic_interrupts.h"

namespace hypervisor {

enum class Backend : std::uint8_t { Kvm, Software };
[[nodiscard]] const char* name(Backend backend);

/// Why VirtualProcessor::run() came back.
enum class ExitReason : std::uint8_t {
    /// requestStop() was called.
    Stopped,
    /// A fault while delivering a double fault: the machine resets itself, or has crashed.
    TripleFault,
    /// The backend met an instruction or a state that it can't go on from; see report().
    EmulationFailure,
};

/// One processor of a partition. Bound to one thread, which alone calls run(), state() and
/// setState(), the latter two only while run() is not on the stack; requestStop() may be called
/// from any thread.
class VirtualProcessor {
  public:
    virtual ~VirtualProcessor() = default;

    [[nodiscard]] virtual VpIndex index() const = 0;

    /// Makes the calling thread the one that runs this VP. Called once, before the first run().
    [[nodiscard]] virtual Result<void> bind() = 0;

    /// Runs the guest until there is a reason to stop. Halting and waiting for start-up happen
    /// inside, without use of the host's processor.
    [[nodiscard]] virtual ExitReason run() = 0;

    /// Makes a present or the next run() return `Stopped` soon.
    virtual void requestStop() = 0;

    [[nodiscard]] virtual ProcessorState state() const = 0;
    [[nodiscard]] virtual Result<void> setState(const ProcessorState& state) = 0;

    /// The last exceptions first to last, and the registers; after TripleFault or EmulationFailure
    /// also what happened; several lines. On the VP's thread, while run() is not on the stack.
    [[nodiscard]] virtual std::string report() const = 0;
};

/// A machine's processors and memory. Its interrupt inputs may be driven from any thread.
class Partition {
  public:
    virtual ~Partition() = default;

    [[nodiscard]] virtual GuestMemory& memory() = 0;
    /// Makes GuestMemory::nextGrowth() of `bytes` RAM of the guest's, who is not told by that. By
    /// one thread at a time, while VPs run.
    [[nodiscard]] virtual Result<void> growMemory(std::uint64_t bytes) = 0;
    [[nodiscard]] virtual VpIndex processorCount() const = 0;
    [[nodiscard]] virtual VirtualProcessor& processor(VpIndex index) = 0;

    /// A write of `data` to `address` in the MSI window at 0xFEE00000 (Intel SDM volume 3,
    /// section 11.11): how IOAPICs and devices reach local APICs.
    virtual void signalMessageInterrupt(std::uint64_t address, std::uint32_t data) = 0;

    /// The message that pin `pin`, below 24, of the machine's IOAPIC sends while it is
    /// level-triggered: the end of that interrupt reaches InterceptHandler::endOfInterrupt(). To
    /// be told before such a message is signalled, and again when it changes.
    virtual void announceLevelInterrupt(unsigned pin, std::uint64_t address,
                                        std::uint32_t data) = 0;

    /// The level of the 8259s' INTR output, wired to LINT0 of every local APIC.
    virtual void setExternalInterrupt(bool asserted) = 0;

    /// The synthetic interrupt controllers, with the messages and events between the guest and its
    /// host.
    [[nodiscard]] virtual SyntheticInterrupts& synic() = 0;
    /// The guest's reference time, in units of 100 ns (MSR 0x40000020).
    [[nodiscard]] virtual std::uint64_t referenceTime() const = 0;

    /// VPs find `memory` at `gpa` from now on, as RAM. There is at most one such memory in a
    /// partition's life, whose place changes. Device memory is moved by one thread at a time; VPs
    /// may run.
    [[nodiscard]] virtual Result<void> placeDeviceMemory(Gpa gpa, const DeviceMemory& memory) = 0;
    /// It is nowhere any more; a VP that has just used it may do so for a moment yet.
    virtual void removeDeviceMemory() = 0;

    /// Opens the gate of address line 20, or holds the line at zero in all that VPs address, as a
    /// PC can for programs that count on the 8086's end of memory (A20M#, Intel SDM volume 3,
    /// section 9.1.4 and others). From a VP's thread it holds from that VP's next instruction on,
    /// and for others soon. On KVM it acts below 2 MiB alone, which is all that such programs
    /// reach. Open after a reset.
    virtual void setAddressLine20(bool open) = 0;

    /// Puts every VP and local APIC into the state after RESET: VP 0 runs from the reset vector,
    /// the others wait for start-up. Memory has the size of the start again. No VP may be in run(),
    /// and no device use memory.
    [[nodiscard]] virtual Result<void> reset() = 0;

    /// Stops the guest's time (TSC, reference time, local APIC timers), or lets it go on where it
    /// stopped, so that a pause is none to the guest. No VP may be in run().
    [[nodiscard]] virtual Result<void> setTimeFrozen(bool frozen) = 0;

    /// In Hz of the host's time: the rate of the guest's TSC and of the ticks in stats.
    [[nodiscard]] virtual std::uint64_t tscFrequency() const = 0;

    /// What is counted in PartitionSettings::stats.
    [[nodiscard]] virtual CountedStats countedStats() const = 0;
};

struct PartitionLimits {
    VpIndex maximumProcessors;
    std::uint8_t physicalAddressBits;
};

struct PartitionSettings {
    VpIndex processors = 1;
    /// Where each VP counts, `processors` of them, which outlive the partition; empty: nowhere.
    std::span<VpStats> stats = {};
    /// How many times slower than the host's the guest's time runs, from 1: where KVM only
    /// emulates, a kernel's timer interrupt takes longer than the time between two of them, and
    /// slower time lets such a guest come along.
    std::uint32_t timeDivisor = 1;
};

/// A partition whose memory is not laid out yet, so that limits can be asked for first.
class ProtoPartition {
  public:
    virtual ~ProtoPartition() = default;

    [[nodiscard]] virtual PartitionLimits limits() const = 0;

    /// `handler` must outlive the partition; it is not called before the first run().
    [[nodiscard]] virtual Result<std::unique_ptr<Partition>> build(
        std::unique_ptr<GuestMemory> memory, InterceptHandler& handler) && = 0;
};

/// A backend.
class Hypervisor {
  public:
    virtual ~Hypervisor() = default;

    [[nodiscard]] virtual Backend backend() const = 0;
    [[nodiscard]] virtual Result<std::unique_ptr<ProtoPartition>> createPartition(
        const PartitionSettings& settings) = 0;
};

}  // namespace hypervisor
