// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "devices/storage/io_engine.h"
#include "devices/synthetic/storage/scsi/target.h"
#include "storage_channel.h"
#include "storage_protocol.h"

namespace devices::synthetic {

/// What all channels of one synthetic SCSI controller have in common: the state of its
/// initialisation, its logical units, resets. Everything but the constructor, engine(), channel()
/// and subChannels() is for the engine's thread.
class StorageController : public std::enable_shared_from_this<StorageController> {
  public:
    /// Bytes of one command's data; and the pages that it can touch.
    static constexpr std::uint32_t kMaximumTransfer = 1 << 20;
    static constexpr std::uint64_t kMaximumPages = kMaximumTransfer / hypervisor::kPageSize + 1;

    StorageController(storage::IoEngine& engine, unsigned subChannels);

    [[nodiscard]] storage::IoEngine& engine() const { return engine_; }
    /// 0 is the primary channel.
    [[nodiscard]] StorageChannel& channel(unsigned index) const { return *channels_[index]; }
    [[nodiscard]] unsigned subChannels() const {
        return static_cast<unsigned>(channels_.size() - 1);
    }

    [[nodiscard]] scsi::Target& target() { return target_; }
    /// The guest is to look for logical units again. One that has not come that far does anyway.
    void unitsChanged();

    // For the channels.

    [[nodiscard]] bool ready() const { return phase_ == Phase::Ready; }
    /// Answers a packet of the primary channel that is no command and no reset; for one that asks
    /// for sub-channels, `offered` says how many are to be.
    [[nodiscard]] StoragePacket answer(const StoragePacket& packet, unsigned& offered);
    void execute(const ScsiRequest& request, scsi::Command& command);
    /// Commands under way, on all channels.
    void commandBegins() { ++underWay_; }
    void commandEnds();
    /// No command is taken from any ring until the reset is done; StorageChannel::resetDone() is
    /// called then, maybe from inside.
    void reset(StorageChannel& by);
    [[nodiscard]] bool resetting() const { return resetBy_ != nullptr; }
    void closed(StorageChannel& channel);

  private:
    enum class Phase : std::uint8_t { Closed, Begun, VersionAgreed, Ready };

    [[nodiscard]] StorageStatus advance(const StoragePacket& packet, StoragePacket& answer,
                                        unsigned& offered);
    void finishReset();
    void resumeAll();

    storage::IoEngine& engine_;
    std::vector<std::unique_ptr<StorageChannel>> channels_;
    // Path 0, target 0; all others have nothing behind them.
    scsi::Target target_;
    const scsi::Target absent_;
    Phase phase_ = Phase::Closed;
    bool subChannelsOffered_ = false;
    unsigned underWay_ = 0;
    StorageChannel* resetBy_ = nullptr;
};

}  // namespace devices::synthetic
