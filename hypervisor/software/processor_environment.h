// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "hypervisor/cpuid_result.h"
#include "hypervisor/intercept_handler.h"

namespace hypervisor::software {

class Processor;

/// What surrounds a Processor: everything that an instruction can reach besides registers and
/// RAM. Called on the VP's thread.
class ProcessorEnvironment {
  public:
    virtual ~ProcessorEnvironment() = default;

    [[nodiscard]] virtual std::uint32_t readPort(std::uint16_t port, unsigned size) = 0;
    virtual void writePort(std::uint16_t port, unsigned size, std::uint32_t value) = 0;
    [[nodiscard]] virtual std::uint64_t readMmio(Gpa gpa, unsigned size) = 0;
    virtual void writeMmio(Gpa gpa, unsigned size, std::uint64_t value) = 0;

    /// Around many accesses to devices' ports or memory in a row, which cost less then. Nothing
    /// else is asked of the environment in between.
    virtual void beginDeviceAccesses() {}
    virtual void endDeviceAccesses() {}

    /// MSRs that are no part of Processor (local APIC, guest interface, platform). Nothing or
    /// false: #GP.
    [[nodiscard]] virtual std::optional<std::uint64_t> readMsr(std::uint32_t msr) = 0;
    [[nodiscard]] virtual bool writeMsr(std::uint32_t msr, std::uint64_t value) = 0;

    [[nodiscard]] virtual CpuidResult cpuid(const Processor& processor, std::uint32_t leaf,
                                            std::uint32_t subleaf) = 0;
    [[nodiscard]] virtual std::uint64_t readTsc() = 0;
    [[nodiscard]] virtual std::uint64_t readCr8() = 0;
    virtual void writeCr8(std::uint64_t value) = 0;

    /// VMCALL with CPL 0 in protected mode; false: #UD.
    [[nodiscard]] virtual bool hypercall(Processor& processor) = 0;
    /// The guest has executed PAUSE.
    virtual void pause() = 0;
};

/// Many accesses to devices, while it is there.
class DeviceAccesses {
  public:
    explicit DeviceAccesses(ProcessorEnvironment& environment) : environment_(environment) {
        environment_.beginDeviceAccesses();
    }
    ~DeviceAccesses() { environment_.endDeviceAccesses(); }
    DeviceAccesses(const DeviceAccesses&) = delete;
    DeviceAccesses& operator=(const DeviceAccesses&) = delete;

  private:
    ProcessorEnvironment& environment_;
};

}  // namespace hypervisor::software
