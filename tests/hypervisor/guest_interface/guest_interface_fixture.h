// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTest>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "hypervisor/guest_interface/guest_interface.h"
#include "hypervisor/processor_state.h"

namespace guest_interface_test {

using namespace hypervisor;

inline constexpr Gpa kPage = 0x5000;

/// A TSC that stands until it is moved.
class FixedClock final : public TscClock {
  public:
    [[nodiscard]] std::uint64_t frequency() const override { return 2'500'000'000; }
    [[nodiscard]] std::uint64_t read() const override { return now; }
    std::uint64_t now = 123'456'789'000;
};

class Platform final : public InterceptHandler {
  public:
    std::uint32_t readPort(VpIndex, std::uint16_t, unsigned) override { return 0; }
    void writePort(VpIndex, std::uint16_t, unsigned, std::uint32_t) override {}
    std::uint64_t readMmio(VpIndex, Gpa, unsigned) override { return 0; }
    void writeMmio(VpIndex, Gpa, unsigned, std::uint64_t) override {}
    std::optional<std::uint64_t> readMsr(VpIndex, std::uint32_t) override { return std::nullopt; }
    bool writeMsr(VpIndex, std::uint32_t, std::uint64_t) override { return false; }
    std::uint8_t acknowledgeExternalInterrupt() override { return 0; }
    void endOfInterrupt(std::uint8_t) override {}
    void guestCrashed(VpIndex, const GuestCrash& crash) override { crashes.push_back(crash); }
    void resetRequested(VpIndex) override { ++resets; }

    std::vector<GuestCrash> crashes;
    int resets = 0;
};

/// Notes what the guest interface wants of its backend.
class Host final : public GuestInterfaceHost {
  public:
    void pageWritten(Gpa gpa) override { written.push_back(gpa); }
    void requestInterrupt(VpIndex target, std::uint8_t vector, InterruptEnd end) override {
        const std::scoped_lock lock(requestedMutex);
        requested.emplace_back(target, vector);
        lastEnd = end;
    }
    void setTimer(VpIndex, std::optional<std::chrono::nanoseconds> after) override {
        timer = after;
    }
    void sendInterrupt(VpIndex, ProcessorMask targets, std::uint8_t vector) override {
        interrupts.emplace_back(targets, vector);
    }
    void idle(VpIndex) override { ++idles; }
    void flushTranslations(VpIndex, ProcessorMask targets,
                           std::span<const GvaRange> wanted) override {
        flushed = targets;
        ranges.assign(wanted.begin(), wanted.end());
    }
    LocalApic* localApic(VpIndex) override { return nullptr; }

    std::vector<Gpa> written;
    /// Devices' threads request interrupts at the same time.
    std::mutex requestedMutex;
    InterruptEnd lastEnd = InterruptEnd::ByGuest;
    std::vector<std::pair<VpIndex, std::uint8_t>> requested;
    std::optional<std::chrono::nanoseconds> timer;
    std::vector<std::pair<ProcessorMask, std::uint8_t>> interrupts;
    ProcessorMask flushed = 0;
    std::vector<GvaRange> ranges;
    int idles = 0;
};

inline GuestInterfaceSettings everything() {
    GuestInterfaceSettings settings;
    settings.processors = 4;
    settings.guestIdle = true;
    settings.clusterIpi = true;
    settings.tlbFlush = true;
    return settings;
}

/// A guest interface with all that it needs around it.
struct Fixture {
    explicit Fixture(GuestInterfaceSettings settings = everything())
        : memory(GuestMemory::create(1024 * 1024).value()),
          interface(settings, *memory, clock, platform, host) {}

    void enable() {
        QVERIFY(interface.writeMsr(0, 0x4000'0000, 0x8100'0006'0100'0000));
        QVERIFY(interface.writeMsr(0, 0x4000'0001, kPage | 1));
    }
    /// The result of a 64-bit call at privilege level 0.
    std::uint64_t call(std::uint64_t control, std::uint64_t input, std::uint64_t output) {
        std::array<std::uint64_t, 16> registers{0xDEAD, control, input};
        registers[static_cast<std::size_t>(Register::R8)] = output;
        if (!interface.hypercall(0, {registers, true, true, 0}))
            return ~std::uint64_t{0};
        return registers[0];
    }

    std::unique_ptr<GuestMemory> memory;
    FixedClock clock;
    Platform platform;
    Host host;
    GuestInterface interface;
};

inline constexpr std::uint64_t kFastCall = 1U << 16;

}  // namespace guest_interface_test
