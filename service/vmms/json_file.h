// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstddef>
#include <string>
#include <utility>

#include "atomic_file.h"
#include "hypervisor/error.h"
#include "service/ipc/value_codec.h"

namespace service {

/// What a file of at most `most` bytes says in JSON; fields that are not known are passed over.
template <class Content>
[[nodiscard]] hypervisor::Result<Content> readJsonFile(const std::string& path, std::size_t most) {
    const auto text = readFile(path, most);
    if (!text)
        return std::unexpected(text.error());
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(*text, error);
    if (error)
        return hypervisor::failure(fmt::format("'{}' is not JSON: {}", path, error.message()));
    auto content = decodeValue<Content>(value, UnknownFields::Ignore);
    if (!content)
        return hypervisor::failure(fmt::format("'{}': {}", path, describe(content.error())));
    return std::move(*content);
}

}  // namespace service
