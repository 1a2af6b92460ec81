// SPDX-License-Identifier: GPL-3.0-or-later
#include "software_processor.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

#include "hypervisor/guest_memory.h"
#include "hypervisor/software/code_pages.h"
#include "hypervisor/software/control_bits.h"
#include "hypervisor/software/fxsave_image.h"
#include "hypervisor/software/processor.h"
#include "hypervisor/software/run_loop.h"
#include "native_entry.h"

namespace oracle {

using namespace hypervisor;
using namespace hypervisor::software;

namespace {

// Guest physical memory.
constexpr std::uint64_t kPml4 = 0x1000;
constexpr std::uint64_t kLowPdpt = 0x2000;
constexpr std::uint64_t kLowDirectory = 0x3000;
constexpr std::uint64_t kCodeTable = 0x4000;
constexpr std::uint64_t kDataTable = 0x5000;
constexpr std::uint64_t kHighPdpt = 0x6000;
constexpr std::uint64_t kHighDirectory = 0x7000;
constexpr std::uint64_t kHighTable = 0x8000;
constexpr std::uint64_t kGdt = 0x9000;
constexpr std::uint64_t kIdt = 0xA000;
constexpr std::uint64_t kTss = 0xB000;
constexpr std::uint64_t kHandlers = 0xC000;
constexpr std::uint64_t kStackTop = 0x1'0000;
constexpr std::uint64_t kWindowPages = 0x8'0000;
constexpr std::uint64_t kMemorySize = 0x10'0000;

/// Where the supervisor sees physical memory.
constexpr std::uint64_t kSupervisor = 0xFFFF'8000'0000'0000;
constexpr unsigned kHandlerSize = 16;

constexpr std::uint64_t kPresent = 1;
constexpr std::uint64_t kWritable = 2;
constexpr std::uint64_t kUser = 4;
constexpr std::uint64_t kNoExecute = 1ULL << 63;

constexpr std::uint16_t kKernelCode = 0x10;
constexpr std::uint16_t kUserData = 0x2B;
constexpr std::uint16_t kTaskSelector = 0x40;
constexpr std::uint16_t kCode64Attributes = 0xA0FB;
constexpr std::uint16_t kCode32Attributes = 0xC0FB;
constexpr std::uint16_t kDataAttributes = 0xC0F3;

/// User mode reaches no device and no platform MSR.
class NoEnvironment final : public ProcessorEnvironment {
  public:
    std::uint32_t readPort(std::uint16_t, unsigned) override { return ~0U; }
    void writePort(std::uint16_t, unsigned, std::uint32_t) override {}
    std::uint64_t readMmio(Gpa, unsigned) override { return ~0ULL; }
    void writeMmio(Gpa, unsigned, std::uint64_t) override {}
    std::optional<std::uint64_t> readMsr(std::uint32_t) override { return std::nullopt; }
    bool writeMsr(std::uint32_t, std::uint64_t) override { return false; }
    CpuidResult cpuid(const Processor&, std::uint32_t, std::uint32_t) override { return {}; }
    std::uint64_t readTsc() override { return 0; }
    std::uint64_t readCr8() override { return 0; }
    void writeCr8(std::uint64_t) override {}
    bool hypercall(Processor&) override { return false; }
    void pause() override {}
};

}  // namespace

struct SoftwareProcessor::Machine {
    Machine(std::unique_ptr<GuestMemory> guestMemory, const TestMemory& original)
        : memory(std::move(guestMemory)),
          codePages(*memory),
          processor(*memory, codePages, environment, 0),
          background(original),
          windows(*reinterpret_cast<TestMemory*>(memory->at(kWindowPages, sizeof(TestMemory)))) {
        memory->observe(&codePages);
        codePages.join(processor.participant);
        buildTables();
        windows = background;
        ProcessorState state;
        state.cr0 = cr0::kProtection | cr0::kMonitorCoprocessor | cr0::kExtensionType |
                    cr0::kNumericError | cr0::kWriteProtect | cr0::kAlignmentMask | cr0::kPaging;
        state.cr3 = kPml4;
        state.cr4 = cr4::kPhysicalAddressExtension | cr4::kOsFxsr | cr4::kOsSimdExceptions |
                    cr4::kFsGsBase | cr4::kOsXsave;
        state.efer =
            efer::kSyscall | efer::kLongModeEnable | efer::kLongModeActive | efer::kNoExecute;
        state.xcr0 = 3;
        state.gdtr = {kSupervisor + kGdt, 0x4F};
        state.idtr = {kSupervisor + kIdt, 0xFFF};
        state.tr = {kSupervisor + kTss, 0x67, kTaskSelector, 0x8B};
        processor.load(state);
        watchdog = std::jthread([this](const std::stop_token& stop) { watch(stop); });
    }

