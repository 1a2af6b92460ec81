// SPDX-License-Identifier: GPL-3.0-or-later
#include "supported_operations.h"

#include <algorithm>

#include "big_endian.h"

namespace devices::scsi {

namespace {

const SupportedOperation* find(std::span<const SupportedOperation> operations,
                               std::uint8_t operation, std::optional<std::uint8_t> action) {
    const auto found = std::ranges::find_if(operations, [&](const SupportedOperation& entry) {
        return static_cast<std::uint8_t>(entry.operation) == operation && entry.action == action;
    });
    return found == operations.end() ? nullptr : &*found;
}

bool hasActions(std::span<const SupportedOperation> operations, std::uint8_t operation) {
    return std::ranges::any_of(operations, [&](const SupportedOperation& entry) {
        return static_cast<std::uint8_t>(entry.operation) == operation && entry.action;
    });
}

std::vector<std::uint8_t> allOperations(std::span<const SupportedOperation> operations) {
    constexpr std::size_t kHeader = 4;
    constexpr std::size_t kEntry = 8;
    constexpr std::uint8_t kActionValid = 0x01;
    std::vector<std::uint8_t> bytes(kHeader + operations.size() * kEntry);
    storeBigEndian(bytes, 0, static_cast<std::uint32_t>(operations.size() * kEntry));
    auto at = std::span(bytes).subspan(kHeader);
    for (const SupportedOperation& entry : operations) {
        at[0] = static_cast<std::uint8_t>(entry.operation);
        at[3] = entry.action.value_or(0);
        at[5] = entry.action ? kActionValid : 0;
        storeBigEndian(at, 6, static_cast<std::uint16_t>(blockLength(at[0])));
        at = at.subspan(kEntry);
    }
    return bytes;
}

std::vector<std::uint8_t> oneOperation(const SupportedOperation* entry) {
    constexpr std::size_t kHeader = 4;
    constexpr std::uint8_t kNotSupported = 1;
    constexpr std::uint8_t kAsInStandard = 3;
    if (entry == nullptr)
        return {0, kNotSupported, 0, 0};
    const auto operation = static_cast<std::uint8_t>(entry->operation);
    const std::size_t length = blockLength(operation);
    std::vector<std::uint8_t> bytes(kHeader + length);
    bytes[1] = kAsInStandard;
    storeBigEndian(bytes, 2, static_cast<std::uint16_t>(length));
    bytes[kHeader] = operation;
    std::copy_n(entry->usage.begin(), length - 1, bytes.begin() + kHeader + 1);
    return bytes;
}

}  // namespace

Support supportOf(const Command& command, std::span<const SupportedOperation> operations) {
    const std::uint8_t operation = command.block[0];
    if (hasActions(operations, operation))
        return find(operations, operation, command.serviceAction()) ? Support::Known
                                                                    : Support::UnknownAction;
    return find(operations, operation, std::nullopt) ? Support::Known : Support::UnknownOperation;
}

std::expected<std::vector<std::uint8_t>, Sense> reportOperations(
    const Command& command, std::span<const SupportedOperation> operations) {
    constexpr std::uint8_t kTimeouts = 0x80;
    const auto& block = command.block;
    const std::uint8_t operation = block[3];
    const auto action = loadBigEndian<std::uint16_t>(block, 4);
    const bool actions = hasActions(operations, operation);
    // None of the timeouts that may be asked for exist here.
    if ((block[2] & kTimeouts) != 0)
        return std::unexpected(Sense::invalidField(2));
    const auto byAction = [&]() -> const SupportedOperation* {
        return action > 0xFF ? nullptr
                             : find(operations, operation, static_cast<std::uint8_t>(action));
    };
    switch (block[2] & 0x07) {
        case 0:
            return allOperations(operations);
        case 1:  // by operation code alone
            if (actions)
                return std::unexpected(Sense::invalidField(3));
            return oneOperation(find(operations, operation, std::nullopt));
        case 2:  // with a service action
            if (!actions)
                return std::unexpected(Sense::invalidField(4));
            return oneOperation(byAction());
        case 3:  // either
            return oneOperation(actions ? byAction() : find(operations, operation, std::nullopt));
        default:
            return std::unexpected(Sense::invalidField(2));
    }
}

}  // namespace devices::scsi
