// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "client_protocol.h"
#include "hypervisor/file_descriptor.h"
#include "service_address.h"

namespace service::client {

/// Why a call has no reply.
struct ServiceError {
    enum class Kind : unsigned char {
        /// No connection, or a connection lost, or no answer in time.
        Unreachable,
        /// The service said no: `refusal`.
        Refused,
    };
    Kind kind = Kind::Unreachable;
    /// One line: what, why, what to do.
    std::string message;
    RpcError refusal;
};

template <class T>
using ServiceResult = std::expected<T, ServiceError>;

/// A connection to the service for a program that waits for answers. Not for several threads.
class ServiceClient {
  public:
    using Clock = std::chrono::steady_clock;
    /// How long an answer may take where the caller says nothing; the service answers at once,
    /// but for starting and stopping machines.
    static constexpr std::chrono::seconds kPatience{60};

    [[nodiscard]] static ServiceResult<std::unique_ptr<ServiceClient>> connect(
        const ServiceAddress& address);

    /// Asks and waits.
    template <class Method>
    [[nodiscard]] ServiceResult<typename Method::Reply> call(
        const typename Method::Params& params, std::chrono::milliseconds patience = kPatience);
    /// What the last call() was answered, as it came.
    [[nodiscard]] const boost::json::value& lastReply() const { return lastReply_; }

    /// Without waiting: calls, listeners. Handlers run inside step().
    [[nodiscard]] ClientProtocol& protocol() { return protocol_; }

    /// Sends what is to be sent and takes what has come, waiting for it until `deadline`; nothing:
    /// for ever. False when the deadline has passed or the connection is lost.
    bool step(std::optional<Clock::time_point> deadline);

    /// Why there is no connection any more.
    [[nodiscard]] const std::optional<ServiceError>& lost() const { return lost_; }

    [[nodiscard]] static ServiceError refused(RpcError error);
    /// For a caller of step() whose patience has ended.
    [[nodiscard]] ServiceError noAnswer(std::string_view method) const;

  private:
    ServiceClient(ServiceAddress address, hypervisor::FileDescriptor socket)
        : address_(std::move(address)), socket_(std::move(socket)) {}

    [[nodiscard]] ServiceResult<boost::json::value> ask(std::string_view method,
                                                        const boost::json::value& params,
                                                        std::chrono::milliseconds patience);
    void send();
    void receive();
    void lose(const std::string& reason);

    ServiceAddress address_;
    hypervisor::FileDescriptor socket_;
    ClientProtocol protocol_;
    std::optional<ServiceError> lost_;
    boost::json::value lastReply_;
};

}  // namespace service::client
