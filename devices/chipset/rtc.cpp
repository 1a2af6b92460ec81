// SPDX-License-Identifier: GPL-3.0-or-later
#include "rtc.h"

#include <algorithm>
#include <utility>

namespace devices {

namespace {

enum Cell : std::uint8_t {
    Seconds = 0x00,
    SecondsAlarm = 0x01,
    Minutes = 0x02,
    MinutesAlarm = 0x03,
    Hours = 0x04,
    HoursAlarm = 0x05,
    Weekday = 0x06,
    Day = 0x07,
    Month = 0x08,
    Year = 0x09,
    RegisterA = 0x0A,
    RegisterB = 0x0B,
    RegisterC = 0x0C,
    RegisterD = 0x0D,
    DisketteDrives = 0x10,
    Equipment = 0x14,
    BaseMemory = 0x15,
    ExtendedMemory = 0x17,
    ChecksumFirst = 0x10,
    ChecksumLast = 0x2D,
    Checksum = 0x2E,
    ExtendedMemoryFound = 0x30,
    MemoryAbove16MiB = 0x34,
    MemoryAbove4GiB = 0x5B,
    Processors = 0x5F,
};

constexpr std::uint8_t kUpdateInProgress = 0x80;
constexpr std::uint8_t kDividerMask = 0x70;
constexpr std::uint8_t kDividerHeld = 0x60;  // and 0x70
constexpr std::uint8_t kRateMask = 0x0F;

constexpr std::uint8_t kSet = 0x80;
constexpr std::uint8_t kBinary = 0x04;
constexpr std::uint8_t k24Hour = 0x02;

// The same places in register B (enable) and C (flag).
constexpr std::uint8_t kPeriodic = 0x40;
constexpr std::uint8_t kAlarm = 0x20;
constexpr std::uint8_t kUpdate = 0x10;
constexpr std::uint8_t kEvents = kPeriodic | kAlarm | kUpdate;
constexpr std::uint8_t kInterruptFlag = 0x80;

constexpr std::uint8_t kValidMemoryAndTime = 0x80;

constexpr std::int64_t kSecond = 1'000'000'000;
// With the 32.768 kHz oscillator, UIP rises 244 us before an update of 1984 us.
constexpr std::int64_t kUpdateTime = 2'228'000;
constexpr std::int64_t kDaySeconds = 86'400;

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;

std::int64_t secondOf(std::int64_t nanoseconds) {
    return nanoseconds >= 0 ? nanoseconds / kSecond : -((kSecond - 1 - nanoseconds) / kSecond);
}

}  // namespace

Rtc::Rtc(Clock& clock, hypervisor::InterruptLine interrupt, const CmosContents& contents)
    : clock_(clock), interrupt_(std::move(interrupt)) {
    cells_[RegisterA] = 0x26;
    cells_[RegisterB] = k24Hour;
    cells_[RegisterD] = kValidMemoryAndTime;
    setMemorySize(contents);
    lastSecond_ = secondOf(guestTime());
    lastPeriodicTick_ = cyclesIn(clock_.now(), periodicHertz());
    alarm_ = clock.createAlarm([this] {
        const std::scoped_lock lock(mutex_);
        advance();
        follow();
    });
}

void Rtc::setMemorySize(const CmosContents& contents) {
    const auto store = [this](std::uint8_t cell, std::uint64_t value, unsigned bytes) {
        value = std::min(value, (std::uint64_t{1} << bytes * 8) - 1);
        for (unsigned i = 0; i < bytes; ++i)
            cells_[cell + i] = static_cast<std::uint8_t>(value >> i * 8);
    };
    const auto above = [&contents](std::uint64_t start, std::uint64_t unit) {
        return contents.memoryBelow4GiB > start ? (contents.memoryBelow4GiB - start) / unit : 0;
    };
    // A coprocessor, and one diskette drive or none; the display adapter has firmware of its own.
    cells_[Equipment] = contents.disketteDrive != 0 ? 0x03 : 0x02;
    cells_[DisketteDrives] = static_cast<std::uint8_t>(contents.disketteDrive << 4);
    store(BaseMemory, 640, 2);
    store(ExtendedMemory, above(kMiB, kKiB), 2);
    store(ExtendedMemoryFound, above(kMiB, kKiB), 2);
    store(MemoryAbove16MiB, above(16 * kMiB, 64 * kKiB), 2);
    store(MemoryAbove4GiB, contents.memoryAbove4GiB / (64 * kKiB), 3);
    store(Processors, contents.processors - 1, 1);
    cells_[kCenturyCell] = 0;
    std::uint16_t sum = 0;
    for (unsigned i = ChecksumFirst; i <= ChecksumLast; ++i)
        sum = static_cast<std::uint16_t>(sum + cells_[i]);
    cells_[Checksum] = static_cast<std::uint8_t>(sum >> 8);
    cells_[Checksum + 1] = static_cast<std::uint8_t>(sum);
}

hypervisor::Result<void> Rtc::claimPorts(PortBus& ports) {
    return ports.claim("real-time clock", {kIndexPort, 2, 1}, *this);
}

void Rtc::reset() {
    const std::scoped_lock lock(mutex_);
    advance();
    cells_[RegisterB] = static_cast<std::uint8_t>(cells_[RegisterB] & ~kEvents);
    cells_[RegisterC] = 0;
    index_ = 0;
    nmiDisabled_ = false;
    follow();
}

bool Rtc::nmiDisabled() const {
    const std::scoped_lock lock(mutex_);
    return nmiDisabled_;
}

RtcFormat Rtc::format() const {
    return {(cells_[RegisterB] & k24Hour) != 0, (cells_[RegisterB] & kBinary) != 0};
}

bool Rtc::isHalted() const {
    return (cells_[RegisterB] & kSet) != 0 || (cells_[RegisterA] & kDividerHeld) == kDividerHeld;
}

std::int64_t Rtc::guestTime() const {
    return clock_.timeOfDay() + offset_;
}

bool Rtc::isTimeCell(std::uint8_t cell) const {
    return cell == Seconds || cell == Minutes || cell == Hours ||
           (cell >= Weekday && cell <= Year) || cell == kCenturyCell;
}

void Rtc::showTime() {
    const std::int64_t second = secondOf(guestTime());
    const RtcRegisters registers = toRegisters(second, format());
    cells_[Seconds] = registers.seconds;
    cells_[Minutes] = registers.minutes;
    cells_[Hours] = registers.hours;
    cells_[Weekday] = static_cast<std::uint8_t>((weekdayOf(second) + weekdayShift_) % 7 + 1);
    cells_[Day] = registers.day;
    cells_[Month] = registers.month;
    cells_[Year] = registers.year;
    cells_[kCenturyCell] = registers.century;
}

// The guest's time becomes what the cells say, `fraction` nanoseconds into that second.
void Rtc::takeTime(std::int64_t fraction) {
    const RtcRegisters registers{cells_[Seconds], cells_[Minutes],     cells_[Hours],
                                 cells_[Weekday], cells_[Day],         cells_[Month],
                                 cells_[Year],    cells_[kCenturyCell]};
    const std::int64_t second = toSeconds(registers, format());
    // Years up to 9999 do not fit into nanoseconds; the clock stops short of where it would wrap.
    const std::int64_t bounded = std::clamp<std::int64_t>(second, 0, 8'000'000'000);
    offset_ = bounded * kSecond + fraction - clock_.timeOfDay();
    weekdayShift_ = (cells_[Weekday] + 6U + 7U - weekdayOf(bounded)) % 7;
    lastSecond_ = bounded;
}

bool Rtc::updateInProgress() const {
    if (isHalted())
        return false;
    const std::int64_t time = guestTime();
    return time - secondOf(time) * kSecond >= kSecond - kUpdateTime;
}

std::uint64_t Rtc::periodicHertz() const {
    const unsigned rate = cells_[RegisterA] & kRateMask;
    if (rate == 0 || (cells_[RegisterA] & kDividerHeld) == kDividerHeld)
        return 0;
    // The two shortest are made from a later stage of the divider.
    return 32'768U >> (rate <= 2 ? rate + 6 : rate - 1);
}

bool Rtc::alarmMatches(std::int64_t second) const {
    const RtcRegisters time = toTimeOfDay(second, format());
    const auto matches = [this](Cell cell, std::uint8_t value) {
        return (cells_[cell] & 0xC0) == 0xC0 || cells_[cell] == value;
    };
    return matches(SecondsAlarm, time.seconds) && matches(MinutesAlarm, time.minutes) &&
           matches(HoursAlarm, time.hours);
}

void Rtc::advance() {
    std::uint8_t& flags = cells_[RegisterC];
    if (const std::uint64_t hertz = periodicHertz(); hertz != 0) {
        const std::uint64_t tick = cyclesIn(clock_.now(), hertz);
        if (tick != lastPeriodicTick_)
            flags |= kPeriodic;
        lastPeriodicTick_ = tick;
    }
    if (!isHalted()) {
        const std::int64_t second = secondOf(guestTime());
        if (second > lastSecond_) {
            flags |= kUpdate;
            // Alarms know the time of day only, so that one day holds all of them.
            std::int64_t seen = std::max(lastSecond_, second - kDaySeconds);
            while ((flags & kAlarm) == 0 && seen < second)
                if (alarmMatches(++seen))
                    flags |= kAlarm;
        }
        lastSecond_ = second;
    }
}

void Rtc::follow() {
    const std::uint8_t enabled = cells_[RegisterB] & kEvents;
    std::uint8_t& flags = cells_[RegisterC];
    const bool asserted = (flags & enabled) != 0;
    flags = static_cast<std::uint8_t>((flags & kEvents) | (asserted ? kInterruptFlag : 0));
    interrupt_.set(asserted);
    // An asserted line stays until register C is read: nothing to wait for until then.
    if (asserted || enabled == 0) {
        alarm_->cancel();
        return;
    }
    std::uint64_t next = ~std::uint64_t{0};
    if (const std::uint64_t hertz = periodicHertz(); (enabled & kPeriodic) != 0 && hertz != 0)
        next = nanosecondsOf(lastPeriodicTick_ + 1, hertz);
    if ((enabled & (kAlarm | kUpdate)) != 0 && !isHalted()) {
        const std::int64_t time = guestTime();
        const auto left = static_cast<std::uint64_t>((secondOf(time) + 1) * kSecond - time);
        next = std::min(next, clock_.now() + left);
    }
    if (next == ~std::uint64_t{0})
        alarm_->cancel();
    else
        alarm_->set(next);
}

std::uint8_t Rtc::readCell(std::uint8_t cell) {
    if (cell == RegisterA)
        return static_cast<std::uint8_t>(cells_[RegisterA] |
                                         (updateInProgress() ? kUpdateInProgress : 0));
    if (cell == RegisterC) {
        advance();
        follow();
        const std::uint8_t flags = std::exchange(cells_[RegisterC], std::uint8_t{0});
        follow();
        return flags;
    }
    if (isTimeCell(cell) && !isHalted())
        showTime();
    return cells_[cell];
}

void Rtc::writeCell(std::uint8_t cell, std::uint8_t value) {
    if (cell == RegisterC || cell == RegisterD)
        return;
    advance();
    if (cell == RegisterA || cell == RegisterB) {
        writeControl(cell, value);
    } else if (isTimeCell(cell) && !isHalted()) {
        showTime();
        cells_[cell] = value;
        const std::int64_t time = guestTime();
        takeTime(time - secondOf(time) * kSecond);
    } else {
        cells_[cell] = value;
    }
    follow();
}

void Rtc::writeControl(std::uint8_t cell, std::uint8_t value) {
    const bool wasHalted = isHalted();
    const bool dividerWasHeld = (cells_[RegisterA] & kDividerHeld) == kDividerHeld;
    if (!wasHalted)
        showTime();
    if (cell == RegisterA) {
        cells_[RegisterA] = value & (kDividerMask | kRateMask);
        if (const std::uint64_t hertz = periodicHertz(); hertz != 0)
            lastPeriodicTick_ = cyclesIn(clock_.now(), hertz);
    } else {
        // Beginning to set the time takes the update interrupt back.
        if ((value & kSet) != 0)
            value = static_cast<std::uint8_t>(value & ~kUpdate);
        cells_[RegisterB] = value;
    }
    if (!wasHalted || isHalted())
        return;
    // After the divider was held, the first update comes half a second later.
    const std::int64_t time = guestTime();
    takeTime(dividerWasHeld ? kSecond / 2 : time - secondOf(time) * kSecond);
}

std::uint32_t Rtc::readPort(std::uint16_t port, unsigned /*size*/) {
    if (port != kDataPort)
        return 0xFF;
    const std::scoped_lock lock(mutex_);
    return readCell(index_);
}

void Rtc::writePort(std::uint16_t port, unsigned /*size*/, std::uint32_t value) {
    const std::scoped_lock lock(mutex_);
    const auto byte = static_cast<std::uint8_t>(value);
    if (port == kIndexPort) {
        index_ = byte & 0x7F;
        nmiDisabled_ = (byte & 0x80) != 0;
    } else {
        writeCell(index_, byte);
    }
}

}  // namespace devices
