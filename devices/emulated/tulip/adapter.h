// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "adapter_engine.h"
#include "adapter_settings.h"
#include "controller.h"
#include "devices/chipset/clock.h"
#include "devices/chipset/mmio_bus.h"
#include "devices/chipset/pci_bus.h"
#include "devices/chipset/pci_function.h"
#include "devices/chipset/port_bus.h"
#include "devices/network/switch_port.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/interrupts/interrupt_line.h"

namespace devices::tulip {

/// The DEC 21140A, which Hyper-V's machines of generation 1 have as their legacy network adapter: a
/// PCI function whose registers are at I/O ports and in memory, plugged into a port of a virtual
/// switch, or into none. What the guest demands to be sent goes at once, on its VP's thread, where
/// that needs no waiting; else frames move on a thread of its own, which sleeps when there are none.
///
/// Thread safety: plug() from any thread; as PciFunction, as the bus sees to it; registers from any
/// thread. powerOn() and destruction while no VP is in run().
class Adapter final : public PciFunction {
  public:
    /// Where it is on the bus: a function for each adapter.
    static constexpr unsigned kDevice = 10;

    /// Where it is in a machine.
    struct Wiring {
        PortBus& ports;
        MmioBus& mmio;
        PciBus& pci;
        /// Of kDevice and pinOf() its number, triggered by its level.
        hypervisor::InterruptLine interrupt;
    };
    /// Each function has a pin of its own.
    [[nodiscard]] static constexpr PciPin pinOf(unsigned number) {
        return static_cast<PciPin>(number + 1);
    }

    /// Puts it into a machine that is being built. All references outlive it. Fails when there is
    /// no place for it, or the host has no descriptor left.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<Adapter>> create(
        const AdapterSettings& settings, const Wiring& wiring,
        const hypervisor::GuestMemory& memory, Clock& clock);
    ~Adapter() override;

    /// Into another port; out of any, with null. The guest sees the link change.
    void plug(std::unique_ptr<network::SwitchPort> port);
    /// Registers as after power-on; the bus does the rest. On return nothing touches the guest's
    /// memory.
    void powerOn() { controller_.reset(); }

  private:
    Adapter(const AdapterSettings& settings, const Wiring& wiring,
            const hypervisor::GuestMemory& memory, Clock& clock, hypervisor::FileDescriptor wakeUp);
    [[nodiscard]] hypervisor::Result<void> claim(const AdapterSettings& settings,
                                                 const Wiring& wiring);
    void portsPlaced(unsigned baseAddress, std::optional<std::uint16_t> first) override;
    void memoryPlaced(unsigned baseAddress, std::optional<hypervisor::Gpa> at) override;
    void romPlaced(std::optional<hypervisor::Gpa> at) override;
    void configured() override;

    void writeRegister(unsigned offset, unsigned size, std::uint32_t value);
    void wake();
    void serve();
    void work();
    /// Sleeps until there may be something to do.
    void wait();
    void fetchPort();

    /// The registers as ports and as memory.
    class Registers final : public PortDevice, public MmioDevice {
      public:
        explicit Registers(Adapter& adapter) : adapter_(adapter) {}
        [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override {
            return adapter_.controller_.read(port, size);
        }
        void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override {
            adapter_.writeRegister(port, size, value);
        }
        [[nodiscard]] std::uint64_t readMmio(std::uint64_t offset, unsigned size) override;
        void writeMmio(std::uint64_t offset, unsigned size, std::uint64_t value) override;

      private:
        Adapter& adapter_;
    };

    /// The expansion ROM, of which the window shows what is there and ones.
    class Rom final : public MmioDevice {
      public:
        explicit Rom(std::shared_ptr<const std::vector<std::byte>> content)
            : content_(std::move(content)) {}
        [[nodiscard]] bool isThere() const { return content_ && !content_->empty(); }
        [[nodiscard]] std::uint32_t windowSize() const;
        [[nodiscard]] std::uint64_t readMmio(std::uint64_t offset, unsigned size) override;
        void writeMmio(std::uint64_t /*offset*/, unsigned /*size*/,
                       std::uint64_t /*value*/) override {}

      private:
        std::shared_ptr<const std::vector<std::byte>> content_;
    };

    hypervisor::FileDescriptor wakeUp_;
    /// wakeUp_ has been written to and not been read.
    std::atomic<bool> woken_ = false;
    std::atomic<bool> stopping_ = false;
    Controller controller_;
    Registers registers_;
    Rom rom_;
    MovablePorts* ports_ = nullptr;
    MovableMemory* memory_ = nullptr;
    /// Null: it has no ROM.
    MovableMemory* romMemory_ = nullptr;
    std::mutex engineMutex_;
    // Guarded by engineMutex_.
    AdapterEngine engine_;
    std::mutex mutex_;
    /// What plug() was given, until the thread takes it. Guarded by mutex_.
    std::optional<std::unique_ptr<network::SwitchPort>> newPort_;
    std::thread thread_;
};

}  // namespace devices::tulip
