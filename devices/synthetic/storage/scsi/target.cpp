// SPDX-License-Identifier: GPL-3.0-or-later
#include "target.h"

#include <vector>

#include "big_endian.h"

namespace devices::scsi {

namespace {

void executeAbsent(Command& command) {
    constexpr std::uint8_t kVital = 0x01;
    if (command.operation() != Operation::Inquiry) {
        command.outcome = Outcome::NoUnit;
        return Command::finish(command);
    }
    if ((command.block[1] & kVital) != 0)
        return Command::fail(command, Sense::illegalRequest(SenseCode::LogicalUnitNotSupported));
    command.give(absentInquiry(), loadBigEndian<std::uint16_t>(command.block, 3));
    Command::finish(command);
}

}  // namespace

std::shared_ptr<LogicalUnit> Target::remove(unsigned number) {
    auto removed = units_.extract(number);
    return removed ? std::move(removed.mapped()) : nullptr;
}

std::shared_ptr<LogicalUnit> Target::unit(unsigned number) const {
    const auto found = units_.find(number);
    return found == units_.end() ? nullptr : found->second;
}

void Target::forEach(const std::function<void(LogicalUnit&)>& visit) const {
    for (const auto& [number, unit] : units_)
        visit(*unit);
}

void Target::execute(unsigned number, Command& command) const {
    command.outcome = Outcome::Good;
    command.transferred = 0;
    // Of the target, whichever number it is sent to.
    if (command.operation() == Operation::ReportLuns)
        return reportLuns(command);
    command.unit = unit(number);
    if (!command.unit)
        return executeAbsent(command);
    command.unit->execute(command);
}

void Target::reportLuns(Command& command) const {
    constexpr std::size_t kEntry = 8;
    constexpr std::uint8_t kWellKnownOnly = 0x01;
    constexpr std::uint8_t kAll = 0x02;
    const auto& block = command.block;
    if (command.length < blockLength(block[0]))
        return Command::fail(command, Sense::invalidField(0));
    if (block[2] > kAll)
        return Command::fail(command, Sense::invalidField(2));
    const std::size_t count = block[2] == kWellKnownOnly ? 0 : units_.size();
    std::vector<std::uint8_t> data(kEntry + count * kEntry);
    storeBigEndian(data, 0, static_cast<std::uint32_t>(count * kEntry));
    if (count != 0) {
        std::size_t at = kEntry;
        for (const auto& [number, unit] : units_) {
            data[at + 1] = static_cast<std::uint8_t>(number);
            at += kEntry;
        }
    }
    command.give(data, loadBigEndian<std::uint32_t>(block, 6));
    Command::finish(command);
}

}  // namespace devices::scsi
