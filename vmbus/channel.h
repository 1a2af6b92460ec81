// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "guest_pages.h"
#include "guid.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/stats/stats_page.h"
#include "ring_reader.h"
#include "ring_writer.h"

namespace vmbus {

inline constexpr std::size_t kUserDataSize = 120;
using UserData = std::array<std::byte, kUserDataSize>;

/// What a guest is told of a channel, so that it finds a driver for it.
struct Offer {
    Guid type;
    /// The same at each start of a machine: guests name devices by it.
    Guid instance;
    /// Flags of the offer message beyond "enumerate device interface", which every offer has.
    std::uint16_t flags = 0;
    /// Of guest physical address space that the driver is to find for the device.
    std::uint16_t mmioMegabytes = 0;
    UserData userData{};
    /// For people: what the channel's figures are shown under. The guest is not told.
    std::string name{};
};

/// Offer::flags of a channel in pipe mode; its userData begins with kMessagePipeMode.
inline constexpr std::uint16_t kNamedPipeFlag = 0x10;
inline constexpr std::uint16_t kHvSocketFlag = 0x2000;
inline constexpr std::uint32_t kMessagePipeMode = 4;

/// A channel as long as a guest has it open: its two rings, the guest's memory behind it, and the
/// ways to tell the guest and the bus. Made by the bus, given to the device, destroyed by the
/// device when it touches nothing of it any more; only then does the guest get its pages back.
///
/// Thread safety: incoming() and outgoing() are each for one thread at a time; all else for any.
class OpenChannel {
  public:
    /// What the bus gives the channel; each may be called from any thread until `closed` has been.
    struct Ways {
        /// Raises the channel's event in the guest.
        std::function<void()> signalGuest;
        /// Where the channel is counted; may be null.
        std::shared_ptr<hypervisor::StatsSlot> counters;
        /// A GPADL that the guest has made for this channel, or null. As long as the pointer is
        /// held the guest is not told that it may have the pages back.
        std::function<std::shared_ptr<const GuestPages>(std::uint32_t id)> gpadl;
        /// Offers `count` sub-channels of this channel (1 to count), each of a device that
        /// ChannelDevice::subChannel() gives. They go with this channel's close.
        std::function<void(unsigned count)> offerSubChannels;
        /// The guest has broken the protocol of this channel: the channel is taken away, and `why`
        /// goes to the owner's events.
        std::function<void(std::string why)> fail;
        /// The channel has been destroyed.
        std::function<void()> closed;
    };
    OpenChannel(RingReader incoming, RingWriter outgoing, std::uint32_t version,
                const UserData& userData, const hypervisor::GuestMemory& memory, Ways ways)
        : incoming_(std::move(incoming)),
          outgoing_(std::move(outgoing)),
          version_(version),
          userData_(userData),
          memory_(memory),
          ways_(std::move(ways)) {
        using enum hypervisor::ChannelValue;
        if (hypervisor::StatsSlot* const counters = ways_.counters.get()) {
            incoming_.countIn((*counters)[PacketsFromGuest], (*counters)[BytesFromGuest]);
            outgoing_.countIn((*counters)[PacketsToGuest], (*counters)[BytesToGuest]);
        }
    }
    ~OpenChannel() {
        if (ways_.closed)
            ways_.closed();
    }
    OpenChannel(const OpenChannel&) = delete;
    OpenChannel& operator=(const OpenChannel&) = delete;

    [[nodiscard]] RingReader& incoming() { return incoming_; }
    [[nodiscard]] RingWriter& outgoing() { return outgoing_; }
    /// The bus's protocol version, major in the upper half.
    [[nodiscard]] std::uint32_t version() const { return version_; }
    /// What the guest has given with its open request.
    [[nodiscard]] const UserData& userData() const { return userData_; }
    [[nodiscard]] const hypervisor::GuestMemory& memory() const { return memory_; }

    void signalGuest() const {
        if (ways_.counters)
            (*ways_.counters)[hypervisor::ChannelValue::InterruptsToGuest].addShared();
        ways_.signalGuest();
    }
    [[nodiscard]] std::shared_ptr<const GuestPages> gpadl(std::uint32_t id) const {
        return ways_.gpadl(id);
    }
    void offerSubChannels(unsigned count) const { ways_.offerSubChannels(count); }
    void fail(std::string why) const { ways_.fail(std::move(why)); }

    /// Writes a packet and signals where that is due. False: no room, or never.
    [[nodiscard]] bool send(const OutgoingPacket& packet);
    /// Gives room back to the guest and signals where that is due.
    void release() {
        if (incoming_.release())
            signalGuest();
    }

  private:
    RingReader incoming_;
    RingWriter outgoing_;
    const std::uint32_t version_;
    const UserData userData_;
    const hypervisor::GuestMemory& memory_;
    const Ways ways_;
};

/// The host's end of a channel: a virtualization service provider or a part of one. Knows nothing
/// of relids and of the SynIC.
///
/// Called by the bus on any thread, one call at a time but for doorbell(). All of it must return
/// fast: the work is for a thread of the device's own.
class ChannelDevice {
  public:
    virtual ~ChannelDevice() = default;

    /// The guest has opened the channel, and may have written to its ring already.
    virtual void opened(std::unique_ptr<OpenChannel> channel) = 0;
    /// The guest has closed the channel, or loses it: what opened() gave is to be destroyed as
    /// soon as nothing is under way any more. The guest waits for it, and can't open the channel
    /// again before.
    virtual void closing() = 0;
    /// The guest has written, or made room. At any time, from several VPs at a time, also before
    /// opened() and after closing(). Must not block.
    virtual void doorbell() = 0;

    /// The device behind sub-channel `index` (from 1); null when there is none.
    [[nodiscard]] virtual ChannelDevice* subChannel(unsigned /*index*/) { return nullptr; }
};

}  // namespace vmbus
