// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/instruction_emulator.h"

#include <Zydis/Zydis.h>

#include "block_cache.h"
#include "cpuid.h"
#include "hypervisor/tsc_clock.h"
#include "run_loop.h"
#include "software_hypervisor.h"

namespace hypervisor::software {

namespace {

/// What surrounds a processor that another backend lends one instruction: ports and memory of
/// the machine, and no state of its own. Instructions about anything else are executed by the
/// other backend.
class BorrowedEnvironment final : public ProcessorEnvironment {
  public:
    BorrowedEnvironment(VpIndex index, InterceptHandler& handler)
        : index_(index), handler_(handler) {}

    void setCr8(std::uint64_t value) { cr8_ = value; }
    [[nodiscard]] std::uint64_t cr8() const { return cr8_; }

    [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override {
        return handler_.readPort(index_, port, size);
    }
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override {
        handler_.writePort(index_, port, size, value);
    }
    [[nodiscard]] std::uint64_t readMmio(Gpa gpa, unsigned size) override {
        return handler_.readMmio(index_, gpa, size);
    }
    void writeMmio(Gpa gpa, unsigned size, std::uint64_t value) override {
        handler_.writeMmio(index_, gpa, size, value);
    }
    [[nodiscard]] std::optional<std::uint64_t> readMsr(std::uint32_t msr) override {
        return handler_.readMsr(index_, msr);
    }
    [[nodiscard]] bool writeMsr(std::uint32_t msr, std::uint64_t value) override {
        return handler_.writeMsr(index_, msr, value);
    }
    [[nodiscard]] CpuidResult cpuid(const Processor& processor, std::uint32_t leaf,
                                    std::uint32_t subleaf) override {
        return software::cpuid(leaf, subleaf,
                               {index_, 1, (processor.cr4 & cr4::kOsXsave) != 0, processor.xcr0});
    }
    [[nodiscard]] std::uint64_t readTsc() override { return HostTscClock(1).read(); }
    [[nodiscard]] std::uint64_t readCr8() override { return cr8_; }
    void writeCr8(std::uint64_t value) override { cr8_ = value; }
    [[nodiscard]] bool hypercall(Processor& /*processor*/) override { return false; }
    void pause() override {}

  private:
    const VpIndex index_;
    InterceptHandler& handler_;
    std::uint64_t cr8_ = 0;
};

bool isBasicCategory(ZydisInstructionCategory category) {
    switch (category) {
        case ZYDIS_CATEGORY_ADOX_ADCX:
        case ZYDIS_CATEGORY_BINARY:
        case ZYDIS_CATEGORY_BITBYTE:
        case ZYDIS_CATEGORY_BMI1:
        case ZYDIS_CATEGORY_BMI2:
        case ZYDIS_CATEGORY_CALL:
        case ZYDIS_CATEGORY_CMOV:
        case ZYDIS_CATEGORY_COND_BR:
        case ZYDIS_CATEGORY_CONVERT:
        case ZYDIS_CATEGORY_DATAXFER:
        case ZYDIS_CATEGORY_FLAGOP:
        case ZYDIS_CATEGORY_LOGICAL:
        case ZYDIS_CATEGORY_POP:
        case ZYDIS_CATEGORY_PUSH:
        case ZYDIS_CATEGORY_RET:
        case ZYDIS_CATEGORY_ROTATE:
        case ZYDIS_CATEGORY_SEMAPHORE:
        case ZYDIS_CATEGORY_SETCC:
        case ZYDIS_CATEGORY_SHIFT:
        case ZYDIS_CATEGORY_SMAP:
        case ZYDIS_CATEGORY_STRINGOP:
        case ZYDIS_CATEGORY_UNCOND_BR:
            return true;
        default:
            return false;
    }
}

bool isBasicSet(ZydisISAExt set) {
    switch (set) {
        case ZYDIS_ISA_EXT_ADOX_ADCX:
        case ZYDIS_ISA_EXT_BASE:
        case ZYDIS_ISA_EXT_BMI1:
        case ZYDIS_ISA_EXT_BMI2:
        case ZYDIS_ISA_EXT_LONGMODE:
        case ZYDIS_ISA_EXT_LZCNT:
        case ZYDIS_ISA_EXT_MOVBE:
        case ZYDIS_ISA_EXT_SMAP:
            return true;
        default:
            return false;
    }
}

class SingleInstructionEmulator final : public InstructionEmulator {
  public:
    [[nodiscard]] bool isBasic(std::span<const std::uint8_t> code) const override {
        ZydisDecoder decoder;
        ZydisDecodedInstruction instruction;
        // Extensions keep their own sets (CMPXCHG16B is LONGMODE's); what is new is not basic.
        return ZYAN_SUCCESS(
                   ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)) &&
               ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, nullptr, code.data(),
                                                          code.size(), &instruction)) &&
               isBasicCategory(instruction.meta.category) && isBasicSet(instruction.meta.isa_ext);
    }

    [[nodiscard]] CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf) const override {
        CpuidContext context;
        context.osXsave = true;
        context.xcr0 = software::cpuid(0xD, 0, context).eax;
        return software::cpuid(leaf, subleaf, context);
    }

    [[nodiscard]] Outcome executeOne(VpIndex vp, ProcessorState& state, GuestMemory& memory,
                                     InterceptHandler& handler) override {
        if (machine_ == nullptr)
            machine_ = std::make_unique<Machine>(vp, memory, handler);
        Processor& p = machine_->processor;
        p.flushTlb();
        p.load(state);
        machine_->environment.setCr8(state.cr8);

        const unsigned faultsBefore = p.historyCount;
        runOneInstruction(p);
        if (p.tripleFaulted) {
            p.tripleFaulted = false;
            return Outcome::TripleFault;
        }
        if (p.historyCount != faultsBefore &&
            p.history[faultsBefore % p.history.size()].fault.vector == Exception::InvalidOpcode)
            return Outcome::Unknown;
        const std::uint64_t apicBase = state.apicBase;
        const auto pending = state.pendingEvent;
        state = p.save();
        // Interrupts are the other backend's to deliver.
        if (!state.pendingEvent && pending && pending->kind != PendingEvent::Kind::Exception)
            state.pendingEvent = pending;
        state.apicBase = apicBase;
        state.cr8 = machine_->environment.cr8();
        return Outcome::Executed;
    }

  private:
    struct Machine {
        Machine(VpIndex vp, GuestMemory& memory, InterceptHandler& handler)
            : codePages(memory),
              environment(vp, handler),
              processor(memory, codePages, environment, vp) {
            codePages.join(processor.participant);
        }
        CodePages codePages;
        BorrowedEnvironment environment;
        Processor processor;
    };
    std::unique_ptr<Machine> machine_;
};

}  // namespace

std::unique_ptr<InstructionEmulator> createInstructionEmulator(VpIndex /*vp*/) {
    return std::make_unique<SingleInstructionEmulator>();
}

}  // namespace hypervisor::software
