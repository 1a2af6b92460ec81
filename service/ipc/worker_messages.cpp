// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker_messages.h"

#include <boost/json.hpp>

namespace service {

using hypervisor::failure;
using hypervisor::Result;

namespace {

template <class Message>
Result<Message> decode(const std::string& line) {
    boost::json::parse_options options;
    // File names are bytes, not text.
    options.allow_invalid_utf8 = true;
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(line, error, {}, options);
    if (error)
        return failure("a message on the worker's control socket is not JSON: " + error.message());
    auto message = boost::json::try_value_to<Message>(value);
    if (message.has_error())
        return failure("a message on the worker's control socket has the wrong shape: " +
                       message.error().message());
    return std::move(*message);
}

}  // namespace

std::string encode(const MachineStart& message) {
    return boost::json::serialize(boost::json::value_from(message));
}

std::string encode(const WorkerRequest& message) {
    return boost::json::serialize(boost::json::value_from(message));
}

std::string encode(const WorkerEvent& message) {
    return boost::json::serialize(boost::json::value_from(message));
}

Result<MachineStart> decodeMachineStart(const std::string& line) {
    return decode<MachineStart>(line);
}

Result<WorkerRequest> decodeWorkerRequest(const std::string& line) {
    return decode<WorkerRequest>(line);
}

Result<WorkerEvent> decodeWorkerEvent(const std::string& line) {
    return decode<WorkerEvent>(line);
}

}  // namespace service
