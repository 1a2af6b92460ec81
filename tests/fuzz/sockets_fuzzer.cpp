// SPDX-License-Identifier: GPL-3.0-or-later
//
// A client and a guest that mean no good, at both ends of a connection: what the client says and
// when it goes, the guest's packets, and its ring as it likes.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "devices/synthetic/socket/socket_protocol.h"
#include "hypervisor/guest_memory.h"
#include "service/worker/sockets/guest_connection.h"
#include "vmbus/client/channel_client.h"

using hypervisor::FileDescriptor;
using hypervisor::GuestMemory;
using service::GuestConnection;
using vmbus::ChannelClient;

namespace {

constexpr hypervisor::Gpa kRings = 0x10'0000;
constexpr std::size_t kPagesEach = 3;

void require(bool holds) {
    if (!holds)
        std::abort();
}

/// Takes the input apart.
class Input {
  public:
    explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    std::uint8_t number() {
        if (bytes_.empty())
            return 0;
        const std::uint8_t first = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return first;
    }
    std::vector<std::byte> some() {
        const std::size_t count = std::min<std::size_t>(number(), bytes_.size());
        const auto taken = std::as_bytes(bytes_.first(count));
        bytes_ = bytes_.subspan(count);
        return {taken.begin(), taken.end()};
    }

  private:
    std::span<const std::uint8_t> bytes_;
};

class Scene {
  public:
    Scene() {
        std::array<int, 2> ends{};
        require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) ==
                0);
        client_ = FileDescriptor(ends[0]);
        connection_ = std::make_unique<GuestConnection>(
            FileDescriptor(ends[1]), [] {},
            [this](std::uint32_t, vmbus::ChannelDevice& channel) -> hypervisor::Result<void> {
                offered_ = &channel;
                return {};
            });
    }
    ~Scene() {
        connection_->release();
        if (offered_ != nullptr)
            offered_->closing();
        connection_->release();
    }

    void clientSays(std::span<const std::byte> bytes) {
        if (client_)
            static_cast<void>(::send(client_.get(), bytes.data(), bytes.size(),
                                     MSG_NOSIGNAL | MSG_DONTWAIT) != 0);
    }
    void clientReads() {
        std::array<char, 65536> buffer{};
        if (client_)
            static_cast<void>(::recv(client_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT) !=
                              0);
    }
    void clientEnds() {
        if (client_)
            ::shutdown(client_.get(), SHUT_WR);
    }
    void clientGoes() { client_ = FileDescriptor(); }
    void guestOpens() {
        if (offered_ == nullptr || opened_)
            return;
        opened_ = true;
        guest_->open(*offered_);
    }
    void guestSends(std::span<const std::byte> bytes) {
        if (opened_)
            static_cast<void>(
                guest_->send({.payload = std::span(&bytes, 1)}, std::chrono::milliseconds(0)));
    }
    void guestReads() {
        if (opened_)
            static_cast<void>(guest_->poll().has_value());
    }
    void guestWritesAnywhere(std::uint8_t page, std::uint8_t offset, std::uint8_t value) {
        // The control pages' first words are the ones that matter.
        static_cast<void>(memory_->write(
            kRings + (page % (2 * kPagesEach)) * hypervisor::kPageSize + offset % 80, value));
    }
    void guestCloses() {
        if (opened_)
            offered_->closing();
    }

    /// False: the connection is over.
    [[nodiscard]] bool turn(unsigned seconds) {
        pollfd wanted = connection_->wanted();
        ::poll(&wanted, 1, 0);
        return connection_->serve(wanted.revents,
                                  GuestConnection::Clock::now() + std::chrono::seconds(seconds));
    }

  private:
    std::unique_ptr<GuestMemory> memory_ = GuestMemory::create(2 << 20).value();
    std::unique_ptr<ChannelClient> guest_ =
        ChannelClient::create(*memory_, vmbus::ClientRings::at(kRings, kPagesEach)).value();
    FileDescriptor client_;
    std::unique_ptr<GuestConnection> connection_;
    vmbus::ChannelDevice* offered_ = nullptr;
    bool opened_ = false;
};

std::vector<std::byte> framed(std::span<const std::byte> content) {
    const devices::synthetic::socket::Header header{devices::synthetic::socket::kData,
                                                    static_cast<std::uint32_t>(content.size())};
    std::vector<std::byte> packet(sizeof header + content.size());
    std::memcpy(packet.data(), &header, sizeof header);
    std::memcpy(packet.data() + sizeof header, content.data(), content.size());
    return packet;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static constexpr std::string_view kQuestion = "CONNECT 1\n";
    Input input(std::span(data, size));
    Scene scene;
    for (unsigned step = 0; step < 400 && !input.empty(); ++step) {
        unsigned seconds = 0;
        switch (input.number() % 12) {
            case 0:
                scene.clientSays(input.some());
                break;
            case 1:
                scene.clientSays(std::as_bytes(std::span(kQuestion)));
                break;
            case 2:
                scene.guestOpens();
                break;
            case 3:
                scene.guestSends(input.some());
                break;
            case 4:
                scene.guestSends(framed(input.some()));
                break;
            case 5:
                scene.clientReads();
                break;
            case 6:
                scene.clientEnds();
                break;
            case 7:
                scene.clientGoes();
                break;
            case 8:
                scene.guestReads();
                break;
            case 9: {
                const std::uint8_t page = input.number();
                const std::uint8_t offset = input.number();
                scene.guestWritesAnywhere(page, offset, input.number());
                break;
            }
            case 10:
                scene.guestCloses();
                break;
            default:
                seconds = input.number() % 40;
        }
        if (!scene.turn(seconds))
            break;
    }
    return 0;
}
