// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

/// What was done to a disk's sectors and when, and so what each of them may hold after a power cut
/// at any moment. Moments are those of a PowerCutFile. A sector's content is known by its value,
/// a number that only one write has; 0 is a sector of zeroes.
class DiskHistory {
  public:
    static constexpr std::size_t kNever = SIZE_MAX;

    enum class Kind : std::uint8_t {
        Write,
        /// As a write of value 0 that need not have happened.
        Unmap,
    };

    /// The value of a sector that nothing has been done to is `initial(sector)`.
    explicit DiskHistory(std::uint64_t (*initial)(std::uint64_t sector)) : initial_(initial) {}

    /// Returns the operation's number, for completed().
    std::size_t submitted(Kind kind, std::uint64_t firstSector, std::uint64_t sectors,
                          std::uint64_t value, bool forceUnitAccess, std::size_t moment);
    void completed(std::size_t operation, std::size_t moment);
    /// A flush that was submitted and has completed at those moments.
    void flushed(std::size_t submitted, std::size_t completed);

    [[nodiscard]] std::set<std::uint64_t> possibleAfterCut(std::uint64_t sector,
                                                           std::size_t moment) const;
    /// With everything completed and no cut.
    [[nodiscard]] std::set<std::uint64_t> possibleNow(std::uint64_t sector) const;

  private:
    struct Operation {
        Kind kind;
        std::uint64_t value;
        bool forceUnitAccess;
        std::size_t submitted;
        std::size_t completed = kNever;
    };
    struct Flush {
        std::size_t submitted;
        std::size_t completed;
    };

    std::uint64_t (*initial_)(std::uint64_t sector);
    std::vector<Operation> operations_;
    std::map<std::uint64_t, std::vector<std::size_t>> bySector_;
    std::vector<Flush> flushes_;
};
