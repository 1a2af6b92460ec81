// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include "bus_state.h"
#include "channel.h"
#include "hypervisor/error.h"
#include "hypervisor/hypervisor.h"
#include "hypervisor/stats/stats_page.h"
#include "hypervisor/synthetic_interrupts.h"

namespace vmbus {

/// The VMBus of one machine: BusState with the guest's memory, the SynIC and the devices around it.
///
/// Guest messages, hosts' wishes and devices' answers are queued and carried out one after the
/// other by whichever thread finds nobody at it, with no lock held: devices may call back from
/// within what they are called for. Doorbells take neither queue nor lock.
///
/// Thread safety: any thread may call any method, but construction and destruction, which are for
/// when no VP runs. offer(), offerSocket(), revoke() and reset() wait, and must not be called by
/// what the bus calls; revoke() and reset() not on a device's thread either.
class Bus final : public hypervisor::GuestConnections {
  public:
    struct Callbacks {
        /// The guest has broken the protocol, and how. Fast.
        std::function<void(std::string what)> onViolation;
        /// A guest's socket wants to connect to a service of the host's. The device for that
        /// channel, which stays as it is until its channel has been closed; null: there is no such
        /// service.
        std::function<ChannelDevice*(const Guid& service, const Guid& endpoint)> onSocketConnect;
        /// Where a channel is counted as long as it is offered; null, or no callback: nowhere.
        std::function<std::shared_ptr<hypervisor::StatsSlot>(Relid relid, const std::string& name)>
            counters;
    };

    Bus(hypervisor::Partition& partition, Callbacks callbacks);
    /// All devices have been revoked.
    ~Bus() override;
    Bus(const Bus&) = delete;
    Bus& operator=(const Bus&) = delete;

    /// Offers a channel to the guest, now or when it connects. `device` stays until revoke(); a
    /// guest that has lost the channel by breaking its protocol has it again after a reset.
    [[nodiscard]] hypervisor::Result<void> offer(const Offer& offer, ChannelDevice& device);
    /// Offers the connected guest a channel of a Hyper-V socket: `offer` has kHvSocketFlag. The
    /// guest may never open it. `device` stays until revoke(), and is not called after the channel
    /// has been closed or the guest's connection has ended.
    [[nodiscard]] hypervisor::Result<void> offerSocket(const Offer& offer, ChannelDevice& device);
    /// Takes the device's channel away, with its sub-channels. On return the device, and those that
    /// its subChannel() has given, are not called any more.
    void revoke(ChannelDevice& device);

    /// The machine is reset: on return no device touches the guest's memory. No VP may be running.
    void reset();

    /// The protocol version of the guest that is connected, major in the upper half; 0: none is.
    [[nodiscard]] std::uint32_t version() const { return version_; }

    [[nodiscard]] Post postMessage(hypervisor::VpIndex vp, std::uint32_t connection,
                                   std::uint32_t type, std::span<const std::byte> payload) override;
    [[nodiscard]] bool signalEvent(hypervisor::VpIndex vp, std::uint32_t connection,
                                   std::uint16_t flag) override;

  private:
    using Input = std::move_only_function<void()>;

    /// A channel's doorbell, of one relid for ever.
    struct Doorbell {
        std::atomic<ChannelDevice*> device = nullptr;
        /// Valid while `device` is not null; null where nobody counts.
        hypervisor::StatsCounter* interrupts = nullptr;
        /// Who is about to call it.
        std::atomic<unsigned> ringing = 0;
        std::atomic<hypervisor::VpIndex> target = 0;
    };

    struct Channel {
        ChannelDevice* device = nullptr;
        std::string name;
        /// 0: it is one itself.
        Relid primary = 0;
        std::shared_ptr<hypervisor::StatsSlot> counters = {};
        /// The device has the OpenChannel.
        bool open = false;
        /// Somebody waits until the device is no longer called.
        bool detaching = false;
    };

    /// Carries `input` out, or has the thread that is at it do so.
    void post(Input input);
    /// The same, and waits for it.
    void runInTurn(Input input);
    void carryOut();

    // In turn only.
    void attach(Relid relid, ChannelDevice& device, std::string name, Relid primary = 0);
    void detach(Channel& channel, Relid relid);
    void revokeInTurn(ChannelDevice& device);
    void offerWhatIsMissing();
    void deviceClosed(Relid relid);
    void deviceFailed(Relid relid, std::string why);
    void subChannelsWanted(Relid primary, unsigned count);

    void effect(const SendMessage& message);
    void effect(const DiscardMessages& nothing);
    void effect(const MapGpadl& map);
    void effect(const ReleaseGpadl& release);
    void effect(const OpenRings& open);
    void effect(const CloseRings& close);
    void effect(const SetTarget& target);
    void effect(const Forget& forget);
    void effect(const ConnectHvSocket& connect);
    void effect(const SetInterruptPage& page);
    void effect(const Violation& violation);

    [[nodiscard]] std::unique_ptr<OpenChannel> makeChannel(const OpenRings& open);
    [[nodiscard]] std::shared_ptr<const GuestPages> gpadl(Relid relid, GpadlId id) const;

    hypervisor::Partition& partition_;
    hypervisor::SyntheticInterrupts& synic_;
    const Callbacks callbacks_;

    std::array<Doorbell, kLastRelid + 1> doorbells_;
    std::atomic<std::uint32_t> version_ = 0;
    // Where the guest is talked to, for its messages' admission and for events.
    std::atomic<hypervisor::VpIndex> messageVp_ = 0;
    std::atomic<unsigned> messageSint_ = kMessageSint;

    std::mutex mutex_;
    // Guarded by mutex_.
    std::deque<Input> inputs_;
    bool active_ = false;
    std::condition_variable changed_;
    // Channels that devices have, and those whose devices are not to be called any more.
    unsigned openChannels_ = 0;
    unsigned detaching_ = 0;
    std::atomic<unsigned> waitingMessages_ = 0;

    // In turn only.
    BusState state_;
    std::map<Relid, Channel> channels_;
    /// What is to be there after every reset.
    std::map<ChannelDevice*, Offer> offered_;

    mutable std::mutex gpadlMutex_;
    // Guarded by gpadlMutex_.
    std::map<std::pair<Relid, GpadlId>, std::shared_ptr<const GuestPages>> gpadls_;
};

}  // namespace vmbus
