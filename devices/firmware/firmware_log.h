// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "devices/chipset/port_bus.h"
#include "hypervisor/error.h"

namespace devices {

/// The port to which SeaBIOS writes what it does, a character at a time (its src/output.c and
/// src/boot.c), where a read says that somebody listens. By it the owner learns that there was
/// nothing to boot from, and why: elsewhere only the screen says so.
///
/// Whatever else the guest writes there does no harm: lines are cut off, few are kept, and it is
/// told once until the machine is reset.
///
/// Thread safety: all methods from any thread; one short lock, held while it is told.
class FirmwareLog : public PortDevice {
  public:
    static constexpr std::uint16_t kPort = 0x402;
    /// `why` is one line of printable ASCII, or empty.
    using NothingToBoot = std::function<void(const std::string& why)>;

    explicit FirmwareLog(NothingToBoot nothingToBoot) : nothingToBoot_(std::move(nothingToBoot)) {}

    [[nodiscard]] hypervisor::Result<void> claimPorts(PortBus& ports) {
        return ports.claim("firmware log", {kPort, 1, 1}, *this);
    }
    void reset();

    [[nodiscard]] std::uint32_t readPort(std::uint16_t, unsigned) override { return kPresent; }
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;

  private:
    static constexpr std::uint32_t kPresent = 0xE9;

    // With mutex_ held.
    void take(const std::string& line);
    void note(std::string failure);

    const NothingToBoot nothingToBoot_;
    std::mutex mutex_;
    // Guarded by mutex_.
    std::string line_;
    /// What is being tried, and what has failed so far.
    std::string device_;
    std::vector<std::string> failures_;
    bool told_ = false;
};

}  // namespace devices
