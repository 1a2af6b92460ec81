// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "devices/synthetic/storage/scsi/command.h"
#include "storage_protocol.h"
#include "vmbus/channel.h"

namespace devices::synthetic {

class StorageController;

/// One channel of a controller: takes requests from its ring, keeps them while they are under way,
/// and answers each. Everything but ring() is for the engine's thread.
class StorageChannel {
  public:
    /// Requests under way; the guest's next ones wait in its ring.
    static constexpr unsigned kMaximumRequests = 128;

    enum class Kind : bool { Primary, Sub };
    StorageChannel(StorageController& controller, Kind kind)
        : controller_(controller), kind_(kind) {}

    void opened(std::unique_ptr<vmbus::OpenChannel> channel);
    /// Lets go of the channel as soon as nothing is under way.
    void closing();
    /// Has the engine's thread look what there is to do. From any thread, at any time.
    void ring();

    /// Sends what nobody has asked for; once for as long as it has not been sent.
    void enumerate();
    /// A reset that this channel has asked for is done.
    void resetDone();
    /// What has kept it from taking requests may have gone.
    void resume();

  private:
    /// A request under way. Kept and used again.
    struct Slot {
        StorageChannel* channel = nullptr;
        std::uint64_t transactionId = 0;
        ScsiRequest request{};
        /// The guest's memory that the data is in.
        std::optional<vmbus::GuestPages> pages;
        scsi::Command command;
    };
    /// What waits for room in the ring.
    struct Outgoing {
        vmbus::PacketType type;
        std::uint64_t transactionId;
        StoragePacket packet;
    };

    [[nodiscard]] bool isOpen() const { return open_ != nullptr && !closing_ && !broken_; }
    [[nodiscard]] bool mayTake() const;
    void serve();
    void takeRequests();
    void take();
    void execute(const StoragePacket& packet);
    /// False: the packet breaks the protocol, and the channel has failed.
    [[nodiscard]] bool findData(Slot& slot, std::optional<SrbStatus>& refused);
    static void completed(scsi::Command& command);
    void finish(Slot& slot);
    void answerSrb(std::uint64_t transactionId, const ScsiRequest& request);

    void complete(std::uint64_t transactionId, const StoragePacket& packet);
    void send(const Outgoing& outgoing);
    /// False: there is no room yet, or the channel has failed.
    [[nodiscard]] bool trySend(const Outgoing& outgoing);
    [[nodiscard]] bool sendWaiting();
    void fail(std::string why);
    void letGo();

    StorageController& controller_;
    const Kind kind_;
    // The engine's thread has been asked to look, and has not begun to.
    std::atomic<bool> rung_ = false;
    std::unique_ptr<vmbus::OpenChannel> open_;
    bool closing_ = false;
    bool broken_ = false;
    // Inside takeRequests(), which goes on by itself.
    bool taking_ = false;
    // Something is left in the ring, and the guest will not ring for it.
    bool held_ = false;
    bool enumerating_ = false;
    bool spaceRequested_ = false;
    std::uint64_t resetId_ = 0;
    vmbus::ReceivedPacket packet_;
    unsigned underWay_ = 0;
    // At most kMaximumRequests, and those of them that are free.
    std::vector<std::unique_ptr<Slot>> slots_;
    std::vector<Slot*> free_;
    // No request is taken while something waits: at most as many as are under way, and two.
    std::deque<Outgoing> waiting_;
};

}  // namespace devices::synthetic
