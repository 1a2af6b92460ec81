// SPDX-License-Identifier: GPL-3.0-or-later
#include "tsc_clock.h"

#include <cpuid.h>
#include <time.h>
#include <x86intrin.h>

#include <fstream>
#include <limits>

#include "wide_arithmetic.h"

namespace hypervisor {

namespace {

constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::uint64_t kMeasurementNanoseconds = 10'000'000;
// A stated frequency further than this from the measured one is another machine's.
constexpr std::uint64_t kToleranceDivisor = 1000;

struct Sample {
    std::uint64_t nanoseconds;
    std::uint64_t tsc;
};

std::uint64_t rawNanoseconds() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC_RAW, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * kNanosecondsPerSecond +
           static_cast<std::uint64_t>(time.tv_nsec);
}

/// Both clocks at the same moment: the pair of several whose reads lay closest together, so that
/// a preemption in between does no harm.
Sample sample() {
    Sample best{};
    std::uint64_t narrowest = std::numeric_limits<std::uint64_t>::max();
    for (int attempt = 0; attempt < 16; ++attempt) {
        const std::uint64_t before = __rdtsc();
        const std::uint64_t nanoseconds = rawNanoseconds();
        const std::uint64_t after = __rdtsc();
        if (after - before < narrowest) {
            narrowest = after - before;
            best = {nanoseconds, before + (after - before) / 2};
        }
    }
    return best;
}

std::uint64_t measure() {
    const Sample start = sample();
    while (rawNanoseconds() - start.nanoseconds < kMeasurementNanoseconds)
        _mm_pause();
    const Sample end = sample();
    return multiplyDivide(end.tsc - start.tsc, kNanosecondsPerSecond,
                          end.nanoseconds - start.nanoseconds);
}

struct CpuidLeaf {
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
};

CpuidLeaf cpuid(unsigned leaf) {
    CpuidLeaf result;
    __get_cpuid_count(leaf, 0, &result.eax, &result.ebx, &result.ecx, &result.edx);
    return result;
}

std::optional<std::uint64_t> baseFrequency() {
    const unsigned megahertz = cpuid(0x16).eax & 0xFFFF;
    if (megahertz == 0)
        return std::nullopt;
    return std::uint64_t{megahertz} * 1'000'000;
}

std::optional<std::uint64_t> frequencyFromKernel() {
    std::ifstream file("/sys/devices/system/cpu/cpu0/tsc_freq_khz");
    std::uint64_t kilohertz = 0;
    if (!(file >> kilohertz) || kilohertz == 0)
        return std::nullopt;
    return kilohertz * 1000;
}

}  // namespace

std::optional<std::uint64_t> tscFrequencyFromCrystal(std::uint32_t denominator,
                                                     std::uint32_t numerator,
                                                     std::uint32_t crystalHz) {
    if (denominator == 0 || numerator == 0 || crystalHz == 0)
        return std::nullopt;
    return std::uint64_t{crystalHz} * numerator / denominator;
}

std::uint64_t confirmedTscFrequency(std::initializer_list<std::optional<std::uint64_t>> stated,
                                    std::uint64_t measured) {
    for (const std::optional<std::uint64_t>& frequency : stated) {
        if (!frequency)
            continue;
        const std::uint64_t difference =
            *frequency > measured ? *frequency - measured : measured - *frequency;
        if (difference <= measured / kToleranceDivisor)
            return *frequency;
    }
    return measured;
}

std::uint64_t determineHostTscFrequency() {
    const CpuidLeaf crystal = cpuid(0x15);
    // Leaf 0x16 gives a rounded, nominal figure; the measurement is nearer to the truth.
    const std::uint64_t measured = measure();
    return confirmedTscFrequency(
        {tscFrequencyFromCrystal(crystal.eax, crystal.ebx, crystal.ecx), frequencyFromKernel()},
        measured != 0 ? measured : baseFrequency().value_or(kNanosecondsPerSecond));
}

HostTscClock::HostTscClock() : frequency_(determineHostTscFrequency()) {}

std::uint64_t HostTscClock::read() const {
    return __rdtsc();
}

}  // namespace hypervisor
