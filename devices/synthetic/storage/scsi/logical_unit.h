// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "command.h"
#include "hypervisor/stats/stats_page.h"
#include "inquiry.h"
#include "mode_pages.h"
#include "supported_operations.h"

namespace devices::scsi {

/// What a target has behind one logical unit number. What all kinds have in common is here: unit
/// attentions, refused commands, INQUIRY, REQUEST SENSE, LOG SENSE, MODE SENSE and MODE SELECT.
///
/// Everything is called on one thread, that of the engine of its disks.
class LogicalUnit {
  public:
    virtual ~LogicalUnit() = default;
    LogicalUnit(const LogicalUnit&) = delete;
    LogicalUnit& operator=(const LogicalUnit&) = delete;

    /// Carries out a command whose `unit` this is.
    void execute(Command& command);
    /// The next command that reports it ends with this unit attention. Each is kept once.
    void attention(SenseCode code);
    /// As after power-on or a reset of the bus; commands under way go on.
    void reset(SenseCode reason);

    [[nodiscard]] const UnitIdentity& identity() const { return identity_; }
    /// Counted by the engine's thread, read by any.
    [[nodiscard]] const std::shared_ptr<hypervisor::StatsSlot>& counters() const {
        return counters_;
    }

  protected:
    /// Counts in `counters`, or where only counters() finds it when that is null.
    LogicalUnit(const UnitIdentity& identity, std::shared_ptr<hypervisor::StatsSlot> counters);

    /// A command of operations() that is nothing of the above.
    virtual void perform(Command& command) = 0;
    [[nodiscard]] virtual std::span<const SupportedOperation> operations() const = 0;
    /// A page of vitalPages().
    [[nodiscard]] virtual std::vector<std::uint8_t> vital(std::uint8_t page) const = 0;
    [[nodiscard]] virtual std::span<const std::uint8_t> vitalPages() const = 0;
    /// What REQUEST SENSE tells where no attention is due.
    [[nodiscard]] virtual Sense condition() const { return {}; }
    virtual void returnToDefaults() = 0;

    /// The mode pages in ascending order, each whole.
    [[nodiscard]] virtual std::vector<std::vector<std::uint8_t>> modePages(
        ModeQuery::Control control) const = 0;
    [[nodiscard]] virtual std::uint8_t deviceParameter() const = 0;
    [[nodiscard]] virtual std::optional<BlockDescriptor> blockDescriptor() const = 0;
    /// A page of a MODE SELECT in which nothing differs but what is changeable.
    virtual void selectMode(std::span<const std::uint8_t> page) = 0;

    /// What a request to the disk is counted as.
    enum class Counted : std::uint8_t { Read, Write, Flush };
    /// In front of a request to the disk for `command`, and when it has ended.
    static void begin(Command& command);
    static void count(const Command& command, Counted as, std::uint64_t bytes, bool succeeded);
    /// Ends the command with the disk's status.
    static void finish(Command& command, devices::storage::IoStatus status, Transfer transfer,
                       std::uint64_t block);
    /// The ends of commands that give or take little.
    static void finishWith(Command& command, std::span<const std::uint8_t> data,
                           std::uint64_t allocated);

  private:
    void inquire(Command& command);
    void requestSense(Command& command);
    void logSense(Command& command);
    void modeSense(Command& command);
    void modeSelect(Command& command);

    const UnitIdentity identity_;
    const std::shared_ptr<hypervisor::StatsSlot> counters_;
    // In the order in which they are told; as many as there are codes at most.
    std::vector<SenseCode> attentions_;
};

}  // namespace devices::scsi
