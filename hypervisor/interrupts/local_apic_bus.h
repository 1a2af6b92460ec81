// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "hypervisor/intercept_handler.h"
#include "interrupt_message.h"

namespace hypervisor {

class LocalApic;

/// What connects the local APICs of a partition with each other, with IOAPICs and devices (by
/// messages), and with the 8259s' INTR output.
///
/// Thread safety: every LocalApic attaches itself when it is made, before any VP runs; from then
/// on the set is fixed and all methods may be called from any thread. None takes a lock.
class LocalApicBus {
  public:
    explicit LocalApicBus(InterceptHandler& handler) : handler_(handler) {}
    LocalApicBus(const LocalApicBus&) = delete;
    LocalApicBus& operator=(const LocalApicBus&) = delete;

    /// A write of `data` to `address` in the MSI window: Partition::signalMessageInterrupt().
    void deliverMessage(std::uint64_t address, std::uint32_t data) {
        deliver(decodeMessage(address, data));
    }
    /// To every local APIC that the message's destination names; with lowest priority, to one.
    void deliver(const InterruptMessage& message);
    /// To every local APIC but, if it is not null, `excluded`.
    void deliverToAll(const InterruptMessage& message, const LocalApic* excluded);

    /// The level of the 8259s' INTR output, on LINT0 of every local APIC.
    void setExternalInterrupt(bool asserted);
    [[nodiscard]] bool externalInterrupt() const {
        return externalInterrupt_.load(std::memory_order_acquire);
    }

    /// What acknowledges external interrupts and hears of ended level-triggered ones.
    [[nodiscard]] InterceptHandler& handler() const { return handler_; }

  private:
    friend class LocalApic;
    void attach(LocalApic& apic) { apics_.push_back(&apic); }

    InterceptHandler& handler_;
    std::vector<LocalApic*> apics_;
    std::atomic<bool> externalInterrupt_ = false;
    // Turns lowest-priority messages round between their possible receivers.
    std::atomic<std::uint32_t> arbitration_ = 0;
};

}  // namespace hypervisor
