// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "devices/synthetic/network/channel_mailbox.h"
#include "devices/synthetic/socket/socket_stream.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "vmbus/channel.h"

namespace service {

/// A client of a machine's socket for programs, and the program of the guest that it asks for by a
/// line "CONNECT <port>". It is answered "OK <port>" when that has taken the connection, or
/// "ERROR <why>" and the end; from then on bytes pass both ways, and each side's end.
///
/// Thread safety: the sockets' thread.
class GuestConnection {
  public:
    using Clock = std::chrono::steady_clock;
    /// A client that says nothing, and a guest in which nobody takes the connection.
    static constexpr std::chrono::seconds kAskPatience{30};
    static constexpr std::chrono::seconds kGuestPatience{5};

    /// Offers the guest the connection to a port; on any error there is none.
    using Offer =
        std::function<hypervisor::Result<void>(std::uint32_t port, vmbus::ChannelDevice& channel)>;

    /// `client` does not block. `wake` may be called from any thread.
    GuestConnection(hypervisor::FileDescriptor client, std::function<void()> wake, Offer offer);

    /// What poll() is to look for.
    [[nodiscard]] pollfd wanted() const;
    /// Until then something must have happened.
    [[nodiscard]] std::optional<Clock::time_point> deadline() const { return deadline_; }
    /// Does what there is to do. False: it is over.
    [[nodiscard]] bool serve(short events, Clock::time_point now);

    /// After the end: the channel, which the bus may still have.
    [[nodiscard]] vmbus::ChannelDevice& channel() { return mailbox_; }
    /// Lets go of what the guest has given.
    void release();

  private:
    enum class Stage : std::uint8_t { Asking, Offered, Connected, Refused };

    void fetchNews();
    void fromSocket(short events);
    /// It takes nothing any more, whether it sends or not.
    void clientWentDeaf();
    void readQuestion();
    void ask(std::string_view line);
    void refuse(const std::string& why);
    void fromClient();
    /// Until so much waits for the client.
    void fromGuest(std::size_t most);
    void writeToClient();
    void writeToGuest();

    const hypervisor::FileDescriptor client_;
    const Offer offer_;
    devices::synthetic::ChannelMailbox mailbox_;
    std::unique_ptr<devices::synthetic::SocketStream> stream_;
    Stage stage_ = Stage::Asking;
    std::optional<Clock::time_point> deadline_;
    std::uint32_t port_ = 0;
    /// What has come and not been passed on.
    std::vector<std::byte> toGuest_;
    std::vector<std::byte> toClient_;
    bool clientEnded_ = false;
    bool guestEnded_ = false;
    /// The end has been passed on.
    bool guestTold_ = false;
    bool clientTold_ = false;
    bool clientDeaf_ = false;
    /// Nothing is to be done for it any more.
    bool clientGone_ = false;
};

}  // namespace service
