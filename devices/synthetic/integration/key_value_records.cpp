// SPDX-License-Identifier: GPL-3.0-or-later
#include "key_value_records.h"

#include <algorithm>
#include <cstring>

#include "wire_text.h"

namespace devices::synthetic {

namespace {

constexpr char kSeparator = ';';

std::string join(const std::vector<std::string>& texts) {
    std::string joined;
    for (const std::string& text : texts) {
        if (!joined.empty())
            joined += kSeparator;
        joined += text;
    }
    return joined;
}

std::vector<std::string> split(std::span<const std::uint16_t> field) {
    std::vector<std::string> texts;
    const std::string joined = readText(field).value_or("");
    for (std::size_t at = 0; at < joined.size();) {
        const std::size_t end = std::min(joined.find(kSeparator, at), joined.size());
        if (end > at)
            texts.push_back(joined.substr(at, end - at));
        at = end + 1;
    }
    return texts;
}

std::unexpected<hypervisor::Error> badKey() {
    return hypervisor::failure(
        "Can't send the key to the guest: it is empty, not valid UTF-8 or longer than 255 "
        "characters. Choose another.");
}

}  // namespace

hypervisor::Result<ic::KeyValueRecord> writeRecord(std::string_view key, std::string_view value) {
    ic::KeyValueRecord record{};
    const auto keySize = writeText(key, record.key);
    if (!keySize || key.empty())
        return badKey();
    const auto valueSize = writeText(value, record.value);
    if (!valueSize)
        return hypervisor::failure(
            "Can't send the value to the guest: it is not valid UTF-8 or longer than 1,023 "
            "characters. Shorten it.");
    record.type = ic::kValueText;
    record.keySize = *keySize;
    record.valueSize = *valueSize;
    return record;
}

hypervisor::Result<ic::KeyValueDelete> writeDelete(std::string_view key) {
    ic::KeyValueDelete message{};
    const auto keySize = writeText(key, message.key);
    if (!keySize || key.empty())
        return badKey();
    message.keySize = *keySize;
    return message;
}

hypervisor::Result<ic::KeyValueAddresses> writeAddresses(
    const KeyValueExchange::Addresses& addresses) {
    ic::KeyValueAddresses message{};
    message.family = std::to_underlying(addresses.family);
    message.dhcp = addresses.dhcp ? 1 : 0;
    if (!writeText(addresses.adapter, message.adapter) ||
        !writeText(join(addresses.addresses), message.addresses) ||
        !writeText(join(addresses.netmasks), message.netmasks) ||
        !writeText(join(addresses.gateways), message.gateways) ||
        !writeText(join(addresses.nameServers), message.nameServers))
        return hypervisor::failure(
            "Can't send the addresses to the guest: they are too many or not valid UTF-8.");
    return message;
}

std::optional<KeyAndValue> readRecord(const ic::KeyValueRecord& record) {
    constexpr std::size_t kUnit = sizeof(std::uint16_t);
    if (record.keySize > sizeof record.key || record.valueSize > sizeof record.value)
        return std::nullopt;
    KeyAndValue read;
    read.key = readText(std::span(record.key).first(record.keySize / kUnit)).value_or("");
    switch (record.type) {
        case ic::kValueText:
            read.value =
                readText(std::span(record.value).first(record.valueSize / kUnit)).value_or("");
            return read;
        case ic::kValue32: {
            std::uint32_t number;
            std::memcpy(&number, record.value.data(), sizeof number);
            read.value = std::to_string(number);
            return read;
        }
        case ic::kValue64: {
            std::uint64_t number;
            std::memcpy(&number, record.value.data(), sizeof number);
            read.value = std::to_string(number);
            return read;
        }
        default:
            return std::nullopt;
    }
}

KeyValueExchange::Addresses readAddresses(const ic::KeyValueAddresses& message) {
    return {.adapter = readText(message.adapter).value_or(""),
            .family = static_cast<KeyValueExchange::Family>(message.family & 3),
            .dhcp = message.dhcp != 0,
            .addresses = split(message.addresses),
            .netmasks = split(message.netmasks),
            .gateways = split(message.gateways),
            .nameServers = split(message.nameServers)};
}

}  // namespace devices::synthetic
