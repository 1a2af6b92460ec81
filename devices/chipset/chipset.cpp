// SPDX-License-Identifier: GPL-3.0-or-later
#include "chipset.h"

namespace devices {

using hypervisor::Gpa;
using hypervisor::IoApic;
using hypervisor::Partition;
using hypervisor::Pic;
using hypervisor::Result;
using hypervisor::VpIndex;

namespace {

// The host bridge of a machine of Hyper-V's: Intel's 82443BX without AGP. Its registers for shadow
// memory are not there: the area is RAM, and SeaBIOS leaves it alone behind this bridge. SeaBIOS
// looks for its configuration only behind a host bridge of QEMU's subsystem.
constexpr PciIdentity kHostBridge{.vendor = 0x8086,
                                  .device = 0x7192,
                                  .classCode = 0x06'00'00,
                                  .revision = 3,
                                  .subsystemVendor = 0x1AF4,
                                  .subsystem = 0x1100};

}  // namespace

Chipset::Chipset(const ChipsetSettings& settings, Clock& clock, MachineControl& machine)
    : machine_(machine),
      addressLine20_([this](bool open) {
          if (Partition* partition = partition_)
              partition->setAddressLine20(open);
      }),
      pic_([this](bool asserted) {
          if (Partition* partition = partition_)
              partition->setExternalInterrupt(asserted);
      }),
      ioApic_(
          [this](std::uint64_t address, std::uint32_t data) {
              if (Partition* partition = partition_)
                  partition->signalMessageInterrupt(address, data);
          },
          [this](unsigned pin, std::uint64_t address, std::uint32_t data) {
              if (Partition* partition = partition_)
                  partition->announceLevelInterrupt(pin, address, data);
          }),
      isaInterrupts_(pic_, ioApic_),
      picPorts_(pic_),
      ioApicWindow_(ioApic_),
      pit_(clock, isaInterrupts_.line(Pit::kInterrupt)),
      rtc_(clock, isaInterrupts_.line(Rtc::kInterrupt), settings.cmos),
      power_(clock, machine, isaInterrupts_.line(AcpiPowerManagement::kInterrupt)),
      smbus_(isaInterrupts_.line(AcpiPowerManagement::kInterrupt)),
      resetControl_(machine, addressLine20_),
      pciInterrupts_(isaInterrupts_),
      pci_(resetControl_),
      hostBridge_(kHostBridge),
      isaBridge_(pciInterrupts_),
      powerFunction_(power_, smbus_),
      keyboardController_(machine, addressLine20_,
                          isaInterrupts_.line(KeyboardController::kInterrupt),
                          isaInterrupts_.line(KeyboardController::kAuxiliaryInterrupt)),
      debugExitPort_(machine) {}

Result<std::unique_ptr<Chipset>> Chipset::create(const ChipsetSettings& settings, Clock& clock,
                                                 MachineControl& machine) {
    std::unique_ptr<Chipset> chipset(new Chipset(settings, clock, machine));
    if (auto claimed = chipset->claim(settings.debugExit); !claimed)
        return std::unexpected(claimed.error());
    return chipset;
}

void Chipset::connect(Partition* partition) {
    partition_ = partition;
    dma_.connect(partition != nullptr ? &partition->memory() : nullptr);
}

Result<void> Chipset::claim(bool debugExit) {
    Result<void> result;
    const auto then = [&result](auto&& step) {
        if (result)
            result = step();
    };
    then([&] { return ports_.claim("first 8259", {Pic::kMasterPort, 2, 1}, picPorts_); });
    then([&] { return ports_.claim("second 8259", {Pic::kSlavePort, 2, 1}, picPorts_); });
    then([&] { return ports_.claim("8259 modes", {Pic::kEdgeLevelPort, 2, 1}, picPorts_); });
    then([&] { return mmio_.claim("IOAPIC", IoApic::kAddress, IoApic::kSize, ioApicWindow_); });
    then([&] { return pit_.claimPorts(ports_); });
    then([&] { return rtc_.claimPorts(ports_); });
    then([&] { return powerFunction_.claimPorts(ports_); });
    then([&] { return resetControl_.claimPorts(ports_); });
    then([&] { return pci_.claimPorts(ports_); });
    then([&] { return pci_.add(0, 0, hostBridge_); });
    then([&] { return pci_.add(IsaBridge::kDevice, IsaBridge::kFunction, isaBridge_); });
    then(
        [&] { return pci_.add(PowerFunction::kDevice, PowerFunction::kFunction, powerFunction_); });
    then([&] { return keyboardController_.claimPorts(ports_); });
    then([&] { return dma_.claimPorts(ports_); });
    then([&] { return postCodePort_.claimPorts(ports_); });
    if (debugExit) {
        testDevice_ = std::make_unique<TestDevice>(isaInterrupts_, ioApic_);
        then([&] { return debugExitPort_.claimPorts(ports_); });
        then([&] { return testDevice_->claim(ports_, mmio_); });
    }
    setEdgeLevel();
    return result;
}

void Chipset::reset() {
    // Devices first: what they drive is at rest when the controllers start afresh.
    pit_.reset();
    rtc_.reset();
    power_.reset();
    smbus_.reset();
    resetControl_.reset();
    pci_.reset();
    keyboardController_.reset();
    dma_.reset();
    if (testDevice_)
        testDevice_->reset();
    ioApic_.reset();
    pic_.reset();
    setEdgeLevel();
}

void Chipset::setEdgeLevel() {
    // As firmware leaves it where the links are routed to.
    unsigned levels = 0;
    for (const unsigned irq : PciInterrupts::kFirmwareRoutes)
        levels |= 1U << irq;
    pic_.writePort(Pic::kEdgeLevelPort, static_cast<std::uint8_t>(levels));
    pic_.writePort(Pic::kEdgeLevelPort + 1, static_cast<std::uint8_t>(levels >> 8));
}

std::uint32_t Chipset::readPort(VpIndex /*vp*/, std::uint16_t port, unsigned size) {
    return ports_.read(port, size);
}

void Chipset::writePort(VpIndex /*vp*/, std::uint16_t port, unsigned size, std::uint32_t value) {
    ports_.write(port, size, value);
}

std::uint64_t Chipset::readMmio(VpIndex /*vp*/, Gpa gpa, unsigned size) {
    return mmio_.read(gpa, size);
}

void Chipset::writeMmio(VpIndex /*vp*/, Gpa gpa, unsigned size, std::uint64_t value) {
    mmio_.write(gpa, size, value);
}

std::optional<std::uint64_t> Chipset::readMsr(VpIndex /*vp*/, std::uint32_t /*msr*/) {
    return std::nullopt;
}

bool Chipset::writeMsr(VpIndex /*vp*/, std::uint32_t /*msr*/, std::uint64_t /*value*/) {
    return false;
}

std::uint8_t Chipset::acknowledgeExternalInterrupt() {
    return pic_.acknowledge();
}

void Chipset::resetRequested(VpIndex /*vp*/) {
    machine_.reset();
}

void Chipset::guestCrashed(VpIndex /*vp*/, const hypervisor::GuestCrash& crash) {
    machine_.guestCrashed(crash);
}

void Chipset::endOfInterrupt(std::uint8_t vector) {
    ioApic_.endOfInterrupt(vector);
}

}  // namespace devices
