// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <optional>

#include "hypervisor/guest_memory.h"
#include "hypervisor/software/code_pages.h"
#include "hypervisor/software/mxcsr.h"
#include "hypervisor/software/processor.h"
#include "hypervisor/software/run_loop.h"

/// A processor in 64-bit mode with flat, identity-mapped memory and no interrupt handlers, that
/// is given instructions one by one: what a test of single instructions needs.
namespace hypervisor::software::test {

class EmptyPlatform final : public ProcessorEnvironment {
  public:
    std::uint32_t readPort(std::uint16_t, unsigned) override { return 0; }
    void writePort(std::uint16_t, unsigned, std::uint32_t) override {}
    std::uint64_t readMmio(Gpa, unsigned) override { return 0; }
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

class InstructionBench {
  public:
    static constexpr Gpa kCode = 0x3000;
    /// Two pages for operands.
    static constexpr Gpa kData = 0x4000;

    InstructionBench()
        : memory_(GuestMemory::create(1U << 20).value()),
          codePages_(*memory_),
          processor_(std::make_unique<Processor>(*memory_, codePages_, platform_, 0)) {
        constexpr std::uint64_t kPresentWritable = 3;
        constexpr std::uint64_t kLargePage = 0x80;
        put(0x1000, 0x2000 | kPresentWritable);
        put(0x2000, kLargePage | kPresentWritable);
        reset();
    }

    void reset() {
        ProcessorState state;
        state.cr3 = 0x1000;
        state.cr4 = cr4::kPhysicalAddressExtension | cr4::kOsFxsr | cr4::kOsSimdExceptions;
        state.efer = efer::kLongModeEnable | efer::kLongModeActive;
        state.cr0 = cr0::kProtection | cr0::kPaging | cr0::kExtensionType | cr0::kNumericError;
        state.segments.fill(Segment{0, 0xFFFF'FFFF, 0x10, 0xC093});
        state[SegmentName::Cs] = Segment{0, 0xFFFF'FFFF, 0x08, 0xA09B};
        state.idtr.limit = 0;
        processor_->load(state);
        processor_->historyCount = 0;
    }

    [[nodiscard]] Processor& processor() { return *processor_; }

    template <class T>
    void put(Gpa address, const T& value) {
        if (!memory_->write(address, value))
            std::abort();
    }
    template <class T>
    [[nodiscard]] T get(Gpa address) const {
        return memory_->read<T>(address).value();
    }

    template <class T>
    void setXmm(unsigned number, const T& value) {
        static_assert(sizeof(T) <= 16);
        std::memcpy(processor_->vectors[number].bytes.data(), &value, sizeof value);
    }
    template <class T>
    [[nodiscard]] T xmm(unsigned number) const {
        T value;
        std::memcpy(&value, processor_->vectors[number].bytes.data(), sizeof value);
        return value;
    }

    /// Executes one instruction. Gives the first exception it raised; without handlers, that
    /// ends in a shutdown, out of which the processor is taken again.
    std::optional<Fault> execute(std::initializer_list<std::uint8_t> bytes) {
        std::array<std::uint8_t, 16> code{};
        std::ranges::copy(bytes, code.begin());
        put(kCode, code);
        Processor& p = *processor_;
        p.rip = kCode;
        p.historyCount = 0;
        runOneInstruction(p);
        if (p.historyCount == 0)
            return std::nullopt;
        p.tripleFaulted = false;
        return p.history[0].fault;
    }

    /// The same for an instruction that must raise nothing.
    [[nodiscard]] bool runs(std::initializer_list<std::uint8_t> bytes) {
        return !execute(bytes).has_value() && processor_->rip == kCode + bytes.size();
    }
    [[nodiscard]] bool raises(Exception vector, std::initializer_list<std::uint8_t> bytes) {
        const auto fault = execute(bytes);
        return fault.has_value() && fault->vector == vector;
    }

  private:
    EmptyPlatform platform_;
    std::unique_ptr<GuestMemory> memory_;
    CodePages codePages_;
    std::unique_ptr<Processor> processor_;
};

}  // namespace hypervisor::software::test
