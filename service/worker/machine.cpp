// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "devices/emulated/vga/plane_memory.h"
#include "devices/firmware/acpi_tables.h"
#include "devices/firmware/kernel_loader.h"
#include "devices/firmware/memory_map.h"
#include "devices/firmware/multiprocessor_table.h"
#include "devices/firmware/network_rom.h"
#include "devices/firmware/smbios_tables.h"
#include "hypervisor/guest_memory.h"
#include "hypervisor/stats/counted_report.h"
#include "vmbus/guid.h"

namespace service {

using hypervisor::failure;
using hypervisor::GuestMemory;
using hypervisor::Hypervisor;
using hypervisor::ProcessorState;
using hypervisor::Result;

namespace {

/// What may come to a machine's memory, as far as physical addresses reach.
std::uint64_t mostGrowth(const MachineSettings& settings, unsigned physicalAddressBits) {
    if (settings.maximumMemoryBytes <= settings.memoryBytes)
        return 0;
    // Rounding up what is there already takes less than a unit, the low gap is below it.
    const std::uint64_t reach = (std::uint64_t{1} << physicalAddressBits) -
                                hypervisor::kHighRamStart - hypervisor::kGrowthUnit;
    return std::min(settings.maximumMemoryBytes - settings.memoryBytes,
                    reach - std::min(reach, settings.memoryBytes));
}

}  // namespace

Machine::Machine(const MachineSettings& settings, BootImages boot, MachineCallbacks callbacks)
    : settings_(settings),
      callbacks_(std::move(callbacks)),
      boot_(std::move(boot)),
      end_(
          [this] {
              if (VirtualProcessorThreads* const processors = stopping_)
                  processors->requestPark();
          },
          [this](const hypervisor::GuestCrash& crash) { tellGuestCrash(crash); }) {}

Machine::~Machine() {
    // Until here a stop() from another thread may still want the VPs.
    stopping_ = nullptr;
}

Result<std::unique_ptr<Machine>> Machine::create(Hypervisor& hypervisor,
                                                 const MachineSettings& settings, BootImages boot,
                                                 SerialWiring serial, SyntheticOrder synthetic,
                                                 MachineCallbacks callbacks) {
    std::unique_ptr<Machine> machine(new Machine(settings, std::move(boot), std::move(callbacks)));
    if (const auto built = machine->build(hypervisor, std::move(serial), std::move(synthetic));
        !built)
        return std::unexpected(built.error());
    auto start = machine->load();
    if (!start)
        return std::unexpected(start.error());
    machine->start_ = *start;
    return machine;
}

Result<void> Machine::build(Hypervisor& hypervisor, SerialWiring serial, SyntheticOrder synthetic) {
    auto stats = hypervisor::StatsMemory::create(settings_.processors);
    if (!stats)
        return std::unexpected(stats.error());
    stats_ = std::move(*stats);
    auto proto = hypervisor.createPartition(
        {settings_.processors, stats_->processors(), settings_.timeDivisor});
    if (!proto)
        return std::unexpected(proto.error());
    const hypervisor::PartitionLimits limits = (*proto)->limits();
    if (settings_.processors > limits.maximumProcessors)
        return failure(fmt::format("the {} backend can't run {} VPs; give at most {}",
                                   hypervisor::name(hypervisor.backend()), settings_.processors,
                                   limits.maximumProcessors));
    // A machine that is run without the service has none.
    if (const auto id = vmbus::Guid::parse(synthetic.machineId))
        identity_ = id->bytes;
    const std::uint64_t highMemory = settings_.memoryBytes > hypervisor::kLowRamEnd
                                         ? settings_.memoryBytes - hypervisor::kLowRamEnd
                                         : 0;
    if (highMemory > (std::uint64_t{1} << limits.physicalAddressBits) - hypervisor::kHighRamStart)
        return failure(
            fmt::format("{} MiB of memory are more than the {} bits of a physical "
                        "address reach; give the machine less",
                        settings_.memoryBytes >> 20, limits.physicalAddressBits));
    auto memory = GuestMemory::create(settings_.memoryBytes,
                                      mostGrowth(settings_, limits.physicalAddressBits));
    if (!memory)
        return std::unexpected(memory.error());
    if (synthetic.screen)
        (*memory)->leaveOut(devices::vga::PlaneMemory::kStart, devices::vga::PlaneMemory::kSize);
    stats_->header().assignedMemory.set(settings_.memoryBytes);

    auto chipset = devices::Chipset::create(
        {.cmos = {.memoryBelow4GiB = settings_.memoryBytes - highMemory,
                  .memoryAbove4GiB = highMemory,
                  .processors = settings_.processors,
                  .disketteDrive = static_cast<std::uint8_t>(
                      synthetic.disketteDrive ? std::to_underlying(*synthetic.disketteDrive) : 0)},
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
    if (boot_.networkRom) {
        auto rom = devices::makeNetworkRom(*boot_.networkRom);
        if (!rom)
            return std::unexpected(rom.error());
        synthetic.networkRom = std::make_shared<const devices::NetworkRom>(std::move(*rom));
    }
    if (const auto added = addDevices(std::move(serial), std::move(synthetic)); !added)
        return added;

    auto processors = VirtualProcessorThreads::create(
        *partition_, {[this](std::string report) { end_.crash(std::move(report)); },
                      [this](hypervisor::VpIndex index) { tellFirstRun(index); }});
    if (!processors)
        return std::unexpected(processors.error());
    processors_ = std::move(*processors);
    pacing_ = std::make_unique<VirtualProcessorPacing>(timers_, *processors_);
    stopping_ = processors_.get();
    stats_->publish(partition_->countedStats(), partition_->tscFrequency());
    return setPacing(settings_.pacing);
}

Result<void> Machine::addDevices(SerialWiring serial, SyntheticOrder synthetic) {
    SyntheticDevices::Callbacks callbacks;
    callbacks.onNotice = [this](std::string text) {
        tell({WorkerEventKind::Notice, std::move(text)});
    };
    callbacks.onDriveFailed = [this](std::string text) {
        tell({WorkerEventKind::DriveFailed, std::move(text)});
    };
    callbacks.onDiscEjected = [this](const WorkerDrive& drive, std::string text) {
        WorkerEvent event{WorkerEventKind::DiscEjected, std::move(text)};
        event.drive = drive;
        tell(std::move(event));
    };
    callbacks.onGuestReport = [this](const GuestReport& report) {
        WorkerEvent event{WorkerEventKind::GuestReported, {}};
        event.guest = report;
        tell(std::move(event));
    };
    callbacks.copy.onProgress = [this](std::uint32_t thousandths) {
        tell({WorkerEventKind::CopyProgress, {}, thousandths});
    };
    callbacks.copy.onEnd = [this](const Result<void>& result) {
        tell({WorkerEventKind::FileCopied, result ? std::string() : result.error().message});
    };
    auto devices = SyntheticDevices::create(*partition_, *chipset_, clock_, *stats_,
                                            std::move(synthetic), std::move(callbacks));
    if (!devices)
        return std::unexpected(devices.error());
    synthetic_ = std::move(*devices);
    auto ports = SerialPorts::create(clock_, *chipset_, std::move(serial));
    if (!ports)
        return std::unexpected(ports.error());
    serialPorts_ = std::move(*ports);
    return addFirmware();
}

Result<void> Machine::addFirmware() {
    std::vector<devices::FirmwareFile> files;
    if (boot_.systemBios) {
        auto bios = devices::Bios::create(*boot_.systemBios, boot_.videoBios,
                                          {settings_.processors,
                                           {.ps2 = chipset_->keyboardController().hasDevices(),
                                            .vga = boot_.videoBios.has_value(),
                                            .disketteDrive = synthetic_->disketteDrive()},
                                           boot_.bootOrder,
                                           !boot_.videoBios,
                                           identity_});
        if (!bios)
            return std::unexpected(bios.error());
        bios_.emplace(std::move(*bios));
        if (auto claimed = bios_->claim(chipset_->mmio()); !claimed)
            return claimed;
        auto made = bios_->files(partition_->memory());
        if (!made)
            return std::unexpected(made.error());
        files = std::move(*made);
        firmwareLog_ = std::make_unique<devices::FirmwareLog>(
            [this](const std::string& why) { tellNothingToBoot(why); });
        if (auto claimed = firmwareLog_->claimPorts(chipset_->ports()); !claimed)
            return claimed;
    } else if (!settings_.debugExit) {
        return {};
    }
    firmwareConfiguration_ = std::make_unique<devices::FirmwareConfiguration>(
        settings_.processors, settings_.memoryBytes, std::move(files));
    return firmwareConfiguration_->claimPorts(chipset_->ports());
}

Result<ProcessorState> Machine::load() {
    const GuestMemory& memory = partition_->memory();
    if (bios_)
        return bios_->load(memory);
    devices::writeBiosDataArea(memory);
    const auto rootPointer =
        devices::writeAcpiTables(memory, settings_.processors,
                                 {.ps2 = chipset_->keyboardController().hasDevices(),
                                  .disketteDrive = synthetic_->disketteDrive()});
    if (!rootPointer)
        return std::unexpected(rootPointer.error());
    if (auto written = devices::writeMultiprocessorTable(memory, settings_.processors); !written)
        return std::unexpected(written.error());
    if (auto written = devices::writeSmbiosTables(memory, settings_.processors, identity_);
        !written)
        return std::unexpected(written.error());
    return devices::loadKernel(
        memory, {*boot_.kernel, boot_.initialRamDisks, settings_.commandLine, *rootPointer});
}

Result<void> Machine::reset() {
    synthetic_->reset();
    serialPorts_->reset();
    if (firmwareConfiguration_)
        firmwareConfiguration_->reset();
    if (firmwareLog_)
        firmwareLog_->reset();
    chipset_->reset();
    return partition_->reset();
}

std::optional<WorkerEvent> Machine::restart() {
    if (const auto done = reset(); !done)
        return WorkerEvent{WorkerEventKind::Crashed, done.error().message};
    const auto start = load();
    if (!start)
        return WorkerEvent{WorkerEventKind::Crashed, start.error().message};
    start_ = *start;
    ++resets_;
    return std::nullopt;
}

void Machine::release() {
    processors_->resume(std::exchange(start_, std::nullopt));
}

WorkerEvent Machine::run() {
    if (!settings_.held)
        static_cast<void>(start().has_value());
    for (;;) {
        WorkerEvent end = end_.wait();
        {
            const std::scoped_lock lock(transition_);
            // Again, because the one at the wish may have come before resume().
            processors_->requestPark();
            processors_->waitUntilParked();
            // A wish from outside may have overridden a reset meanwhile.
            end = end_.wait();
            const bool again = end.kind == WorkerEventKind::Reset &&
                               (settings_.restartOnReset || end.value == MachineEnd::kFromOutside);
            if (again) {
                if (auto failed = restart())
                    end = std::move(*failed);
            }
            if (!again || end.kind != WorkerEventKind::Reset) {
                state_ = MachineRunState::Ended;
                end.value = end.kind == WorkerEventKind::Reset ? 0 : end.value;
                return end;
            }
            end_.forgetReset();
            if (state_ == MachineRunState::Running)
                release();
        }
        tell({WorkerEventKind::Restarted, {}});
    }
}

// --- What the owner can do ---

Result<void> Machine::start() {
    const std::scoped_lock lock(transition_);
    if (state_ != MachineRunState::Prepared)
        return failure("the machine has been started already");
    state_ = MachineRunState::Running;
    release();
    return {};
}

Result<void> Machine::pause() {
    {
        const std::scoped_lock lock(transition_);
        if (state_ != MachineRunState::Running)
            return failure("only a running machine can be paused");
        processors_->requestPark();
        processors_->waitUntilParked();
        timers_.freeze();
        if (const auto frozen = partition_->setTimeFrozen(true); !frozen) {
            timers_.thaw();
            release();
            return frozen;
        }
        state_ = MachineRunState::Paused;
        pausedAt_ = std::chrono::steady_clock::now();
    }
    tell({WorkerEventKind::Paused, {}});
    return {};
}

Result<void> Machine::resume() {
    {
        const std::scoped_lock lock(transition_);
        if (state_ != MachineRunState::Paused)
            return failure("only a paused machine can be resumed");
        if (const auto thawed = partition_->setTimeFrozen(false); !thawed)
            return thawed;
        timers_.thaw();
        const std::chrono::nanoseconds pause = std::chrono::steady_clock::now() - pausedAt_;
        stats_->header().pausedTime.add(static_cast<std::uint64_t>(pause.count()));
        state_ = MachineRunState::Running;
        release();
    }
    synthetic_->resumed();
    tell({WorkerEventKind::Resumed, {}});
    return {};
}

Result<void> Machine::requestReset() {
    const std::scoped_lock lock(transition_);
    if (state_ != MachineRunState::Running && state_ != MachineRunState::Paused)
        return failure("only a running or paused machine can be reset");
    end_.resetFromOutside();
    return {};
}

Result<void> Machine::pressPowerButton() {
    const std::scoped_lock lock(transition_);
    if (state_ != MachineRunState::Running)
        return failure("only a running machine can take a press of its power button");
    chipset_->pressPowerButton();
    return {};
}

Result<std::string> Machine::inspect() {
    const std::scoped_lock lock(transition_);
    if (state_ == MachineRunState::Ended)
        return failure("the machine has ended");
    if (state_ == MachineRunState::Running) {
        processors_->requestPark();
        processors_->waitUntilParked();
    }
    std::string text;
    const std::vector<std::string> reports = processors_->reports();
    for (std::size_t index = 0; index < reports.size(); ++index)
        text += reports[index] + hypervisor::describeCounters(stats_->processors()[index],
                                                              partition_->countedStats());
    if (state_ == MachineRunState::Running)
        release();
    return text;
}

Result<void> Machine::setPacing(std::uint32_t limit) {
    if (limit == 0 || limit > kNoLimit)
        return failure(fmt::format(
            "a limit of {} thousandths of a percent is impossible; give 1 to {}", limit, kNoLimit));
    // Pacing looks at its VPs by the machine's own timers.
    if (limit != kNoLimit && settings_.timeDivisor != 1)
        return failure("a machine whose time is slowed can't be held to a limit by its worker");
    const std::scoped_lock lock(transition_);
    pacingLimit_ = limit;
    if (limit == kNoLimit)
        pacing_->setLimit(std::nullopt);
    else
        pacing_->setLimit(static_cast<double>(limit) / kNoLimit * settings_.processors);
    return {};
}

MachineDescription Machine::describe() {
    MachineDescription description;
    description.processors = settings_.processors;
    description.memoryBytes = settings_.memoryBytes;
    std::uint32_t index = 0;
    for (const hypervisor::VpStats& processor : stats_->processors())
        description.threads.push_back({static_cast<std::uint32_t>(processor.thread.read()),
                                       WorkerThreadKind::Processor, index++});
    const std::scoped_lock lock(transition_);
    description.state = state_;
    description.pacing = pacingLimit_;
    description.resets = resets_;
    return description;
}

// --- What is told ---

void Machine::tell(WorkerEvent event) const {
    if (callbacks_.onEvent)
        callbacks_.onEvent(std::move(event));
}

void Machine::tellNothingToBoot(const std::string& why) const {
    tell({WorkerEventKind::NothingToBoot,
          fmt::format("the firmware has found nothing to boot from{}; insert a disc, attach a disk "
                      "with a system or change the boot order, then reset the machine",
                      why.empty() ? "" : " (" + why + ")")});
}

void Machine::tellFirstRun(hypervisor::VpIndex index) {
    if (callbacks_.onProcessorThread)
        callbacks_.onProcessorThread();
    if (index != 0)
        return;
    hypervisor::StatsHeader& header = stats_->header();
    const std::chrono::nanoseconds now = std::chrono::steady_clock::now().time_since_epoch();
    header.firstInstruction.set(static_cast<std::uint64_t>(now.count()));
    const std::uint64_t since = header.firstInstruction.read() - header.processStarted.read();
    tell({WorkerEventKind::FirstInstruction, {}, static_cast<std::uint32_t>(since / 1000)});
}

void Machine::tellGuestCrash(const hypervisor::GuestCrash& crash) {
    WorkerEvent event{WorkerEventKind::GuestCrashed, crash.message};
    for (char& character : event.text)
        if (character != '\n' && (character < ' ' || character > '~'))
            character = '?';
    event.parameters.assign(crash.parameters.begin(), crash.parameters.end());
    tell(std::move(event));
}

}  // namespace service
