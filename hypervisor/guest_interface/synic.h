// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "guest_interface_host.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/synthetic_interrupts.h"

namespace hypervisor {

/// Types of the hypervisor's own messages (TLFS, HV_MESSAGE_TYPE): no guest may post one.
constexpr std::uint32_t kHypervisorMessageTypes = 1U << 31;

/// A slot of the message page (TLFS, HV_MESSAGE). The guest frees it by writing a type of 0.
struct SynicMessageSlot {
    std::uint32_t type;
    std::uint8_t payloadSize;
    /// Bit 0: another message waits; the guest is to write to EOM.
    std::uint8_t flags;
    std::uint16_t reserved;
    std::uint64_t sender;
    std::array<std::byte, kMessagePayloadSize> payload;
};
static_assert(sizeof(SynicMessageSlot) == 256);

/// The synthetic interrupt controllers of a partition's VPs (TLFS, chapter "virtual interrupts"):
/// registers, message pages and event pages.
///
/// AutoEOI is there for who asks for it, as iPXE does, though guests are told not to
/// (recommendation "deprecate AutoEOI").
///
/// Thread safety: registers are their VP's thread's; what SyntheticInterrupts has, any thread's.
/// Setting an event flag takes no lock.
class Synic final : public SyntheticInterrupts {
  public:
    Synic(VpIndex processors, GuestMemory& memory, GuestInterfaceHost& host);

    [[nodiscard]] static constexpr bool ownsMsr(std::uint32_t msr) {
        return (msr >= 0x4000'0080 && msr <= 0x4000'0084) ||
               (msr >= 0x4000'0090 && msr < 0x4000'0090 + kSintCount);
    }
    /// Nothing or false: #GP.
    [[nodiscard]] std::optional<std::uint64_t> readMsr(VpIndex vp, std::uint32_t msr) const;
    [[nodiscard]] bool writeMsr(VpIndex vp, std::uint32_t msr, std::uint64_t value);
    /// The state after RESET, with nothing waiting. No VP may be running.
    void reset();

    [[nodiscard]] bool postMessage(VpIndex vp, unsigned sint, const SynicMessage& message) override;
    [[nodiscard]] std::size_t waitingMessages(VpIndex vp, unsigned sint) const override;
    void discardMessages() override;
    bool setEventFlag(VpIndex vp, unsigned sint, unsigned flag) override;
    void setConnections(GuestConnections* connections) override { connections_ = connections; }

    /// For hypercalls; null: there are none.
    [[nodiscard]] GuestConnections* connections() const { return connections_; }

    /// A timer's message: replaces one of the same timer that still waits.
    void postTimerMessage(VpIndex vp, unsigned sint, const SynicMessage& message);

  private:
    /// Bits of a SINT register.
    static constexpr std::uint64_t kMasked = 1U << 16;

    struct Processor {
        // Written by the VP's thread, read by any.
        std::atomic<std::uint64_t> control = 1;
        std::atomic<std::uint64_t> eventPage = 0;
        std::atomic<std::uint64_t> messagePage = 0;
        std::array<std::atomic<std::uint64_t>, kSintCount> sints;
        /// Who is about to write into the event page: it is not taken away meanwhile.
        std::atomic<unsigned> eventWriters = 0;

        // Held while the message page is written or taken away.
        mutable std::mutex mutex;
        std::array<std::deque<SynicMessage>, kSintCount> waiting;
    };

    /// False when it does not lie in memory.
    [[nodiscard]] bool emptyPage(Gpa gpa);
    [[nodiscard]] bool writeEventPage(Processor& processor, std::uint64_t value);
    [[nodiscard]] bool writeMessagePage(VpIndex vp, std::uint64_t value);
    [[nodiscard]] bool writeSint(Processor& processor, unsigned sint, std::uint64_t value) const;
    /// With the VP's mutex held: moves the first waiting message into a free slot.
    void deliver(VpIndex vp, unsigned sint);
    void interrupt(VpIndex vp, const Processor& processor, unsigned sint);

    GuestMemory& memory_;
    GuestInterfaceHost& host_;
    std::vector<std::unique_ptr<Processor>> processors_;
    GuestConnections* connections_ = nullptr;
};

}  // namespace hypervisor
