// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage_controller.h"

#include <algorithm>
#include <cstring>

namespace devices::synthetic {

namespace {

template <class Payload>
Payload payloadOf(const StoragePacket& packet) {
    static_assert(sizeof(Payload) <= sizeof(packet.payload));
    Payload payload;
    std::memcpy(&payload, packet.payload.data(), sizeof(Payload));
    return payload;
}

}  // namespace

StorageController::StorageController(storage::IoEngine& engine, unsigned subChannels)
    : engine_(engine) {
    channels_.push_back(std::make_unique<StorageChannel>(*this, StorageChannel::Kind::Primary));
    for (unsigned i = 0; i < subChannels; ++i)
        channels_.push_back(std::make_unique<StorageChannel>(*this, StorageChannel::Kind::Sub));
}

void StorageController::unitsChanged() {
    if (ready())
        channels_.front()->enumerate();
}

StoragePacket StorageController::answer(const StoragePacket& packet, unsigned& offered) {
    StoragePacket answer{};
    answer.operation = static_cast<std::uint32_t>(StorageOperation::CompleteIo);
    answer.status = static_cast<std::uint32_t>(advance(packet, answer, offered));
    return answer;
}

StorageStatus StorageController::advance(const StoragePacket& packet, StoragePacket& answer,
                                         unsigned& offered) {
    switch (static_cast<StorageOperation>(packet.operation)) {
        case StorageOperation::BeginInitialization:
            if (phase_ != Phase::Closed)
                return StorageStatus::InvalidDeviceState;
            phase_ = Phase::Begun;
            return StorageStatus::Success;
        case StorageOperation::QueryProtocolVersion: {
            if (phase_ != Phase::Begun)
                return StorageStatus::InvalidDeviceState;
            const auto version = payloadOf<StorageVersion>(packet);
            if (std::ranges::find(kStorageVersions, version.number) == std::end(kStorageVersions))
                return StorageStatus::RevisionMismatch;
            phase_ = Phase::VersionAgreed;
            return StorageStatus::Success;
        }
        case StorageOperation::QueryProperties: {
            if (phase_ != Phase::VersionAgreed)
                return StorageStatus::InvalidDeviceState;
            StorageProperties properties{};
            properties.maximumSubChannels = static_cast<std::uint16_t>(subChannels());
            properties.flags = kMultiChannelFlag;
            properties.maximumTransfer = kMaximumTransfer;
            std::memcpy(answer.payload.data(), &properties, sizeof(properties));
            return StorageStatus::Success;
        }
        case StorageOperation::EndInitialization:
            if (phase_ != Phase::VersionAgreed)
                return StorageStatus::InvalidDeviceState;
            phase_ = Phase::Ready;
            return StorageStatus::Success;
        case StorageOperation::CreateSubChannels: {
            if (!ready() || subChannelsOffered_)
                return StorageStatus::InvalidDeviceState;
            const auto count = payloadOf<std::uint16_t>(packet);
            if (count > subChannels())
                return StorageStatus::InvalidParameter;
            subChannelsOffered_ = count != 0;
            offered = count;
            return StorageStatus::Success;
        }
        case StorageOperation::FibreChannelData:
            return StorageStatus::NotSupported;
        default:
            return StorageStatus::InvalidParameter;
    }
}

void StorageController::execute(const ScsiRequest& request, scsi::Command& command) {
    const bool present = request.path == 0 && request.target == 0;
    (present ? target_ : absent_).execute(request.lun, command);
}

void StorageController::commandEnds() {
    --underWay_;
    if (resetting() && underWay_ == 0)
        finishReset();
}

void StorageController::reset(StorageChannel& by) {
    resetBy_ = &by;
    if (underWay_ == 0)
        finishReset();
}

void StorageController::finishReset() {
    StorageChannel& by = *std::exchange(resetBy_, nullptr);
    target_.forEach([](scsi::LogicalUnit& unit) { unit.reset(scsi::SenseCode::BusReset); });
    by.resetDone();
    resumeAll();
}

void StorageController::closed(StorageChannel& channel) {
    if (&channel == channels_.front().get()) {
        phase_ = Phase::Closed;
        subChannelsOffered_ = false;
        target_.forEach([](scsi::LogicalUnit& unit) { unit.reset(scsi::SenseCode::PowerOn); });
    }
    if (resetBy_ == &channel) {
        resetBy_ = nullptr;
        resumeAll();
    }
}

void StorageController::resumeAll() {
    for (const auto& channel : channels_)
        channel->resume();
}

}  // namespace devices::synthetic
