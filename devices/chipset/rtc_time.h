// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace devices {

/// How a real-time clock's time registers are to be read: register B's bits 1 and 2.
struct RtcFormat {
    bool is24Hour = true;
    bool isBinary = false;
};

/// The registers of one instant as the clock chip shows them.
struct RtcRegisters {
    std::uint8_t seconds = 0;
    std::uint8_t minutes = 0;
    std::uint8_t hours = 0;    ///< in 12-hour format, bit 7 says PM
    std::uint8_t weekday = 1;  ///< 1 is Sunday
    std::uint8_t day = 1;
    std::uint8_t month = 1;
    std::uint8_t year = 0;
    std::uint8_t century = 0;
};

/// `seconds` since 1970-01-01 00:00, as registers. The weekday is the calendar's.
[[nodiscard]] RtcRegisters toRegisters(std::int64_t seconds, RtcFormat format);

/// The reverse. Every content gives a time: months out of range are brought into it, other fields
/// carry over; the weekday is not looked at.
[[nodiscard]] std::int64_t toSeconds(const RtcRegisters& registers, RtcFormat format);

/// Just the time of day of `seconds`: weekday, day and so on are left as they are by default.
[[nodiscard]] RtcRegisters toTimeOfDay(std::int64_t seconds, RtcFormat format);

/// The day of the week of `seconds`, 0 is Sunday.
[[nodiscard]] unsigned weekdayOf(std::int64_t seconds);

}  // namespace devices
