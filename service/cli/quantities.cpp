// SPDX-License-Identifier: GPL-3.0-or-later
#include "quantities.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ctime>

namespace service::cli {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::uint32_t kThousandths = 1000;

bool isDigit(char character) {
    return character >= '0' && character <= '9';
}

}  // namespace

Result<std::uint32_t> parseNumber(std::string_view text, std::string_view what, std::uint32_t least,
                                  std::uint32_t most) {
    std::uint32_t number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    const bool isNumber = error != std::errc::invalid_argument && end == last;
    if (!isNumber)
        return failure(
            fmt::format("{} '{}' is not a whole number; give {} to {}", what, text, least, most));
    if (error != std::errc{} || number < least || number > most)
        return failure(
            fmt::format("{} {} is out of range; give {} to {}", what, text, least, most));
    return number;
}

Result<std::uint32_t> parsePercent(std::string_view text, std::string_view what,
                                   std::uint32_t least, std::uint32_t most) {
    const auto range = fmt::format("give {} to {}", percentText(least), percentText(most));
    std::string_view rest = text;
    if (rest.ends_with('%'))
        rest.remove_suffix(1);
    while (rest.ends_with(' '))
        rest.remove_suffix(1);
    const auto notANumber = [&] {
        return failure(
            fmt::format("{} '{}' is not a percentage with at most three decimal places; {}", what,
                        text, range));
    };
    // Wide enough for what is refused as too large; longer figures stop growing.
    std::uint64_t value = 0;
    std::size_t digits = 0;
    int places = -1;
    for (const char character : rest) {
        if (character == '.' && places < 0) {
            places = 0;
            continue;
        }
        if (!isDigit(character) || places == 3)
            return notANumber();
        if (places >= 0)
            ++places;
        ++digits;
        if (value < UINT32_MAX)
            value = value * 10 + static_cast<std::uint64_t>(character - '0');
    }
    if (digits == 0 || places == 0)
        return notANumber();
    for (int place = places < 0 ? 0 : places; place < 3; ++place)
        value *= 10;
    if (value < least || value > most)
        return failure(fmt::format("{} {} is out of range; {}", what, text, range));
    return static_cast<std::uint32_t>(value);
}

std::string percentText(std::uint64_t thousandths) {
    std::string text = fmt::format("{}", thousandths / kThousandths);
    if (thousandths % kThousandths != 0) {
        text += fmt::format(".{:03}", thousandths % kThousandths);
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text + " %";
}

std::string measuredPercentText(double percent) {
    return fmt::format("{:.1f} %", percent);
}

std::string sizeText(std::uint64_t bytes) {
    constexpr std::array<const char*, 7> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::size_t unit = 0;
    double value = static_cast<double>(bytes);
    while (value >= 1024 && unit + 1 < kUnits.size()) {
        value /= 1024;
        ++unit;
    }
    return fmt::format("{:.4g} {}", value, kUnits[unit]);
}

std::string uptimeText(std::uint64_t seconds) {
    constexpr std::uint64_t kDay = 86'400;
    const std::string clock =
        fmt::format("{:02}:{:02}:{:02}", seconds % kDay / 3600, seconds / 60 % 60, seconds % 60);
    return seconds < kDay ? clock : fmt::format("{}.{}", seconds / kDay, clock);
}

std::string timeText(std::int64_t secondsSince1970) {
    const std::time_t time = secondsSince1970;
    std::tm parts{};
    std::array<char, 64> text{};
    if (!::localtime_r(&time, &parts))
        return fmt::format("{}", secondsSince1970);
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
    return {text.data(), size};
}

}  // namespace service::cli
