// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "devices/synthetic/message/message_device.h"
#include "hypervisor/error.h"
#include "ic_protocol.h"

namespace devices::synthetic {

/// What all integration components have in common: pipe and IC headers, the choice of versions
/// after each open, and transactions. The host asks, the guest answers, one question at a time:
/// some drivers take one packet per signal only.
///
/// A question that is not answered in time is given up, and the next one may be asked. Its late
/// answer is dropped; when a few are missing, nothing is asked until one comes, so that the ring
/// does not fill with questions.
///
/// Final classes call stop() first thing in their destructors, as MessageDevice says.
class IntegrationComponent : public MessageDevice {
  public:
    enum class State : std::uint8_t {
        /// The guest has no driver, or it has not opened the channel.
        Closed,
        /// It has not chosen versions yet; for some components it waits for a daemon to start.
        Negotiating,
        Ready,
        /// It speaks none of our versions.
        Unsupported,
    };
    /// Any thread.
    [[nodiscard]] State state() const { return state_; }

  protected:
    /// Versions: what is offered, in any order; the spans must be of static storage.
    struct Protocol {
        ic::MessageType type;
        std::span<const ic::Version> frameworks;
        std::span<const ic::Version> messages;
    };
    struct Reply {
        std::uint32_t status;
        /// A private copy, valid during the call; as long as the guest says, padding included at
        /// most.
        std::span<const std::byte> body;
    };
    using Answer = std::move_only_function<void(hypervisor::Result<Reply>)>;

    IntegrationComponent(DeviceThread& thread, const Protocol& protocol);

    /// The versions are chosen; requests may be made.
    virtual void onReady() = 0;
    /// The channel is closed. What request() was asked for has been answered with an error.
    virtual void onEnded() {}

    /// Asks the guest. `answer` is called once, later, on the thread: with the reply, or with an
    /// error when there is none in `limit` or the channel is closed. A limit of zero waits as long
    /// as the channel is open. Fails, and drops `answer`, when the guest can't be asked now.
    [[nodiscard]] hypervisor::Result<void> request(std::span<const std::byte> body,
                                                   std::chrono::nanoseconds limit, Answer answer);
    template <class Body>
    requires std::is_trivially_copyable_v<Body> && std::is_class_v<Body>
    [[nodiscard]] hypervisor::Result<void> request(const Body& body, std::chrono::nanoseconds limit,
                                                   Answer answer) {
        return request(std::as_bytes(std::span(&body, 1)), limit, std::move(answer));
    }
    /// A question is under way.
    [[nodiscard]] bool isBusy() const { return asked_.has_value(); }
    /// Of the messages; when Ready.
    [[nodiscard]] ic::Version version() const { return messageVersion_; }

    /// The reply's body as a `Body`, or nothing, with the channel failed, when it is too short.
    template <class Body>
    requires std::is_trivially_copyable_v<Body>
    [[nodiscard]] std::optional<Body> bodyOf(const Reply& reply) {
        if (reply.body.size() < sizeof(Body)) {
            fail("An integration component's answer is too short");
            return std::nullopt;
        }
        Body body;
        std::memcpy(&body, reply.body.data(), sizeof body);
        return body;
    }

    void onOpened() final;
    void onPacket(const vmbus::ReceivedPacket& packet) final;
    void onClosed() final;

  private:
    struct Asked {
        std::uint8_t transaction;
        ic::MessageType type;
        Answer answer;
    };
    [[nodiscard]] bool sendRequest(ic::MessageType type, std::span<const std::byte> body);
    void negotiated(const Reply& reply);
    void giveUp();

    const Protocol protocol_;
    std::atomic<State> state_ = State::Closed;

    // Of the thread.
    DeviceTimer limit_;
    std::uint8_t lastTransaction_ = 0;
    std::optional<Asked> asked_;
    /// The transactions that have been given up and not answered.
    std::vector<std::uint8_t> missing_;
    ic::Version frameworkVersion_{};
    ic::Version messageVersion_{};
};

inline constexpr ic::Version kIcFrameworks[] = {{3, 0}, {1, 0}};

/// An offer of an integration component.
[[nodiscard]] vmbus::Offer integrationOffer(const vmbus::Guid& type, const vmbus::Guid& instance,
                                            std::string name);

/// What a status other than ic::kOk means, as the end of a sentence.
[[nodiscard]] std::string integrationStatusText(std::uint32_t status);

}  // namespace devices::synthetic