    template <class T>
    void put(Gpa gpa, T value) {
        std::memcpy(memory->at(gpa, sizeof value), &value, sizeof value);
    }

    void buildTables() {
        const std::uint64_t all = kPresent | kWritable | kUser;
        put(kPml4, kLowPdpt | all);
        put(kLowPdpt, kLowDirectory | all);
        put(kLowDirectory + 8 * (kCode.address >> 21), kCodeTable | all);
        put(kLowDirectory + 8 * (kData.address >> 21), kDataTable | all);
        for (const Window& window : kWindows)
            for (std::size_t i = 0; i < window.pages; ++i)
                put(((window.address >> 21) == (kCode.address >> 21) ? kCodeTable : kDataTable) +
                        8 * ((window.address / kPage + i) & 511),
                    (kWindowPages + (window.page + i) * kPage) | kPresent | kUser |
                        (window.writable ? kWritable : 0) | (window.executable ? 0 : kNoExecute));
        put(kPml4 + 8 * 256, kHighPdpt | kPresent | kWritable);
        put(kHighPdpt, kHighDirectory | kPresent | kWritable);
        put(kHighDirectory, kHighTable | kPresent | kWritable);
        for (std::uint64_t page = 0; page < kMemorySize; page += kPage)
            put(kHighTable + 8 * (page / kPage), page | kPresent | kWritable);

        const auto segment = [](std::uint64_t attributes) {
            return 0x000F'0000'0000'FFFF | attributes << 40;
        };
        put(kGdt + 0x08, segment(0xC09B));
        put(kGdt + kKernelCode, segment(0xA09B));
        put(kGdt + 0x18, segment(0xC093));
        put(kGdt + (kSelector32 & ~7ULL), segment(kCode32Attributes));
        put(kGdt + (kUserData & ~7U), segment(kDataAttributes));
        put(kGdt + (kSelector64 & ~7ULL), segment(kCode64Attributes));
        put(kTss + 4, kSupervisor + kStackTop);
        put<std::uint16_t>(kTss + 102, 104);
        for (unsigned vector = 0; vector < 256; ++vector) {
            const std::uint64_t handler = kSupervisor + kHandlers + vector * kHandlerSize;
            const std::uint64_t privilege = vector == 3 || vector == 4 ? 3 : 0;
            put(kIdt + 16 * vector, (handler & 0xFFFF) | std::uint64_t{kKernelCode} << 16 |
                                        (0x8E00 | privilege << 13) << 32 |
                                        (handler >> 16 & 0xFFFF) << 48);
            put(kIdt + 16 * vector + 8, handler >> 32);
            put<std::uint8_t>(kHandlers + vector * kHandlerSize, 0xF4);
        }
    }

    /// Ends a case that does not end by itself.
    void watch(const std::stop_token& stop) {
        std::uint64_t seen = ~0ULL;
        while (!stop.stop_requested()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(500));
            const std::uint64_t now = ran.load(std::memory_order_relaxed);
            if (now == seen)
                processor.attention.fetch_or(attention::kStop);
            seen = now;
        }
    }

