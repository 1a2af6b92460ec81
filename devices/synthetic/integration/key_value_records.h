// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hypervisor/error.h"
#include "ic_protocol.h"
#include "key_value_exchange.h"

namespace devices::synthetic {

/// The records of the key-value exchange as messages have them. Writing fails when a text is not
/// valid or too long, with what the user should know; reading when the guest has broken the
/// protocol.
[[nodiscard]] hypervisor::Result<ic::KeyValueRecord> writeRecord(std::string_view key,
                                                                 std::string_view value);
[[nodiscard]] hypervisor::Result<ic::KeyValueDelete> writeDelete(std::string_view key);
[[nodiscard]] hypervisor::Result<ic::KeyValueAddresses> writeAddresses(
    const KeyValueExchange::Addresses& addresses);

/// Texts that are not valid UTF-16 are empty.
struct KeyAndValue {
    std::string key;
    std::string value;
};
[[nodiscard]] std::optional<KeyAndValue> readRecord(const ic::KeyValueRecord& record);
[[nodiscard]] KeyValueExchange::Addresses readAddresses(const ic::KeyValueAddresses& message);

}  // namespace devices::synthetic
