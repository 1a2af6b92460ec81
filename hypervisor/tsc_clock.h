// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>

namespace hypervisor {

/// A time stamp counter that runs at a constant rate and is the same for all processors.
/// Methods may be called from any thread.
class TscClock {
  public:
    virtual ~TscClock() = default;

    /// Ticks a second, never zero.
    [[nodiscard]] virtual std::uint64_t frequency() const = 0;
    [[nodiscard]] virtual std::uint64_t read() const = 0;
};

/// The host's own counter, as RDTSC gives it.
class HostTscClock final : public TscClock {
  public:
    /// Finds the frequency out, which takes about ten milliseconds.
    HostTscClock();
    explicit HostTscClock(std::uint64_t frequency) : frequency_(frequency) {}

    [[nodiscard]] std::uint64_t frequency() const override { return frequency_; }
    [[nodiscard]] std::uint64_t read() const override;

  private:
    const std::uint64_t frequency_;
};

/// What CPUID leaf 0x15 says of the frequency (Intel SDM volume 3, section 19.7.3): nothing when
/// the processor gives no ratio or no crystal frequency.
[[nodiscard]] std::optional<std::uint64_t> tscFrequencyFromCrystal(std::uint32_t denominator,
                                                                   std::uint32_t numerator,
                                                                   std::uint32_t crystalHz);

/// The first of `stated` frequencies that a short measurement confirms, else the measured one:
/// what CPUID says is exact where it is true, but a virtual host may show another machine's.
[[nodiscard]] std::uint64_t confirmedTscFrequency(
    std::initializer_list<std::optional<std::uint64_t>> stated, std::uint64_t measured);

/// The host's frequency in Hz: from CPUID or the kernel, confirmed against CLOCK_MONOTONIC_RAW.
[[nodiscard]] std::uint64_t determineHostTscFrequency();

}  // namespace hypervisor
