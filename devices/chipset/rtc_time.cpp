// SPDX-License-Identifier: GPL-3.0-or-later
#include "rtc_time.h"

#include <algorithm>
#include <chrono>

namespace devices {

namespace {

constexpr std::uint8_t kPm = 0x80;
constexpr std::int64_t kDay = 86'400;

std::uint8_t encode(unsigned value, RtcFormat format) {
    return static_cast<std::uint8_t>(format.isBinary ? value : value / 10 % 10 << 4 | value % 10);
}

unsigned decode(std::uint8_t value, RtcFormat format) {
    return format.isBinary ? value : (value >> 4) * 10U + (value & 0xFU);
}

std::uint8_t encodeHours(unsigned hours, RtcFormat format) {
    if (format.is24Hour)
        return encode(hours, format);
    const unsigned shown = hours % 12 == 0 ? 12 : hours % 12;
    return static_cast<std::uint8_t>(encode(shown, format) | (hours >= 12 ? kPm : 0));
}

unsigned decodeHours(std::uint8_t value, RtcFormat format) {
    if (format.is24Hour)
        return decode(value, format);
    const unsigned shown = decode(value & 0x7F, format) % 12;
    return shown + ((value & kPm) != 0 ? 12 : 0);
}

std::int64_t dayOf(std::int64_t seconds) {
    return seconds >= 0 ? seconds / kDay : -((kDay - 1 - seconds) / kDay);
}

}  // namespace

RtcRegisters toTimeOfDay(std::int64_t seconds, RtcFormat format) {
    const auto inDay = static_cast<unsigned>(seconds - dayOf(seconds) * kDay);
    RtcRegisters registers;
    registers.seconds = encode(inDay % 60, format);
    registers.minutes = encode(inDay / 60 % 60, format);
    registers.hours = encodeHours(inDay / 3600, format);
    return registers;
}

unsigned weekdayOf(std::int64_t seconds) {
    const std::chrono::sys_days day{std::chrono::days(dayOf(seconds))};
    return std::chrono::weekday(day).c_encoding();
}

RtcRegisters toRegisters(std::int64_t seconds, RtcFormat format) {
    RtcRegisters registers = toTimeOfDay(seconds, format);
    const std::chrono::year_month_day date{
        std::chrono::sys_days{std::chrono::days(dayOf(seconds))}};
    // What the registers can show: the years 0 to 9999.
    const auto year = static_cast<unsigned>(std::clamp(static_cast<int>(date.year()), 0, 9999));
    registers.weekday = static_cast<std::uint8_t>(weekdayOf(seconds) + 1);
    registers.day = encode(static_cast<unsigned>(date.day()), format);
    registers.month = encode(static_cast<unsigned>(date.month()), format);
    registers.year = encode(year % 100, format);
    registers.century = encode(year / 100, format);
    return registers;
}

std::int64_t toSeconds(const RtcRegisters& registers, RtcFormat format) {
    const unsigned year = decode(registers.century, format) * 100 + decode(registers.year, format);
    const unsigned month = std::clamp(decode(registers.month, format), 1U, 12U);
    const std::chrono::sys_days first{std::chrono::year(static_cast<int>(std::min(year, 9999U))) /
                                      std::chrono::month(month) / 1};
    const std::int64_t day = first.time_since_epoch().count() +
                             static_cast<std::int64_t>(decode(registers.day, format)) - 1;
    return day * kDay + decodeHours(registers.hours, format) * 3600 +
           decode(registers.minutes, format) * 60 + decode(registers.seconds, format);
}

}  // namespace devices
