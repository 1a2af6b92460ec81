// SPDX-License-Identifier: GPL-3.0-or-later
#include "error_codes.h"

#include <boost/describe/enum_to_string.hpp>

namespace service {

std::string nameOf(ErrorCode code) {
    return boost::describe::enum_to_string(code, "Unknown");
}

RpcError makeError(ErrorCode code, std::string message, std::string advice, std::string field,
                   std::string allowed) {
    return {code,
            std::move(message),
            {nameOf(code), std::move(field), std::move(allowed), std::move(advice)}};
}

std::string describe(const RpcError& error) {
    std::string line = error.message;
    if (!error.data.allowed.empty())
        line += " (allowed: " + error.data.allowed + ")";
    if (!error.data.advice.empty())
        line += "; " + error.data.advice;
    return line;
}

}  // namespace service
