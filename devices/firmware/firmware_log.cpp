// SPDX-License-Identifier: GPL-3.0-or-later
#include "firmware_log.h"

#include <fmt/format.h>

#include <string_view>

namespace devices {

namespace {

constexpr std::size_t kLongestLine = 100;
/// More than there are devices to boot from.
constexpr std::size_t kMostFailures = 8;

constexpr std::string_view kTries = "Booting from ";
constexpr std::string_view kTriesEnd = "...";
constexpr std::string_view kFailed = "Boot failed: ";
constexpr std::string_view kGivesUp = "No bootable device.";
/// How it calls what a legacy network adapter's ROM starts, whose own words go to the screen.
constexpr std::string_view kRom = "ROM";
constexpr std::string_view kNetworkFailed = "Network Adapter: it has found nothing to boot";

}  // namespace

void FirmwareLog::reset() {
    const std::scoped_lock lock(mutex_);
    line_.clear();
    device_.clear();
    failures_.clear();
    told_ = false;
}

void FirmwareLog::writePort(std::uint16_t /*port*/, unsigned /*size*/, std::uint32_t value) {
    const auto character = static_cast<char>(value);
    const std::scoped_lock lock(mutex_);
    if (character == '\n') {
        take(line_);
        line_.clear();
    } else if (character >= ' ' && character <= '~' && line_.size() < kLongestLine) {
        line_ += character;
    }
}

void FirmwareLog::note(std::string failure) {
    if (failures_.size() < kMostFailures)
        failures_.push_back(std::move(failure));
}

void FirmwareLog::take(const std::string& line) {
    const bool tries = line.starts_with(kTries) && line.ends_with(kTriesEnd);
    const bool givesUp = line.starts_with(kGivesUp) && !told_;
    if ((tries || givesUp) && device_ == kRom)
        note(std::string(kNetworkFailed));
    if (tries) {
        device_ = line.substr(kTries.size(), line.size() - kTries.size() - kTriesEnd.size());
    } else if (line.starts_with(kFailed)) {
        note(fmt::format("{}: {}", device_, line.substr(kFailed.size())));
        device_.clear();
    } else if (givesUp) {
        told_ = true;
        nothingToBoot_(fmt::format("{}", fmt::join(failures_, "; ")));
    }
}

}  // namespace devices
