// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "command.h"
#include "logical_unit.h"

namespace devices::scsi {

/// The logical units behind one target identifier, and what is to be said of those that are not
/// there. Of the engine's thread.
class Target {
  public:
    /// As far as the simplest form of a number goes: SAM-5, 4.7.
    static constexpr unsigned kMaximumUnits = 256;

    /// `number` below kMaximumUnits and free.
    void add(unsigned number, std::shared_ptr<LogicalUnit> unit) {
        units_.emplace(number, std::move(unit));
    }
    /// The unit that has been `number`, or null. Its commands under way go on.
    std::shared_ptr<LogicalUnit> remove(unsigned number);
    [[nodiscard]] std::shared_ptr<LogicalUnit> unit(unsigned number) const;
    void forEach(const std::function<void(LogicalUnit&)>& visit) const;

    void execute(unsigned number, Command& command) const;

  private:
    void reportLuns(Command& command) const;

    std::map<unsigned, std::shared_ptr<LogicalUnit>> units_;
};

}  // namespace devices::scsi
