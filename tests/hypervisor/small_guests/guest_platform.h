// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "devices/chipset/chipset.h"
#include "devices/chipset/clock.h"
#include "devices/chipset/machine_control.h"
#include "hypervisor/hypervisor.h"
#include "hypervisor/intercept_handler.h"
#include "hypervisor/timer_queue.h"

namespace small_guests {

/// The machine around a small guest: a PC's chipset, and the ports on which the guest reports
/// values and says that it is done.
class GuestPlatform final : public hypervisor::InterceptHandler, private devices::MachineControl {
  public:
    static constexpr std::uint16_t kReportPort = 0x500;
    static constexpr std::uint16_t kFinishPort = 0x504;
    /// Written when CPUID says that the processor lacks what the guest is about.
    static constexpr std::uint16_t kUnsupportedPort = 0x505;
    /// Reads give a value that grows, writes of 1, 2 or 4 bytes are reported with the size in
    /// bits 31:28.
    static constexpr std::uint16_t kSizePort = 0x508;
    /// Reads give the ends of interrupt that have reached the IOAPIC: the last one's vector in bits
    /// 7:0, their number above.
    static constexpr std::uint16_t kEndsPort = 0x50C;
    /// The size port's like in memory, at a place without RAM.
    static constexpr hypervisor::Gpa kSizeAddress = 0xD000'0000;

    GuestPlatform();

    /// Before the first run, and with null before the partition goes.
    void connect(hypervisor::Partition* partition) { chipset_->connect(partition); }

    [[nodiscard]] std::uint32_t readPort(hypervisor::VpIndex vp, std::uint16_t port,
                                         unsigned size) override;
    void writePort(hypervisor::VpIndex vp, std::uint16_t port, unsigned size,
                   std::uint32_t value) override;
    [[nodiscard]] std::uint64_t readMmio(hypervisor::VpIndex vp, hypervisor::Gpa gpa,
                                         unsigned size) override;
    void writeMmio(hypervisor::VpIndex vp, hypervisor::Gpa gpa, unsigned size,
                   std::uint64_t value) override;
    [[nodiscard]] std::optional<std::uint64_t> readMsr(hypervisor::VpIndex vp,
                                                       std::uint32_t msr) override;
    [[nodiscard]] bool writeMsr(hypervisor::VpIndex vp, std::uint32_t msr,
                                std::uint64_t value) override;
    [[nodiscard]] std::uint8_t acknowledgeExternalInterrupt() override;
    void endOfInterrupt(std::uint8_t vector) override;
    void guestCrashed(hypervisor::VpIndex vp, const hypervisor::GuestCrash& crash) override;
    void resetRequested(hypervisor::VpIndex vp) override;

    /// A VP has stopped by itself; ends the wait.
    void abandon(std::string why);

    /// Until the guest is done or a VP has stopped; false when the time is over.
    [[nodiscard]] bool waitForEnd(std::chrono::seconds limit);

    /// After the end: the reports in their order.
    [[nodiscard]] const std::vector<std::uint32_t>& reports() const { return reports_; }
    /// After the end: whether the processor lacks what the guest is about.
    [[nodiscard]] bool unsupported() const { return unsupported_; }
    /// After the end: why a VP stopped, or empty.
    [[nodiscard]] const std::string& failure() const { return failure_; }

  private:
    void powerOff() override { abandon("the guest has powered off"); }
    void reset() override;
    void debugExit(std::uint32_t /*value*/) override {}
    void report(std::uint32_t value);

    hypervisor::TimerQueue timers_;
    devices::HostClock clock_{timers_};
    std::unique_ptr<devices::Chipset> chipset_;

    std::mutex mutex_;
    std::condition_variable ended_;
    std::vector<std::uint32_t> reports_;
    std::string failure_;
    bool finished_ = false;
    bool unsupported_ = false;
    std::uint32_t reads_ = 0;
    std::uint32_t ends_ = 0;
    std::uint8_t lastEnd_ = 0;
};

}  // namespace small_guests
