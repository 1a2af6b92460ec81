// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

#include "hypervisor/software/code_pages.h"
#include "hypervisor/software/processor.h"
#include "hypervisor/software/run_loop.h"

/// A processor with a little memory and nothing else, put into one of its modes with tables that
/// the tests know.
namespace test_machine {

using namespace hypervisor;
using namespace hypervisor::software;

/// Ports and MSRs that remember.
class Environment final : public ProcessorEnvironment {
  public:
    struct PortWrite {
        std::uint16_t port;
        unsigned size;
        std::uint32_t value;
        friend bool operator==(const PortWrite&, const PortWrite&) = default;
    };

    std::uint32_t readPort(std::uint16_t port, unsigned size) override {
        ++portReads;
        return 0xA0B0'C0D0 + port + size;
    }
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override {
        written.push_back({port, size, value});
    }
    std::uint64_t readMmio(Gpa, unsigned) override { return ~std::uint64_t{0}; }
    void writeMmio(Gpa, unsigned, std::uint64_t) override {}
    std::optional<std::uint64_t> readMsr(std::uint32_t msr) override {
        const auto found = msrs.find(msr);
        return found == msrs.end() ? std::nullopt : std::optional(found->second);
    }
    bool writeMsr(std::uint32_t msr, std::uint64_t value) override {
        const auto found = msrs.find(msr);
        if (found == msrs.end())
            return false;
        found->second = value;
        return true;
    }
    CpuidResult cpuid(const Processor&, std::uint32_t leaf, std::uint32_t subleaf) override {
        return {leaf, 0x756E'6547, subleaf, 4};
    }
    std::uint64_t readTsc() override { return 0x1234'5678'9ABC'DEF0; }
    std::uint64_t readCr8() override { return cr8; }
    void writeCr8(std::uint64_t value) override { cr8 = value; }
    bool hypercall(Processor&) override {
        ++hypercalls;
        return true;
    }
    void pause() override {}

    unsigned portReads = 0;
    unsigned hypercalls = 0;
    std::uint64_t cr8 = 0;
    std::vector<PortWrite> written;
    std::map<std::uint32_t, std::uint64_t> msrs{{0x4000'0000, 0}};
};

// Selectors of the GDT that protected() and long64() set up.
inline constexpr std::uint16_t kCode32 = 0x08;
inline constexpr std::uint16_t kData = 0x10;
inline constexpr std::uint16_t kCode64 = 0x18;
inline constexpr std::uint16_t kUserCode32 = 0x23;
inline constexpr std::uint16_t kUserData = 0x2B;
inline constexpr std::uint16_t kUserCode64 = 0x33;
inline constexpr std::uint16_t kConforming = 0x38;
inline constexpr std::uint16_t kAbsentData = 0x40;
/// Sixteen bytes long in long mode.
inline constexpr std::uint16_t kTss = 0x48;
inline constexpr std::uint16_t kOtherTss = 0x58;
inline constexpr std::uint16_t kTaskGate = 0x60;
inline constexpr std::uint16_t kCallGate = 0x68;
inline constexpr std::uint16_t kReadOnly = 0x78;
inline constexpr std::uint16_t kExpandDown = 0x80;
inline constexpr std::uint16_t kCode16 = 0x88;
inline constexpr std::uint16_t kOutside = 0x200;

inline constexpr Gpa kGdt = 0x1000;
inline constexpr Gpa kIdt = 0x2000;
inline constexpr Gpa kTssBase = 0x3000;
inline constexpr Gpa kOtherTssBase = 0x4000;
inline constexpr std::uint64_t kStackTop = 0x8000;
inline constexpr std::uint64_t kKernelStack = 0x9000;
inline constexpr std::uint64_t kInterruptStack = 0xA008;
inline constexpr std::uint64_t kCodeStart = 0xC000;
inline constexpr Gpa kPageTables = 0x1'0000;
/// In 64-bit mode: a page that is not there.
inline constexpr std::uint64_t kUnmapped = 0x40'0000'0000;
/// Where vector n's handler is: kHandlers + n.
inline constexpr std::uint64_t kHandlers = 0x5000;

class Machine {
  public:
    Machine()
        : memory_(makeMemory()),
          codePages_(*memory_),
          processor_(std::make_unique<Processor>(*memory_, codePages_, environment, 0)) {
        codePages_.join(processor_->participant);
    }

    Processor& processor() { return *processor_; }

    template <class T>
    void put(Gpa gpa, T value) {
        if (!memory_->write(gpa, value))
            throw std::out_of_range("put");
    }
    template <class T>
    T get(Gpa gpa) {
        return memory_->read<T>(gpa).value();
    }

    /// Real mode; handlers as above, at segment 0.
    void real() {
        ProcessorState state;
        for (Segment& segment : state.segments)
            segment = {0, 0xFFFF, 0, 0x93};
        state.rip = kCodeStart;
        state[Register::Rsp] = kStackTop;
        for (unsigned vector = 0; vector < 256; ++vector)
            put(vector * 4, static_cast<std::uint32_t>(kHandlers + vector));
        processor_->load(state);
    }

    /// 32-bit protected mode without paging, CPL 0, interrupt gates for all vectors, of which
    /// 0x80 and up may be used by software at CPL 3.
    void protected32() {
        ProcessorState state = tables();
        state[SegmentName::Cs] = {0, 0xFFFF'FFFF, kCode32, 0xC09B};
        state.tr = {kTssBase, 0x2067, kTss, 0x8B};
        state.cr0 = 0x31;
        put<std::uint64_t>(kGdt + kTss, 0x0000'8B00'3000'2067);
        put<std::uint64_t>(kGdt + kOtherTss, 0x0000'8900'4000'0067);
        put<std::uint32_t>(kTssBase + 4, kKernelStack);
        put<std::uint16_t>(kTssBase + 8, kData);
        put<std::uint16_t>(kTssBase + 102, 104);
        for (unsigned vector = 0; vector < 256; ++vector)
            setGate(vector, kCode32, kHandlers + vector, vector >= 0x80 ? 0xEE : 0x8E);
        state.idtr = {kIdt, 0x7FF};
        processor_->load(state);
    }

    /// 64-bit mode, CPL 0; the low 2 MiB mapped one to one, for user mode too.
    void long64() {
        ProcessorState state = tables();
        state[SegmentName::Cs] = {0, 0xFFFF'FFFF, kCode64, 0xA09B};
        state.tr = {kTssBase, 0x2067, kTss, 0x8B};
        state.cr0 = 0x8000'0031;
        state.cr3 = kPageTables;
        state.cr4 = 0x620;
        state.efer = 0xD01;
        put<std::uint64_t>(kPageTables, (kPageTables + 0x1000) | 7);
        put<std::uint64_t>(kPageTables + 0x1000, (kPageTables + 0x2000) | 7);
        put<std::uint64_t>(kPageTables + 0x2000, 0x87);
        put<std::uint64_t>(kGdt + kTss, 0x0000'8B00'3000'2067);
        put<std::uint64_t>(kGdt + kTss + 8, 0);
        put<std::uint64_t>(kTssBase + 4, kKernelStack);
        put<std::uint64_t>(kTssBase + 0x24, kInterruptStack);
        put<std::uint16_t>(kTssBase + 102, 104);
        for (unsigned vector = 0; vector < 256; ++vector)
            setGate64(vector, kCode64, kHandlers + vector, vector >= 0x80 ? 0xEE : 0x8E);
        state.idtr = {kIdt, 0xFFF};
        processor_->load(state);
    }

    /// From either of the two: CPL 3, IOPL 0.
    void user() {
        ProcessorState state = processor_->save();
        const bool code64 = processor_->in64BitMode();
        state[SegmentName::Cs] = code64 ? Segment{0, 0xFFFF'FFFF, kUserCode64, 0xA0FB}
                                        : Segment{0, 0xFFFF'FFFF, kUserCode32, 0xC0FB};
        for (const SegmentName name :
             {SegmentName::Es, SegmentName::Ss, SegmentName::Ds, SegmentName::Fs, SegmentName::Gs})
            state[name] = {0, 0xFFFF'FFFF, kUserData, 0xC0F3};
        processor_->load(state);
    }

    /// From protected32(): a virtual-8086 task with all segments at 0.
    void virtual8086(unsigned iopl) {
        ProcessorState state = processor_->save();
        for (Segment& segment : state.segments)
            segment = {0, 0xFFFF, 0, 0xF3};
        state.rflags = 0x2'0202 | iopl << 12;
        processor_->load(state);
    }

    void setGate(unsigned vector, std::uint16_t selector, std::uint64_t offset,
                 std::uint8_t attributes) {
        put<std::uint64_t>(kIdt + vector * 8, (offset & 0xFFFF) | std::uint64_t{selector} << 16 |
                                                  std::uint64_t{attributes} << 40 |
                                                  (offset & 0xFFFF'0000) << 32);
    }
    void setGate64(unsigned vector, std::uint16_t selector, std::uint64_t offset,
                   std::uint8_t attributes, std::uint8_t stackTable = 0) {
        put<std::uint64_t>(kIdt + vector * 16, (offset & 0xFFFF) | std::uint64_t{selector} << 16 |
                                                   std::uint64_t{stackTable} << 32 |
                                                   std::uint64_t{attributes} << 40 |
                                                   (offset & 0xFFFF'0000) << 32);
        put<std::uint64_t>(kIdt + vector * 16 + 8, offset >> 32);
    }

    /// Writes one instruction at RIP and executes it, exception delivery included.
    void run(std::initializer_list<unsigned> bytes) {
        Gpa at = processor_->rip + processor_->segments[1].base;
        for (const unsigned byte : bytes)
            put(at++, static_cast<std::uint8_t>(byte));
        runOneInstruction(*processor_);
    }
    void step() { runOneInstruction(*processor_); }

    /// Value `slot` of the frame that a handler finds, in units of `size` bytes.
    std::uint64_t frame(unsigned slot, unsigned size) {
        std::uint64_t value = 0;
        const std::uint64_t at = (*processor_)[Register::Rsp] + slot * size;
        if (!memory_->read(at, std::as_writable_bytes(std::span(&value, 1)).first(size)))
            throw std::out_of_range("frame");
        return value;
    }

    /// Which handler execution is at; -1 for none.
    int vector() {
        const std::uint64_t rip = processor_->rip;
        return rip >= kHandlers && rip < kHandlers + 256 ? static_cast<int>(rip - kHandlers) : -1;
    }
    /// Whether the last instruction has raised `number` with `code`, in protected32() or long64().
    bool raised(Exception number, std::uint32_t code) {
        return vector() == static_cast<int>(number) &&
               frame(0, processor_->in64BitMode() ? 8 : 4) == code;
    }

    Environment environment;

  private:
    static std::unique_ptr<GuestMemory> makeMemory() {
        auto memory = GuestMemory::create(2 * 1024 * 1024);
        if (!memory)
            throw std::runtime_error(memory.error().message);
        return std::move(*memory);
    }

    ProcessorState tables() {
        put<std::uint64_t>(kGdt, 0);
        put<std::uint64_t>(kGdt + kCode32, 0x00CF'9B00'0000'FFFF);
        put<std::uint64_t>(kGdt + kData, 0x00CF'9300'0000'FFFF);
        put<std::uint64_t>(kGdt + kCode64, 0x00AF'9B00'0000'FFFF);
        put<std::uint64_t>(kGdt + 0x20, 0x00CF'FB00'0000'FFFF);
        put<std::uint64_t>(kGdt + 0x28, 0x00CF'F300'0000'FFFF);
        put<std::uint64_t>(kGdt + 0x30, 0x00AF'FB00'0000'FFFF);
        put<std::uint64_t>(kGdt + kConforming, 0x00CF'9F00'0000'FFFF);
        put<std::uint64_t>(kGdt + kAbsentData, 0x00CF'1300'0000'FFFF);
        put<std::uint64_t>(kGdt + kTaskGate, 0x0000'E500'0058'0000);
        // To kCode32:0x6000 with two parameters, usable from CPL 3.
        put<std::uint64_t>(kGdt + kCallGate, 0x0000'EC02'0008'6000);
        put<std::uint64_t>(kGdt + kCallGate + 8, 0);
        put<std::uint64_t>(kGdt + kReadOnly, 0x00CF'9100'0000'FFFF);
        put<std::uint64_t>(kGdt + kExpandDown, 0x0040'9700'0000'0FFF);
        put<std::uint64_t>(kGdt + kCode16, 0x0000'9B00'0000'FFFF);
        ProcessorState state;
        for (Segment& segment : state.segments)
            segment = {0, 0xFFFF'FFFF, kData, 0xC093};
        state.gdtr = {kGdt, 0x8F};
        state.ldtr = {0, 0xFFFF, 0, 0};
        state.rip = kCodeStart;
        state[Register::Rsp] = kStackTop;
        state[Register::Rdx] = 0;
        return state;
    }

    std::unique_ptr<GuestMemory> memory_;
    CodePages codePages_;
    std::unique_ptr<Processor> processor_;
};

}  // namespace test_machine
