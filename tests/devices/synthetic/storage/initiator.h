// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "devices/storage/io_engine.h"
#include "devices/synthetic/storage/scsi/target.h"

/// Sends commands to a target and waits for their ends, serving the engine meanwhile.
class Initiator {
  public:
    using Bytes = std::vector<std::uint8_t>;
    struct Answer {
        devices::scsi::Outcome outcome;
        devices::scsi::Sense sense;
        std::uint64_t transferred;
        /// Of commands that read: the whole buffer.
        Bytes data;

        [[nodiscard]] bool good() const { return outcome == devices::scsi::Outcome::Good; }
        [[nodiscard]] bool is(devices::scsi::SenseKey key, devices::scsi::SenseCode code) const {
            return outcome == devices::scsi::Outcome::CheckCondition && sense.key == key &&
                   sense.code == code;
        }
        [[nodiscard]] bool illegal(devices::scsi::SenseCode code) const {
            return is(devices::scsi::SenseKey::IllegalRequest, code);
        }
        /// A field of `size` bytes.
        [[nodiscard]] std::uint64_t number(std::size_t offset, std::size_t size) const;
    };

    explicit Initiator(unsigned unit = 0);

    [[nodiscard]] devices::storage::IoEngine& engine() { return *engine_; }
    [[nodiscard]] devices::scsi::Target& target() { return target_; }

    Answer none(Bytes block);
    /// A command that reads into a buffer of `size` bytes, in pieces, filled with 0xEE.
    Answer in(Bytes block, std::size_t size);
    Answer out(Bytes block, std::span<const std::uint8_t> data);

  private:
    Answer run(devices::scsi::Command& command, const Bytes& block);

    std::unique_ptr<devices::storage::IoEngine> engine_;
    devices::scsi::Target target_;
    unsigned unit_;
};
