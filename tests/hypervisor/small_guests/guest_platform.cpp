// SPDX-License-Identifier: GPL-3.0-or-later
#include "guest_platform.h"

#include <utility>

namespace small_guests {

using namespace hypervisor;

namespace {

// A guest that reports without end shall not fill the host's memory.
constexpr std::size_t kMostReports = 4096;

// Markers of events that are no writes to the report port.
constexpr std::uint32_t kCrashReport = 0xC0DE'0001;
constexpr std::uint32_t kResetReport = 0xC0DE'0002;

std::uint32_t sized(unsigned size, std::uint64_t value) {
    return size << 28 | static_cast<std::uint32_t>(value & 0x0FFF'FFFF);
}

}  // namespace

GuestPlatform::GuestPlatform() : chipset_(devices::Chipset::create({}, clock_, *this).value()) {}

void GuestPlatform::reset() {
    report(kResetReport);
}

void GuestPlatform::report(std::uint32_t value) {
    const std::scoped_lock lock(mutex_);
    if (reports_.size() < kMostReports)
        reports_.push_back(value);
}

std::uint32_t GuestPlatform::readPort(VpIndex vp, std::uint16_t port, unsigned size) {
    if (port != kSizePort && port != kEndsPort)
        return chipset_->readPort(vp, port, size);
    const std::scoped_lock lock(mutex_);
    return port == kEndsPort ? ends_ << 8 | lastEnd_ : ++reads_ * 0x0101'0101;
}

void GuestPlatform::writePort(VpIndex vp, std::uint16_t port, unsigned size, std::uint32_t value) {
    if (port == kReportPort) {
        report(value);
    } else if (port == kSizePort) {
        report(sized(size, value));
    } else if (port == kFinishPort || port == kUnsupportedPort) {
        const std::scoped_lock lock(mutex_);
        unsupported_ = port == kUnsupportedPort;
        finished_ = true;
        ended_.notify_all();
    } else {
        chipset_->writePort(vp, port, size, value);
    }
}

std::uint64_t GuestPlatform::readMmio(VpIndex vp, Gpa gpa, unsigned size) {
    return gpa / kPageSize == kSizeAddress / kPageSize ? 0x8877'6655'4433'2211 >> (gpa % 8 * 8)
                                                       : chipset_->readMmio(vp, gpa, size);
}

void GuestPlatform::writeMmio(VpIndex vp, Gpa gpa, unsigned size, std::uint64_t value) {
    if (gpa / kPageSize == kSizeAddress / kPageSize)
        report(sized(size, value));
    else
        chipset_->writeMmio(vp, gpa, size, value);
}

std::optional<std::uint64_t> GuestPlatform::readMsr(VpIndex /*vp*/, std::uint32_t /*msr*/) {
    return std::nullopt;
}

bool GuestPlatform::writeMsr(VpIndex /*vp*/, std::uint32_t /*msr*/, std::uint64_t /*value*/) {
    return false;
}

std::uint8_t GuestPlatform::acknowledgeExternalInterrupt() {
    return chipset_->acknowledgeExternalInterrupt();
}

void GuestPlatform::endOfInterrupt(std::uint8_t vector) {
    {
        const std::scoped_lock lock(mutex_);
        ++ends_;
        lastEnd_ = vector;
    }
    chipset_->endOfInterrupt(vector);
}

void GuestPlatform::guestCrashed(VpIndex /*vp*/, const GuestCrash& crash) {
    report(kCrashReport);
    report(static_cast<std::uint32_t>(crash.parameters[4]));
    for (const char character : crash.message.substr(0, 4))
        report(static_cast<std::uint8_t>(character));
}

void GuestPlatform::resetRequested(VpIndex /*vp*/) {
    report(kResetReport);
}

void GuestPlatform::abandon(std::string why) {
    const std::scoped_lock lock(mutex_);
    if (failure_.empty())
        failure_ = std::move(why);
    finished_ = true;
    ended_.notify_all();
}

bool GuestPlatform::waitForEnd(std::chrono::seconds limit) {
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, limit, [this] { return finished_; });
}

}  // namespace small_guests
