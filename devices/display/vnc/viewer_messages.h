// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace devices::display {

/// The way of a viewer's bytes into the server (RFC 6143). A viewer is not trusted, and
/// libvncserver knows far more messages than a screen needs: what gets to it are whole messages of
/// the few kinds that tell how and when to send the picture, with values that have been checked.
/// Input goes to its own receiver, clipboards and wishes for another size are dropped.
///
/// Needs a few hundred bytes, whatever the viewer sends. For one thread at a time.
class ViewerMessages {
  public:
    class Receiver {
      public:
        virtual ~Receiver() = default;
        /// For libvncserver; a message, or a part of the handshake.
        virtual void pass(std::span<const std::byte> message) = 0;
        /// The viewer knows QEMU's extended key event, and wants to hear whether the server does.
        virtual void wantsKeycodes() = 0;
        virtual void keysym(std::uint32_t keysym, bool isDown) = 0;
        /// As QEMU's extended key event names keys.
        virtual void keycode(std::uint32_t keycode, bool isDown) = 0;
        /// `buttons` as the protocol has it: bits 3 and 4 are the wheel.
        virtual void pointer(std::uint8_t buttons, std::uint16_t x, std::uint16_t y) = 0;
    };

    explicit ViewerMessages(Receiver& receiver);

    /// The next bytes, in pieces of any size. False: the viewer has broken the protocol, and is not
    /// to be listened to any more.
    [[nodiscard]] bool take(std::span<const std::byte> bytes);
    [[nodiscard]] const std::string& why() const { return why_; }

    /// The handshake is over.
    [[nodiscard]] bool isGreeted() const { return state_ >= State::Type; }

  private:
    enum class State : std::uint8_t { Version, Security, Initialisation, Type, Message, Encoding };

    /// What has been waited for is there.
    [[nodiscard]] bool takePart();
    [[nodiscard]] bool takeVersion();
    [[nodiscard]] bool takeType();
    [[nodiscard]] bool takeMessage();
    [[nodiscard]] bool takePixelFormat();
    void takeEncoding();
    void passEncodings();
    void await(State state, std::size_t bytes);
    [[nodiscard]] bool broken(const char* why);
    [[nodiscard]] std::uint8_t byteAt(std::size_t offset) const;
    [[nodiscard]] std::uint16_t halfAt(std::size_t offset) const;
    [[nodiscard]] std::uint32_t wordAt(std::size_t offset) const;

    Receiver& receiver_;
    State state_ = State::Version;
    /// The part that comes, and how long it will be.
    std::vector<std::byte> part_;
    std::size_t awaited_ = 0;
    /// Bytes that are dropped before it.
    std::uint64_t dropped_ = 0;
    /// Of the list of encodings under way: still to come, and to be passed on.
    unsigned encodingsLeft_ = 0;
    std::vector<std::uint32_t> encodings_;
    std::string why_;
};

}  // namespace devices::display
