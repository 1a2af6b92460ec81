// SPDX-License-Identifier: GPL-3.0-or-later
#include "interrupt_status.h"

namespace devices::tulip {

namespace {

/// What the first fatal error is: nobody has answered at an address.
constexpr std::uint32_t kMasterAbort = 1;

}  // namespace

void InterruptStatus::reset() {
    sources_ = 0;
    enabled_ = 0;
    receiveState = ReceiveState::Stopped;
    transmitState = TransmitState::Stopped;
    drive();
}

std::uint32_t InterruptStatus::summary() const {
    const std::uint32_t active = sources_ & enabled_;
    return ((active & status::kNormal) != 0 ? status::kNormalSummary : 0) |
           ((active & status::kAbnormal) != 0 ? status::kAbnormalSummary : 0);
}

std::uint32_t InterruptStatus::read() const {
    const std::uint32_t error =
        (sources_ & status::kFatalBusError) != 0 ? kMasterAbort << status::kErrorShift : 0;
    return status::kStatusOnes | error |
           std::uint32_t{std::to_underlying(transmitState)} << status::kTransmitStateShift |
           std::uint32_t{std::to_underlying(receiveState)} << status::kReceiveStateShift |
           summary() | sources_;
}

void InterruptStatus::acknowledge(std::uint32_t value) {
    sources_ &= ~value;
    drive();
}

void InterruptStatus::enable(std::uint32_t value) {
    enabled_ = value & status::kEnables;
    drive();
}

void InterruptStatus::raise(std::uint32_t sources) {
    sources_ |= sources;
    drive();
}

void InterruptStatus::withdraw(std::uint32_t sources) {
    sources_ &= ~sources;
    drive();
}

void InterruptStatus::drive() {
    const bool asserted = (summary() & enabled_) != 0;
    if (asserted == asserted_)
        return;
    asserted_ = asserted;
    line_.set(asserted);
}

}  // namespace devices::tulip
