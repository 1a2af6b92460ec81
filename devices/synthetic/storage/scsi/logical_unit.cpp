// SPDX-License-Identifier: GPL-3.0-or-later
#include "logical_unit.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "big_endian.h"

namespace devices::scsi {

using hypervisor::StatsCounter;
using hypervisor::StatsSlot;
using hypervisor::StorageValue;

namespace {

/// Where requests of a kind are counted.
struct CountedValues {
    StorageValue requests;
    std::optional<StorageValue> bytes;
    StorageValue time;
};
constexpr std::array kCountedValues{
    CountedValues{StorageValue::Reads, StorageValue::ReadBytes, StorageValue::ReadTime},
    CountedValues{StorageValue::Writes, StorageValue::WrittenBytes, StorageValue::WriteTime},
    CountedValues{StorageValue::Flushes, std::nullopt, StorageValue::FlushTime}};

// Commands that don't report unit attentions; SPC-4, 5.14, and MMC-6 for the last two.
bool ignoresAttentions(Operation operation) {
    switch (operation) {
        case Operation::Inquiry:
        case Operation::ReportLuns:
        case Operation::RequestSense:
        case Operation::GetConfiguration:
        case Operation::GetEventStatusNotification:
            return true;
        default:
            return false;
    }
}

}  // namespace

LogicalUnit::LogicalUnit(const UnitIdentity& identity, std::shared_ptr<StatsSlot> counters)
    : identity_(identity),
      counters_(counters ? std::move(counters) : std::make_shared<StatsSlot>()) {
    attention(SenseCode::PowerOn);
}

void LogicalUnit::attention(SenseCode code) {
    if (std::ranges::find(attentions_, code) == attentions_.end())
        attentions_.push_back(code);
}

void LogicalUnit::reset(SenseCode reason) {
    // What else has changed is in what a guest asks for after a reset.
    attentions_.clear();
    attention(reason);
    returnToDefaults();
}

void LogicalUnit::execute(Command& command) {
    command.outcome = Outcome::Good;
    command.sense = {};
    command.transferred = 0;
    const std::size_t length = blockLength(command.block[0]);
    if (length == 0)
        return Command::fail(command, Sense::illegalRequest(SenseCode::InvalidOperationCode));
    if (command.length < length)
        return Command::fail(command, Sense::invalidField(0));
    if (!attentions_.empty() && !ignoresAttentions(command.operation())) {
        const SenseCode code = attentions_.front();
        attentions_.erase(attentions_.begin());
        return Command::fail(command, Sense::unitAttention(code));
    }
    switch (supportOf(command, operations())) {
        case Support::Known:
            break;
        case Support::UnknownOperation:
            return Command::fail(command, Sense::illegalRequest(SenseCode::InvalidOperationCode));
        case Support::UnknownAction:
            return Command::fail(command, Sense::invalidField(1));
    }
    switch (command.operation()) {
        case Operation::Inquiry:
            return inquire(command);
        case Operation::RequestSense:
            return requestSense(command);
        case Operation::LogSense:
            return logSense(command);
        case Operation::ModeSense6:
        case Operation::ModeSense10:
            return modeSense(command);
        case Operation::ModeSelect6:
        case Operation::ModeSelect10:
            return modeSelect(command);
        case Operation::MaintenanceIn: {
            const auto report = reportOperations(command, operations());
            if (!report)
                return Command::fail(command, report.error());
            return finishWith(command, *report, loadBigEndian<std::uint32_t>(command.block, 6));
        }
        default:
            return perform(command);
    }
}

void LogicalUnit::inquire(Command& command) {
    constexpr std::uint8_t kVital = 0x01;
    const auto& block = command.block;
    const auto allocated = loadBigEndian<std::uint16_t>(block, 3);
    if ((block[1] & kVital) == 0) {
        if (block[2] != 0)
            return Command::fail(command, Sense::invalidField(2));
        return finishWith(command, standardInquiry(identity_), allocated);
    }
    const auto own = vitalPages();
    if (const auto page = commonVitalPage(identity_, block[2], own))
        return finishWith(command, *page, allocated);
    if (std::ranges::find(own, block[2]) == own.end())
        return Command::fail(command, Sense::invalidField(2));
    finishWith(command, vital(block[2]), allocated);
}

void LogicalUnit::requestSense(Command& command) {
    constexpr std::uint8_t kDescriptorFormat = 0x01;
    if ((command.block[1] & kDescriptorFormat) != 0)
        return Command::fail(command, Sense::invalidField(1));
    Sense sense = condition();
    if (!attentions_.empty()) {
        sense = Sense::unitAttention(attentions_.front());
        attentions_.erase(attentions_.begin());
    }
    finishWith(command, sense.fixedFormat(), command.block[4]);
}

void LogicalUnit::logSense(Command& command) {
    const auto& block = command.block;
    // The list of pages, which has this page alone.
    if ((block[2] & 0x3F) != 0 || block[3] != 0)
        return Command::fail(command, Sense::invalidField(2));
    constexpr std::array<std::uint8_t, 5> kPages{0, 0, 0, 1, 0};
    finishWith(command, kPages, loadBigEndian<std::uint16_t>(block, 7));
}

void LogicalUnit::modeSense(Command& command) {
    const ModeQuery query = ModeQuery::of(command);
    if (query.control == ModeQuery::Control::Saved)
        return Command::fail(command,
                             Sense::illegalRequest(SenseCode::SavingParametersNotSupported));
    std::vector<std::uint8_t> pages;
    for (const auto& page : modePages(query.control))
        if (query.wants(page[0]))
            pages.insert(pages.end(), page.begin(), page.end());
    if (pages.empty())
        return Command::fail(command, Sense::invalidField(2));
    finishWith(command, modeParameters(query, deviceParameter(), blockDescriptor(), pages),
               query.allocated);
}

void LogicalUnit::modeSelect(Command& command) {
    const auto selected = selectedPages(command);
    if (!selected)
        return Command::fail(command, selected.error());
    const auto current = modePages(ModeQuery::Control::Current);
    const auto changeable = modePages(ModeQuery::Control::Changeable);
    // All or nothing.
    for (const SelectedPage& page : *selected) {
        const auto known = std::ranges::find_if(
            current, [&](const auto& candidate) { return candidate[0] == page.bytes[0]; });
        if (known == current.end())
            return Command::fail(command, Sense::invalidParameter(page.offset));
        const auto& mask = changeable[static_cast<std::size_t>(known - current.begin())];
        if (known->size() != page.bytes.size())
            return Command::fail(
                command, Sense::invalidParameter(static_cast<std::uint16_t>(page.offset + 1)));
        for (std::size_t i = 2; i < page.bytes.size(); ++i)
            if (((page.bytes[i] ^ (*known)[i]) & ~mask[i]) != 0)
                return Command::fail(
                    command, Sense::invalidParameter(static_cast<std::uint16_t>(page.offset + i)));
    }
    for (const SelectedPage& page : *selected)
        selectMode(page.bytes);
    Command::finish(command);
}

void LogicalUnit::begin(Command& command) {
    StatsCounter& outstanding = (*command.unit->counters())[StorageValue::Outstanding];
    outstanding.set(outstanding.read() + 1);
    command.begun = std::chrono::steady_clock::now();
}

void LogicalUnit::count(const Command& command, Counted as, std::uint64_t bytes, bool succeeded) {
    StatsSlot& counters = *command.unit->counters();
    StatsCounter& outstanding = counters[StorageValue::Outstanding];
    outstanding.set(outstanding.read() - 1);
    if (!succeeded)
        return;
    const CountedValues& values = kCountedValues.at(static_cast<std::size_t>(as));
    counters[values.requests].add();
    if (values.bytes)
        counters[*values.bytes].add(bytes);
    const std::chrono::nanoseconds time = std::chrono::steady_clock::now() - command.begun;
    counters[values.time].add(static_cast<std::uint64_t>(time.count()));
}

void LogicalUnit::finish(Command& command, devices::storage::IoStatus status, Transfer transfer,
                         std::uint64_t block) {
    if (status.ok())
        return Command::finish(command);
    (*command.unit->counters())[StorageValue::Errors].add();
    Command::fail(command, senseOf(status, transfer, block));
}

void LogicalUnit::finishWith(Command& command, std::span<const std::uint8_t> data,
                             std::uint64_t allocated) {
    command.give(data, allocated);
    Command::finish(command);
}

}  // namespace devices::scsi
