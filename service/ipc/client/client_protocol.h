// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "hypervisor/error.h"
#include "service/ipc/json_rpc.h"
#include "service/ipc/methods.h"

namespace service::client {

/// The client's side of a connection, without I/O: numbers requests, takes the bytes that come and
/// hands each reply to whoever asked. Whatever moves bytes, a blocking socket or an event loop,
/// stands around it. Handlers may make further calls.
class ClientProtocol {
  public:
    /// A request; `handler` is called once, from received() or fail(). Returns the request's
    /// number. For the methods of methods.h.
    template <class Method>
    std::uint64_t call(const typename Method::Params& params,
                       std::function<void(RpcResult<typename Method::Reply>)> handler);

    /// The same without types.
    std::uint64_t ask(std::string_view method, const boost::json::value& params,
                      std::function<void(RpcResult<boost::json::value>)> handler);

    /// Who hears notifications of one kind (methods.h) from now on; nobody else does.
    template <class Notification>
    void listen(std::function<void(const Notification&)> listener);

    /// Nobody waits for this reply any more.
    void forget(std::uint64_t number) { waiting_.erase(number); }

    /// What is to be sent; the caller takes away what it has sent.
    [[nodiscard]] std::string& output() { return output_; }

    /// What has come, in pieces of any size. Fails when it is no message of the service: the
    /// connection is useless then.
    [[nodiscard]] hypervisor::Result<void> received(std::string_view bytes);

    /// The connection is lost: everybody who waits gets `error`.
    void fail(const RpcError& error);

    [[nodiscard]] bool waits() const { return !waiting_.empty(); }

  private:
    using ReplyHandler = std::function<void(RpcResult<boost::json::value>)>;
    /// False for what does not decode.
    using Listener = std::function<bool(const boost::json::object&)>;

    [[nodiscard]] hypervisor::Result<void> take(std::string_view line);

    std::string output_;
    /// The start of a message whose end has not come.
    std::string input_;
    std::uint64_t nextNumber_ = 1;
    std::map<std::uint64_t, ReplyHandler> waiting_;
    std::map<std::string, Listener, std::less<>> listeners_;
};

}  // namespace service::client
