// SPDX-License-Identifier: GPL-3.0-or-later
#include "processor.h"

#include "block_builder.h"
#include "block_cache.h"
#include "debug_registers.h"
#include "fxsave_image.h"
#include "segmentation.h"

namespace hypervisor::software {

namespace {

/// The bits of RFLAGS' low byte that are arithmetic; LAHF's image has bit 1 set besides.
constexpr std::uint64_t kLowArithmetic = rflags::kArithmetic & 0xFF;
constexpr std::uint32_t kAllSimdMasks = 0x1F80;

bool hasErrorCode(Exception vector) {
    switch (vector) {
        case Exception::DoubleFault:
        case Exception::InvalidTss:
        case Exception::SegmentNotPresent:
        case Exception::StackFault:
        case Exception::GeneralProtection:
        case Exception::PageFault:
        case Exception::AlignmentCheck:
            return true;
        default:
            return false;
    }
}

}  // namespace

Processor::Processor(GuestMemory& memory_, CodePages& codePages_,
                     ProcessorEnvironment& environment_, VpIndex index_)
    : tlb(&missTlb),
      blocks(std::make_unique<BlockCache>()),
      memory(memory_),
      codePages(codePages_),
      environment(environment_),
      index(index_),
      scratch(std::make_unique<Scratch>()) {
    load(ProcessorState{});
}

Processor::~Processor() = default;

std::uint64_t Processor::rflags() const {
    return systemFlags | (flags >> 8 & kLowArithmetic) | ((flags & 1) != 0 ? rflags::kOverflow : 0);
}

void Processor::setRflags(std::uint64_t value) {
    systemFlags = (value & rflags::kWritable & ~rflags::kArithmetic) | rflags::kFixed;
    flags = static_cast<std::uint16_t>(((value & kLowArithmetic) | rflags::kFixed) << 8 |
                                       (value & rflags::kOverflow) / rflags::kOverflow);
}

void Processor::updateMode() {
    const Segment& cs = segments[static_cast<std::size_t>(SegmentName::Cs)];
    const Segment& ss = segments[static_cast<std::size_t>(SegmentName::Ss)];
    const auto when = [](bool condition, Mode bit) { return condition ? bit : Mode{0}; };

    const bool code64 = inLongMode() && cs.isLong();
    const bool watched = (dr[7] & dr7::kEnables) != 0;
    Mode bits = when(code64, mode::kCode64) | when(!code64 && cs.isDefaultBig(), mode::kCode32) |
                when(ss.isDefaultBig(), mode::kStack32) | when(cpl == 3, mode::kUser);
    bits |= when(inVirtual8086Mode(), mode::kVirtual8086) |
            when(inProtectedMode(), mode::kProtected) | when(inLongMode(), mode::kLongModeActive);
    bits |= when((cr0 & cr0::kEmulation) != 0, mode::kEmulateFpu) |
            when((cr0 & cr0::kTaskSwitched) != 0, mode::kTaskSwitched) |
            when((cr0 & cr0::kMonitorCoprocessor) != 0, mode::kMonitorCoprocessor) |
            when((cr4 & cr4::kOsFxsr) != 0, mode::kOsFxsr) |
            when((cr4 & cr4::kOsXsave) != 0, mode::kOsXsave);
    bits |= when((mxcsr & kAllSimdMasks) != kAllSimdMasks, mode::kSimdUnmasked) |
            when(watched || (systemFlags & rflags::kTrap) != 0, mode::kSingle);
    mode = bits;
    mode |= openSegments();

    for (std::size_t i = 0; i < kSegmentCount; ++i)
        linearBase[i] = segments[i].base;
    if (code64)
        for (const SegmentName name :
             {SegmentName::Es, SegmentName::Cs, SegmentName::Ss, SegmentName::Ds})
            linearBase[static_cast<std::size_t>(name)] = 0;

    const bool alignmentFlag = (systemFlags & rflags::kAlignmentCheck) != 0;
    if (cpl == 3)
        tlb = &tlbs[2];
    else
        tlb = &tlbs[(cr4 & cr4::kSmap) != 0 && alignmentFlag ? 1 : 0];
    const bool checksAlignment = cpl == 3 && alignmentFlag && (cr0 & cr0::kAlignmentMask) != 0;
    if (checksAlignment || (watched && watchesData(*this)))
        tlb = &missTlb;

    codeContext = generation << 32 | mode;
}

bool Processor::permits(const Segment& segment, Access access) const {
    if ((mode & (mode::kProtected | mode::kVirtual8086)) != mode::kProtected)
        return true;
    const std::uint16_t kind = segment.attributes & (attributes::kCode | attributes::kReadWrite);
    return segment.present() && (access != Access::Write || kind == attributes::kReadWrite) &&
           (access != Access::Read || kind != attributes::kCode);
}

Mode Processor::openSegments() const {
    if ((mode & mode::kCode64) != 0)
        return 0;
    constexpr std::uint32_t kLast = 0xFFFF'FFFF;
    const std::uint32_t reach = (mode & mode::kCode32) != 0 ? kLast : 0xFFFF;
    Mode bits = mode::kOpenTo32Bits;
    for (unsigned number = 0; number < kSegmentCount; ++number) {
        const Segment& segment = segments[number];
        if (!covers(segment, 0, 1) || !covers(segment, reach, 1) ||
            !permits(segment, Access::Write))
            continue;
        bits |= mode::openSegment(number);
        if (!covers(segment, kLast, 1))
            bits &= ~mode::kOpenTo32Bits;
    }
    return bits;
}

void Processor::noteSegmentLoad() {
    const Mode now = (mode & ~(mode::kOpenSegments | mode::kOpenTo32Bits)) | openSegments();
    if (now == mode)
        return;
    mode = now;
    codeContext = generation << 32 | mode;
}

bool Processor::raise(Exception vector) {
    fault = {vector, hasErrorCode(vector), 0};
    faulted = true;
    return false;
}

bool Processor::raise(Exception vector, std::uint32_t errorCode) {
    fault = {vector, true, errorCode};
    faulted = true;
    return false;
}

bool Processor::raisePageFault(std::uint64_t address, std::uint32_t errorCode) {
    cr2 = address;
    return raise(Exception::PageFault, errorCode);
}

bool Processor::findLinear(SegmentName name, std::uint64_t offset, unsigned size, Access access,
                           std::uint64_t& linear) {
    const auto refuse = [this, name] {
        return raise(name == SegmentName::Ss ? Exception::StackFault : Exception::GeneralProtection,
                     0);
    };
    const std::uint64_t start = linearBase[static_cast<std::size_t>(name)] + offset;
    if (in64BitMode()) {
        if (!isCanonical(start) || !isCanonical(start + size - 1))
            return refuse();
        linear = start;
        return true;
    }
    const Segment& segment = (*this)[name];
    if (!permits(segment, access) || !covers(segment, offset, size))
        return refuse();
    linear = start & 0xFFFF'FFFF;
    return true;
}

std::uint64_t Processor::effectiveAddress(const Operation& operation) const {
    std::uint64_t sum = registers[operation.base / 8];
    if (operation.scale == kWideDisplacement)
        sum += operation.immediate;
    else
        sum += (registers[operation.index / 8] << operation.scale) +
               static_cast<std::uint64_t>(std::int64_t{operation.displacement});
    switch (operation.addressBits) {
        case 16:
            return sum & 0xFFFF;
        case 32:
            return sum & 0xFFFF'FFFF;
        default:
            return sum;
    }
}

ProcessorState Processor::save() const {
    ProcessorState state;
    for (std::size_t i = 0; i < state.registers.size(); ++i)
        state.registers[i] = registers[i];
    state.rip = rip;
    state.rflags = rflags();
    state.segments = segments;
    state.ldtr = ldtr;
    state.tr = tr;
    state.gdtr = gdtr;
    state.idtr = idtr;
    state.cr0 = cr0;
    state.cr2 = cr2;
    state.cr3 = cr3;
    state.cr4 = cr4;
    state.efer = efer;
    state.xcr0 = xcr0;
    state.dr = dr;
    state.fpu = fxsaveImage(*this);
    state.star = star;
    state.lstar = lstar;
    state.cstar = cstar;
    state.syscallMask = syscallMask;
    state.kernelGsBase = kernelGsBase;
    state.sysenterCs = sysenterCs;
    state.sysenterEsp = sysenterEsp;
    state.sysenterEip = sysenterEip;
    state.pat = pat;
    state.tscAux = tscAux;
    state.activity = halted ? Activity::Halted : Activity::Running;
    state.interruptShadow = interruptShadow;
    state.nmiBlocked = nmiBlocked;
    if (faulted)
        state.pendingEvent = {PendingEvent::Kind::Exception,
                              static_cast<std::uint8_t>(fault.vector),
                              fault.hasErrorCode ? std::optional(fault.errorCode) : std::nullopt};
    return state;
}

void Processor::load(const ProcessorState& state) {
    for (std::size_t i = 0; i < state.registers.size(); ++i)
        registers[i] = state.registers[i];
    rip = state.rip;
    setRflags(state.rflags);
    segments = state.segments;
    ldtr = state.ldtr;
    tr = state.tr;
    gdtr = state.gdtr;
    idtr = state.idtr;
    cr0 = state.cr0;
    cr2 = state.cr2;
    cr3 = state.cr3;
    cr4 = state.cr4;
    efer = state.efer;
    xcr0 = state.xcr0;
    dr = state.dr;
    loadFxsaveImage(*this, state.fpu);
    star = state.star;
    lstar = state.lstar;
    cstar = state.cstar;
    syscallMask = state.syscallMask;
    kernelGsBase = state.kernelGsBase;
    sysenterCs = state.sysenterCs;
    sysenterEsp = state.sysenterEsp;
    sysenterEip = state.sysenterEip;
    pat = state.pat;
    tscAux = state.tscAux;
    halted = state.activity == Activity::Halted;
    interruptShadow = state.interruptShadow;
    nmiBlocked = state.nmiBlocked;
    debugShadow = false;
    pendingDebug = 0;
    tripleFaulted = false;
    faulted = false;
    if (state.pendingEvent && state.pendingEvent->kind == PendingEvent::Kind::Exception) {
        fault = {static_cast<Exception>(state.pendingEvent->vector),
                 state.pendingEvent->errorCode.has_value(),
                 state.pendingEvent->errorCode.value_or(0)};
        faulted = true;
    }

    if (!inProtectedMode())
        cpl = 0;
    else
        cpl = inVirtual8086Mode() ? 3 : (*this)[SegmentName::Ss].dpl();
    // The page-directory pointers are not part of the state; as with CR3, memory has them.
    if ((cr0 & cr0::kPaging) != 0 && (cr4 & cr4::kPhysicalAddressExtension) != 0 && !inLongMode())
        for (std::size_t i = 0; i < pdptes.size(); ++i)
            pdptes[i] =
                memory.read<std::uint64_t>(memory.processorAddress((cr3 & 0xFFFF'FFE0) + i * 8))
                    .value_or(0);
    flushTlb();
    updateMode();
}

}  // namespace hypervisor::software
