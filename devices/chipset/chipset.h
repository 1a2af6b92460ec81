// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "acpi_power_management.h"
#include "address_line_20.h"
#include "clock.h"
#include "debug_ports.h"
#include "hypervisor/hypervisor.h"
#include "hypervisor/intercept_handler.h"
#include "hypervisor/interrupts/io_apic.h"
#include "hypervisor/interrupts/isa_interrupts.h"
#include "hypervisor/interrupts/pic.h"
#include "isa_bridge.h"
#include "isa_dma.h"
#include "keyboard_controller.h"
#include "machine_control.h"
#include "mmio_bus.h"
#include "pci_bus.h"
#include "pci_function.h"
#include "pci_interrupts.h"
#include "pit.h"
#include "port_bus.h"
#include "power_function.h"
#include "reset_control.h"
#include "rtc.h"
#include "smbus_host.h"
#include "test_device.h"

namespace devices {

struct ChipsetSettings {
    CmosContents cmos;
    /// Whether there are a debug exit port and the test device.
    bool debugExit = false;
};

/// What every PC has: the two buses and PCI's, the interrupt controllers, timers, clock, power
/// management and resets; and what a partition asks when a VP meets a device.
///
/// Order of making a machine: create() the chipset, build the partition with the chipset as its
/// handler, connect() the two, make more devices with ports(), mmio(), interruptLine() and
/// pciInterrupt(), run.
/// Its timers reach the partition from a thread of their own, so it is destroyed before the
/// partition, when all VPs have stopped for good.
class Chipset : public hypervisor::InterceptHandler {
  public:
    /// `clock` and `machine` must outlive the chipset.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<Chipset>> create(
        const ChipsetSettings& settings, Clock& clock, MachineControl& machine);

    /// Where interrupts go, and whose memory devices reach. Once, before the first run.
    void connect(hypervisor::Partition* partition);

    [[nodiscard]] PortBus& ports() { return ports_; }
    [[nodiscard]] MmioBus& mmio() { return mmio_; }
    [[nodiscard]] PciBus& pci() { return pci_; }
    [[nodiscard]] IsaDma& dma() { return dma_; }
    [[nodiscard]] KeyboardController& keyboardController() { return keyboardController_; }
    [[nodiscard]] hypervisor::InterruptLine interruptLine(unsigned irq) {
        return isaInterrupts_.line(irq);
    }
    /// For a function of this PCI device that has the pin; level-triggered, and shared with others.
    [[nodiscard]] hypervisor::InterruptLine pciInterrupt(unsigned device, PciPin pin) {
        return pciInterrupts_.line(device, pin);
    }
    [[nodiscard]] hypervisor::IoApic& ioApic() { return ioApic_; }

    /// Every device of the chipset into its state after power-on. No VP may be in run().
    void reset();

    void pressPowerButton() { power_.pressPowerButton(); }

    [[nodiscard]] std::uint32_t readPort(hypervisor::VpIndex vp, std::uint16_t port,
                                         unsigned size) override;
    void writePort(hypervisor::VpIndex vp, std::uint16_t port, unsigned size,
                   std::uint32_t value) override;
    [[nodiscard]] std::uint64_t readMmio(hypervisor::VpIndex vp, hypervisor::Gpa gpa,
                                         unsigned size) override;
    void writeMmio(hypervisor::VpIndex vp, hypervisor::Gpa gpa, unsigned size,
                   std::uint64_t value) override;
    /// The chipset has no MSRs: nothing, false.
    [[nodiscard]] std::optional<std::uint64_t> readMsr(hypervisor::VpIndex vp,
                                                       std::uint32_t msr) override;
    [[nodiscard]] bool writeMsr(hypervisor::VpIndex vp, std::uint32_t msr,
                                std::uint64_t value) override;
    [[nodiscard]] std::uint8_t acknowledgeExternalInterrupt() override;
    void endOfInterrupt(std::uint8_t vector) override;
    void resetRequested(hypervisor::VpIndex vp) override;
    void guestCrashed(hypervisor::VpIndex vp, const hypervisor::GuestCrash& crash) override;

  private:
    Chipset(const ChipsetSettings& settings, Clock& clock, MachineControl& machine);
    [[nodiscard]] hypervisor::Result<void> claim(bool debugExit);
    void setEdgeLevel();

    /// The 8259s' registers on the port bus.
    class PicPorts : public PortDevice {
      public:
        explicit PicPorts(hypervisor::Pic& pic) : pic_(pic) {}
        [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned) override {
            return pic_.readPort(port);
        }
        void writePort(std::uint16_t port, unsigned, std::uint32_t value) override {
            pic_.writePort(port, static_cast<std::uint8_t>(value));
        }

      private:
        hypervisor::Pic& pic_;
    };

    /// The IOAPIC's registers on the MMIO bus.
    class IoApicWindow : public MmioDevice {
      public:
        explicit IoApicWindow(hypervisor::IoApic& ioApic) : ioApic_(ioApic) {}
        [[nodiscard]] std::uint64_t readMmio(std::uint64_t offset, unsigned size) override {
            return ioApic_.readMmio(offset, size);
        }
        void writeMmio(std::uint64_t offset, unsigned size, std::uint64_t value) override {
            ioApic_.writeMmio(offset, size, value);
        }

      private:
        hypervisor::IoApic& ioApic_;
    };

    MachineControl& machine_;
    std::atomic<hypervisor::Partition*> partition_ = nullptr;
    AddressLine20 addressLine20_;
    PortBus ports_;
    MmioBus mmio_;
    hypervisor::Pic pic_;
    hypervisor::IoApic ioApic_;
    hypervisor::IsaInterrupts isaInterrupts_;
    PicPorts picPorts_;
    IoApicWindow ioApicWindow_;
    Pit pit_;
    Rtc rtc_;
    AcpiPowerManagement power_;
    SmbusHost smbus_;
    ResetControl resetControl_;
    PciInterrupts pciInterrupts_;
    PciBus pci_;
    PciFunction hostBridge_;
    IsaBridge isaBridge_;
    PowerFunction powerFunction_;
    KeyboardController keyboardController_;
    IsaDma dma_;
    PostCodePort postCodePort_;
    DebugExitPort debugExitPort_;
    std::unique_ptr<TestDevice> testDevice_;  // only together with the debug exit port
};

}  // namespace devices