    std::unique_ptr<GuestMemory> memory;
    CodePages codePages;
    NoEnvironment environment;
    Processor processor;
    const TestMemory& background;
    TestMemory& windows;
    std::atomic<std::uint64_t> ran{0};
    std::jthread watchdog;
};

SoftwareProcessor::SoftwareProcessor(std::unique_ptr<Machine> machine)
    : machine_(std::move(machine)) {}
SoftwareProcessor::~SoftwareProcessor() = default;

Result<std::unique_ptr<SoftwareProcessor>> SoftwareProcessor::create(const TestMemory& background) {
    auto memory = GuestMemory::create(kMemorySize);
    if (!memory)
        return std::unexpected(memory.error());
    return std::unique_ptr<SoftwareProcessor>(
        new SoftwareProcessor(std::make_unique<Machine>(std::move(*memory), background)));
}

Outcome SoftwareProcessor::run(const Case& test) {
    // The watchdog may just have barked at the time between two cases.
    Outcome outcome = runOnce(test);
    return outcome.ending == Ending::Hang ? runOnce(test) : outcome;
}

Outcome SoftwareProcessor::runOnce(const Case& test) {
    Machine& machine = *machine_;
    Processor& p = machine.processor;
    machine.ran.fetch_add(1, std::memory_order_relaxed);
    p.attention.fetch_and(~attention::kStop);

    prepareMemory(test, machine.windows);
    const Gpa codeStart = kWindowPages + kCode.page * kPage;
    machine.memory->written(codeStart, kCode.pages * kPage);

    const bool is64Bit = test.codeSize == CodeSize::Bits64;
    std::copy(test.initial.registers.begin(), test.initial.registers.end(), p.registers.begin());
    p.rip = test.initial.rip;
    p.setRflags(test.initial.rflags);
    p.cpl = 3;
    p.halted = false;
    p.interruptShadow = false;
    p.faulted = false;
    const Segment data{0, 0xFFFF'FFFF, kUserData, kDataAttributes};
    const Segment null{0, 0, 0, 0};
    p[SegmentName::Cs] = {0, 0xFFFF'FFFF,
                          static_cast<std::uint16_t>(is64Bit ? kSelector64 : kSelector32),
                          is64Bit ? kCode64Attributes : kCode32Attributes};
    p[SegmentName::Ss] = data;
    for (const SegmentName name :
         {SegmentName::Ds, SegmentName::Es, SegmentName::Fs, SegmentName::Gs})
        p[name] = is64Bit ? null : data;
    p[SegmentName::Fs].base = test.initial.fsBase;
    p[SegmentName::Gs].base = test.initial.gsBase;
    loadFxsaveImage(p, test.initial.floatingPoint);
    p.updateMode();

    Outcome outcome;
    if (runProcessor(p) != Pause::Halted) {
        outcome.ending = Ending::Hang;
        collectMemory(machine.windows, machine.background, outcome);
        return outcome;
    }

    const std::uint64_t frameEnd = kStackTop;
    const auto stacked = [&](unsigned slot) {
        return machine.memory->read<std::uint64_t>(frameEnd - 8 * slot).value_or(0);
    };
    outcome.vector = static_cast<std::uint8_t>((p.rip - kSupervisor - kHandlers) / kHandlerSize);
    outcome.faultAddress = p.cr2;
    if (p[Register::Rsp] == kSupervisor + kStackTop - 48)
        outcome.errorCode = static_cast<std::uint32_t>(stacked(6));
    outcome.codeSelector = static_cast<std::uint16_t>(stacked(4));
    MachineState& state = outcome.final;
    std::copy_n(p.registers.begin(), state.registers.size(), state.registers.begin());
    state.registers[static_cast<std::size_t>(Register::Rsp)] = stacked(2);
    state.rflags = stacked(3);
    state.rip = stacked(5);
    state.fsBase = p[SegmentName::Fs].base;
    state.gsBase = p[SegmentName::Gs].base;
    state.floatingPoint = fxsaveImage(p);
    collectMemory(machine.windows, machine.background, outcome);
    return outcome;
}

}  // namespace oracle
