// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "peer.h"
#include "service/ipc/json_rpc.h"
#include "service/ipc/value_codec.h"

namespace service {

/// Finds the handler of a request by its method, decodes its params strictly and encodes the reply.
class RequestRouter {
  public:
    template <class Reply>
    using OnReply = std::function<void(RpcResult<Reply> reply)>;
    /// The reply's line, to be called once; later or at once.
    using OnLine = std::function<void(std::string line)>;

    /// `handler(peer, params, onReply)`.
    template <class Method, class Handler>
    void add(Handler handler) {
        handlers_.emplace(
            Method::kName, [handler = std::move(handler)](const std::shared_ptr<Peer>& peer,
                                                          RpcRequest request, OnLine onLine) {
                const RequestId id = request.id.value_or(nullptr);
                auto params = decodeValue<typename Method::Params>(std::move(request.params),
                                                                   UnknownFields::Refuse);
                if (!params)
                    return onLine(encodeError(id, params.error()));
                handler(peer, std::move(*params),
                        [id, onLine = std::move(onLine)](RpcResult<typename Method::Reply> reply) {
                            onLine(reply ? encodeResult(id, encodeValue(*reply))
                                         : encodeError(id, reply.error()));
                        });
            });
    }
    /// For what can be answered at once: `handler(peer, params)` returns the RpcResult.
    template <class Method, class Handler>
    void addPlain(Handler handler) {
        add<Method>([handler = std::move(handler)](const std::shared_ptr<Peer>& peer,
                                                   typename Method::Params params,
                                                   OnReply<typename Method::Reply> onReply) {
            onReply(handler(peer, std::move(params)));
        });
    }

    /// One line of a client. A notification gets an empty line back.
    void route(const std::shared_ptr<Peer>& peer, std::string_view line, OnLine onLine) const;

  private:
    using Handler =
        std::function<void(const std::shared_ptr<Peer>& peer, RpcRequest request, OnLine onLine)>;
    std::map<std::string_view, Handler, std::less<>> handlers_;
};

}  // namespace service
