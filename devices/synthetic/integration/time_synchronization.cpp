// SPDX-License-Identifier: GPL-3.0-or-later
#include "time_synchronization.h"

namespace devices::synthetic {

namespace {

constexpr ic::Version kVersions[] = {{4, 0}, {3, 0}, {1, 0}};
constexpr ic::Version kReferenceVersion{4, 0};

constexpr std::chrono::seconds kInterval{5};
/// From 1601-01-01 to 1970-01-01, in 100 ns.
constexpr std::int64_t kUnixEpoch = 116'444'736'000'000'000;

}  // namespace

TimeSynchronization::TimeSynchronization(DeviceThread& thread, std::function<Sample()> sample)
    : IntegrationComponent(thread,
                           {ic::MessageType::TimeSynchronization, kIcFrameworks, kVersions}),
      sample_(std::move(sample)),
      next_(timer([this] { tell(); })) {}

TimeSynchronization::~TimeSynchronization() {
    stop();
}

vmbus::Offer TimeSynchronization::offer() {
    using vmbus::operator""_guid;
    return integrationOffer("9527e630-d0ae-497b-adce-e80ab0175caf"_guid,
                            "2dd1ce17-079e-403c-b352-a1921ee207ee"_guid, "Time Synchronization");
}

void TimeSynchronization::synchronize() {
    post([this] {
        wantsSync_ = true;
        if (state() == State::Ready)
            tell();
    });
}

void TimeSynchronization::onReady() {
    wantsSync_ = true;
    tell();
}

void TimeSynchronization::onEnded() {
    next_.cancel();
    wantsSync_ = false;
}

void TimeSynchronization::tell() {
    next_.startIn(kInterval);
    // An older time would be wrong by when it is read; what is wanted is told after the answer.
    if (isBusy())
        return;
    const bool sync = wantsSync_;
    const std::uint8_t flags = sync ? ic::kTimeSync : ic::kTimeSample;
    const auto answered = [this](const hypervisor::Result<Reply>&) {
        if (wantsSync_ && state() == State::Ready)
            tell();
    };
    const Sample sample = sample_();
    const auto hostTime = static_cast<std::uint64_t>(sample.timeOfDay / 100 + kUnixEpoch);
    const auto told =
        version() >= kReferenceVersion
            ? request(ic::TimeReference{.hostTime = hostTime,
                                        .referenceTime = sample.referenceTime,
                                        .flags = flags,
                                        .leapFlags = 0,
                                        .stratum = 0,
                                        .reserved = {}},
                      std::chrono::nanoseconds::zero(), answered)
            : request(
                  ic::TimeOfHost{
                      .hostTime = hostTime, .guestTime = 0, .roundTrip = 0, .flags = flags},
                  std::chrono::nanoseconds::zero(), answered);
    if (told && sync)
        wantsSync_ = false;
}

}  // namespace devices::synthetic
