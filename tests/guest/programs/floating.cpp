// SPDX-License-Identifier: GPL-3.0-or-later
//
// The mathematical library and plain arithmetic in single, double and extended precision: for each
// function a few results in full and a checksum over many.
#include <cfenv>
#include <cmath>
#include <complex>
#include <cstdio>
#include <limits>
#include <numeric>
#include <vector>

#include "digest.h"

namespace {

constexpr int kArguments = 400;
constexpr int kShown = 3;

template <class Real>
constexpr std::size_t kSignificantBytes = sizeof(Real);
template <>
constexpr std::size_t kSignificantBytes<long double> = 10;  // the other 6 are padding

template <class Real>
void tabulate(const char* name, Real (*function)(Real), double from, double to) {
    Sequence sequence(static_cast<std::uint64_t>(name[0]) * 257 + sizeof(Real));
    Digest digest;
    std::feclearexcept(FE_ALL_EXCEPT);
    std::printf("%s/%zu", name, sizeof(Real) * 8);
    for (int each = 0; each < kArguments; ++each) {
        const auto argument = static_cast<Real>(from + (to - from) * sequence.fraction());
        const Real result = function(argument);
        digest.add(&result, kSignificantBytes<Real>);
        if (each < kShown)
            std::printf(" %La", static_cast<long double>(result));
    }
    std::printf(" %016llx flags %x\n", digest.value(),
                static_cast<unsigned>(std::fetestexcept(FE_ALL_EXCEPT & ~FE_INEXACT)));
}

template <class Real>
void tabulateAll() {
    using F = Real (*)(Real);
    tabulate<Real>("sin", static_cast<F>(std::sin), -1e6, 1e6);
    tabulate<Real>("cos", static_cast<F>(std::cos), -10, 10);
    tabulate<Real>("tan", static_cast<F>(std::tan), -1.5, 1.5);
    tabulate<Real>("asin", static_cast<F>(std::asin), -1, 1);
    tabulate<Real>("acos", static_cast<F>(std::acos), -1.1, 1.1);
    tabulate<Real>("atan", static_cast<F>(std::atan), -100, 100);
    tabulate<Real>("sinh", static_cast<F>(std::sinh), -20, 20);
    tabulate<Real>("cosh", static_cast<F>(std::cosh), -20, 20);
    tabulate<Real>("tanh", static_cast<F>(std::tanh), -5, 5);
    tabulate<Real>("asinh", static_cast<F>(std::asinh), -50, 50);
    tabulate<Real>("acosh", static_cast<F>(std::acosh), 0.5, 50);
    tabulate<Real>("atanh", static_cast<F>(std::atanh), -1, 1);
    tabulate<Real>("exp", static_cast<F>(std::exp), -800, 800);
    tabulate<Real>("exp2", static_cast<F>(std::exp2), -1100, 1100);
    tabulate<Real>("expm1", static_cast<F>(std::expm1), -2, 2);
    tabulate<Real>("log", static_cast<F>(std::log), -1, 1e9);
    tabulate<Real>("log2", static_cast<F>(std::log2), 0, 10);
    tabulate<Real>("log10", static_cast<F>(std::log10), 0, 1e6);
    tabulate<Real>("log1p", static_cast<F>(std::log1p), -0.9, 3);
    tabulate<Real>("sqrt", static_cast<F>(std::sqrt), -1, 1e6);
    tabulate<Real>("cbrt", static_cast<F>(std::cbrt), -1e6, 1e6);
    tabulate<Real>("erf", static_cast<F>(std::erf), -4, 4);
    tabulate<Real>("erfc", static_cast<F>(std::erfc), -4, 30);
    tabulate<Real>("tgamma", static_cast<F>(std::tgamma), -5, 40);
    tabulate<Real>("lgamma", static_cast<F>(std::lgamma), 0, 100);
    tabulate<Real>("floor", static_cast<F>(std::floor), -1e6, 1e6);
    tabulate<Real>("ceil", static_cast<F>(std::ceil), -1e6, 1e6);
    tabulate<Real>("round", static_cast<F>(std::round), -100, 100);
    tabulate<Real>("rint", static_cast<F>(std::rint), -100, 100);
    tabulate<Real>("trunc", static_cast<F>(std::trunc), -100, 100);
}

/// The four operations, remainders and conversions, in each rounding direction, with arguments of
/// every kind: zeros, subnormals, infinities and not-a-numbers too.
template <class Real>
void arithmetic() {
    using Limits = std::numeric_limits<Real>;
    std::vector<Real> values = {Real(0),
                                -Real(0),
                                Real(1),
                                Real(-1.5),
                                Limits::denorm_min(),
                                -Limits::min(),
                                Limits::max(),
                                Limits::lowest(),
                                Limits::infinity(),
                                -Limits::infinity(),
                                Limits::quiet_NaN(),
                                Limits::epsilon(),
                                Real(1e9) / Real(3)};
    Sequence sequence(99);
    while (values.size() < 40)
        values.push_back(std::ldexp(static_cast<Real>(sequence.fraction() - 0.5),
                                    static_cast<int>(sequence.next() % 200) - 100));
    for (const int rounding : {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO}) {
        std::fesetround(rounding);
        std::feclearexcept(FE_ALL_EXCEPT);
        Digest digest;
        for (const Real first : values)
            for (const Real second : values) {
                const Real results[] = {first + second,
                                        first - second,
                                        first * second,
                                        first / second,
                                        std::fmod(first, second),
                                        std::remainder(first, second),
                                        std::hypot(first, second),
                                        std::nextafter(first, second)};
                for (const Real& each : results)
                    digest.add(&each, kSignificantBytes<Real>);
                digest.add(first < second);
                digest.add(first == second);
            }
        for (const Real each : values) {
            digest.add(std::llrint(each));
            digest.add(static_cast<float>(each));
            digest.add(static_cast<double>(each));
        }
        std::printf("arithmetic/%zu rounding %x: %016llx flags %x\n", sizeof(Real) * 8,
                    static_cast<unsigned>(rounding), digest.value(),
                    static_cast<unsigned>(std::fetestexcept(FE_ALL_EXCEPT)));
    }
    std::fesetround(FE_TONEAREST);
}

/// A fast Fourier transform there and back.
void transform() {
    constexpr std::size_t kSize = 4096;
    std::vector<std::complex<double>> data(kSize);
    Sequence sequence(4);
    for (auto& each : data)
        each = {sequence.fraction(), sequence.fraction()};
    const auto pass = [&](double direction) {
        for (std::size_t i = 1, j = 0; i < kSize; ++i) {
            std::size_t bit = kSize >> 1;
            for (; (j & bit) != 0; bit >>= 1)
                j ^= bit;
            j ^= bit;
            if (i < j)
                std::swap(data[i], data[j]);
        }
        for (std::size_t length = 2; length <= kSize; length <<= 1) {
            const auto step =
                std::polar(1.0, direction * 2 * 3.14159265358979 / static_cast<double>(length));
            for (std::size_t start = 0; start < kSize; start += length) {
                std::complex<double> factor = 1;
                for (std::size_t each = start; each < start + length / 2; ++each) {
                    const auto odd = data[each + length / 2] * factor;
                    data[each + length / 2] = data[each] - odd;
                    data[each] += odd;
                    factor *= step;
                }
            }
        }
        Digest digest;
        for (const auto& each : data)
            digest.add(each);
        std::printf("transform %016llx %a\n", digest.value(), data[kSize / 3].real());
    };
    pass(1);
    pass(-1);
}

}  // namespace

int main() {
    tabulateAll<float>();
    tabulateAll<double>();
    tabulateAll<long double>();
    arithmetic<float>();
    arithmetic<double>();
    arithmetic<long double>();
    transform();
}
