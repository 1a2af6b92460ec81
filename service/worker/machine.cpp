// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <cerrno>
#include <utility>

#include "devices/firmware/acpi_tables.h"
#include "devices/firmware/kernel_loader.h"
#include "devices/firmware/memory_map.h"
#include "hypervisor/guest_memory.h"

namespace service {

using devices::ImageFile;
using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::GuestMemory;
using hypervisor::Hypervisor;
using hypervisor::ProcessorState;
using hypervisor::Result;

Machine::Machine(const MachineSettings& settings, ImageFile kernel,
                 std::vector<ImageFile> initialRamDisks)
    : settings_(settings),
      kernel_(std::move(kernel)),
      initialRamDisks_(std::move(initialRamDisks)),
      end_([this] {
          if (VirtualProcessorThreads* const processors = stopping_)
              processors->requestPark();
      }) {}

Machine::~Machine() {
    // Until here a stop() from another thread may still want the VPs.
    stopping_ = nullptr;
}

Result<std::unique_ptr<Machine>> Machine::create(Hypervisor& hypervisor,
                                                 const MachineSettings& settings, ImageFile kernel,
                                                 std::vector<ImageFile> initialRamDisks,
                                                 FileDescriptor console) {
    std::unique_ptr<Machine> machine(
        new Machine(settings, std::move(kernel), std::move(initialRamDisks)));
    if (const auto built = machine->build(hypervisor, std::move(console)); !built)
        return std::unexpected(built.error());
    auto start = machine->load();
    if (!start)
        return std::unexpected(start.error());
    machine->start_ = *start;
    return machine;
}

Result<void> Machine::build(Hypervisor& hypervisor, FileDescriptor console) {
    auto proto = hypervisor.createPartition({settings_.processors});
    if (!proto)
        return std::unexpected(proto.error());
    const hypervisor::PartitionLimits limits = (*proto)->limits();
    if (settings_.processors > limits.maximumProcessors)
        return failure(fmt::format("the {} backend can't run {} VPs; give at most {}",
                                   hypervisor::name(hypervisor.backend()), settings_.processors,
                                   limits.maximumProcessors));
    auto memory = GuestMemory::create(settings_.memoryBytes);
    if (!memory)
        return std::unexpected(memory.error());
    const std::uint64_t highMemory = settings_.memoryBytes > hypervisor::kLowRamEnd
                                         ? settings_.memoryBytes - hypervisor::kLowRamEnd
                                         : 0;
    if (highMemory > (std::uint64_t{1} << limits.physicalAddressBits) - hypervisor::kHighRamStart)
        return failure(
            fmt::format("{} MiB of memory are more than the {} bits of a physical "
                        "address reach; give the machine less",
                        settings_.memoryBytes >> 20, limits.physicalAddressBits));

    auto chipset =
        devices::Chipset::create({.cmos = {.memoryBelow4GiB = settings_.memoryBytes - highMemory,
                                           .memoryAbove4GiB = highMemory,
                                           .processors = settings_.processors},
                                  .debugExit = settings_.debugExit},
                                 clock_, end_);
    if (!chipset)
        return std::unexpected(chipset.error());
    chipset_ = std::move(*chipset);
    auto partition = std::move(**proto).build(std::move(*memory), *chipset_);
    if (!partition)
        return std::unexpected(partition.error());
    partition_ = std::move(*partition);
    chipset_->connect(partition_.get());
    if (const auto added = addDevices(std::move(console)); !added)
        return added;

    auto processors = VirtualProcessorThreads::create(
        *partition_, [this](std::string report) { end_.crash(std::move(report)); });
    if (!processors)
        return std::unexpected(processors.error());
    processors_ = std::move(*processors);
    stopping_ = processors_.get();
    return {};
}

Result<void> Machine::addDevices(FileDescriptor console) {
    FileDescriptor output(::fcntl(console.get(), F_DUPFD_CLOEXEC, 0));
    if (!output)
        return hypervisor::systemFailure("can't wire COM1 to its stream", errno);
    auto stream = devices::SerialStream::create(std::move(console), std::move(output));
    if (!stream)
        return std::unexpected(stream.error());
    console_ = std::move(*stream);
    for (std::size_t index = 0; index < serialPorts_.size(); ++index) {
        const devices::SerialAddress& address = devices::kSerialAddresses[index];
        // COM2 to COM4 are there with nothing plugged in.
        serialPorts_[index] = std::make_unique<devices::SerialPort>(
            clock_, chipset_->interruptLine(address.interrupt),
            index == 0 ? console_.get() : nullptr);
        if (const auto claimed = serialPorts_[index]->claimPorts(
                chipset_->ports(), fmt::format("COM{}", index + 1), address.port);
            !claimed)
            return claimed;
    }
    if (!settings_.debugExit)
        return {};
    firmwareConfiguration_ = std::make_unique<devices::FirmwareConfiguration>(
        settings_.processors, settings_.memoryBytes);
    return firmwareConfiguration_->claimPorts(chipset_->ports());
}

Result<ProcessorState> Machine::load() {
    const GuestMemory& memory = partition_->memory();
    devices::writeBiosDataArea(memory);
    const auto rootPointer = devices::writeAcpiTables(memory, settings_.processors);
    if (!rootPointer)
        return std::unexpected(rootPointer.error());
    return devices::loadKernel(memory,
                               {kernel_, initialRamDisks_, settings_.commandLine, *rootPointer});
}

Result<void> Machine::reset() {
    for (const auto& port : serialPorts_)
        port->reset();
    chipset_->reset();
    return partition_->reset();
}

WorkerEvent Machine::run() {
    for (;;) {
        processors_->resume(start_);
        WorkerEvent end = end_.wait();
        // Again, because the one at the wish may have come before resume().
        processors_->requestPark();
        processors_->waitUntilParked();
        // A wish from outside may have overridden a reset meanwhile.
        end = end_.wait();
        if (end.kind != WorkerEventKind::Reset || !settings_.restartOnReset)
            return end;
        if (const auto done = reset(); !done)
            return {WorkerEventKind::Crashed, done.error().message, 0};
        const auto start = load();
        if (!start)
            return {WorkerEventKind::Crashed, start.error().message, 0};
        start_ = *start;
        end_.forgetReset();
    }
}

}  // namespace service
