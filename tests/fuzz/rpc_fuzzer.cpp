// SPDX-License-Identifier: GPL-3.0-or-later
//
// Lines from a hostile client, or from a damaged file, through all that decodes them. What is taken
// must come out of the encoder as it went in.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/mp11/algorithm.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "service/ipc/json_rpc.h"
#include "service/ipc/methods.h"
#include "service/ipc/settings_changes.h"
#include "service/ipc/worker_messages.h"

namespace {

void require(bool holds) {
    if (!holds)
        std::abort();
}

template <class T>
void decodeBothWays(const boost::json::value& value) {
    const auto strict = service::decodeValue<T>(value, service::UnknownFields::Refuse);
    const auto lenient = service::decodeValue<T>(value, service::UnknownFields::Ignore);
    // Who is strict takes nothing that the lenient one refuses.
    require(!strict || lenient);
    if (!strict) {
        require(!strict.error().message.empty() && strict.error().message.size() < 1'000);
        return;
    }
    const boost::json::value encoded = service::encodeValue(*strict);
    const auto again = service::decodeValue<T>(encoded, service::UnknownFields::Refuse);
    require(again.has_value());
    require(service::encodeValue(*again) == encoded);
}

void decodeRequest(const service::RpcRequest& request) {
    const boost::json::value params = request.params;
    boost::mp11::mp_for_each<service::Methods>([&](auto method) {
        using Method = decltype(method);
        if (request.method == Method::kName)
            decodeBothWays<typename Method::Params>(params);
    });
    if (const auto* const changes = request.params.if_contains("changes");
        changes && changes->is_object())
        static_cast<void>(service::withChanges({}, changes->get_object()).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view line(reinterpret_cast<const char*>(data), size);
    if (const auto request = service::parseRequest(line)) {
        decodeRequest(*request);
    } else {
        // The answer to nonsense is itself sound.
        const std::string answer = service::encodeError(request.error().id, request.error().error);
        require(answer.find('\n') == std::string::npos);
        require(service::parseMessage(answer).has_value());
    }
    if (const auto message = service::parseMessage(line))
        if (const auto* const reply = std::get_if<service::RpcReply>(&*message);
            reply && reply->result) {
            decodeBothWays<service::MachineListReply>(*reply->result);
            decodeBothWays<service::MachineReply>(*reply->result);
            decodeBothWays<service::StatsHistoryReply>(*reply->result);
        }
    const std::string text(line);
    static_cast<void>(service::decodeWorkerEvent(text).has_value());
    static_cast<void>(service::decodeMachineStart(text).has_value());
    return 0;
}
