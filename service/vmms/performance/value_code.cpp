// SPDX-License-Identifier: GPL-3.0-or-later
#include "value_code.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace service {

namespace {

constexpr ValueCode kZero = 1;
// From here on 6 bits of exponent and 10 of mantissa, so that greater numbers have greater codes.
constexpr ValueCode kFirstNumber = 2;
constexpr int kMantissaBits = 10;
constexpr int kLeastExponent = -20;
constexpr long kMost = std::numeric_limits<ValueCode>::max() - kFirstNumber;

}  // namespace

ValueCode encodeValue(double value) {
    if (std::isnan(value))
        return kNoValue;
    if (value < std::ldexp(1.0, kLeastExponent))
        return kZero;
    if (std::isinf(value))
        return std::numeric_limits<ValueCode>::max();
    int exponent = 0;
    // From 0.5 to below 1; a mantissa that is rounded up to its end carries into the exponent.
    const double fraction = std::frexp(value, &exponent);
    const long mantissa = std::lround((2 * fraction - 1) * (1 << kMantissaBits));
    const long number =
        (static_cast<long>(exponent - 1 - kLeastExponent) << kMantissaBits) + mantissa;
    return static_cast<ValueCode>(std::min(number, kMost) + kFirstNumber);
}

double decodeValue(ValueCode code) {
    if (code == kNoValue)
        return std::numeric_limits<double>::quiet_NaN();
    if (code == kZero)
        return 0;
    const int number = code - kFirstNumber;
    const int mantissa = number & ((1 << kMantissaBits) - 1);
    return std::ldexp(1.0 + static_cast<double>(mantissa) / (1 << kMantissaBits),
                      (number >> kMantissaBits) + kLeastExponent);
}

}  // namespace service
