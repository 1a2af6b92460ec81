// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_specific_registers.h"

#include "control_registers.h"
#include "cpuid.h"

namespace hypervisor::software {

namespace {

constexpr std::uint64_t kPhysicalAddressMask = (std::uint64_t{1} << kPhysicalAddressBits) - 1;

/// Numbers as in Intel SDM volume 4.
namespace msr {
constexpr std::uint32_t kP5McAddress = 0x0;
constexpr std::uint32_t kP5McType = 0x1;
constexpr std::uint32_t kTimeStampCounter = 0x10;
constexpr std::uint32_t kPlatformId = 0x17;
constexpr std::uint32_t kFeatureControl = 0x3A;
constexpr std::uint32_t kSpeculationControl = 0x48;
constexpr std::uint32_t kPredictionCommand = 0x49;
constexpr std::uint32_t kMicrocodeUpdate = 0x79;
constexpr std::uint32_t kMicrocodeRevision = 0x8B;
constexpr std::uint32_t kMtrrCapability = 0xFE;
constexpr std::uint32_t kArchitecturalCapabilities = 0x10A;
constexpr std::uint32_t kSysenterCs = 0x174;
constexpr std::uint32_t kSysenterEsp = 0x175;
constexpr std::uint32_t kSysenterEip = 0x176;
constexpr std::uint32_t kMachineCheckCapability = 0x179;
constexpr std::uint32_t kMachineCheckStatus = 0x17A;
constexpr std::uint32_t kMiscEnable = 0x1A0;
constexpr std::uint32_t kMtrrVariable = 0x200;
constexpr std::uint32_t kMtrrFixed64K = 0x250;
constexpr std::uint32_t kMtrrFixed16K = 0x258;
constexpr std::uint32_t kMtrrFixed4K = 0x268;
constexpr std::uint32_t kPat = 0x277;
constexpr std::uint32_t kMtrrDefaultType = 0x2FF;
constexpr std::uint32_t kEfer = 0xC000'0080;
constexpr std::uint32_t kStar = 0xC000'0081;
constexpr std::uint32_t kLstar = 0xC000'0082;
constexpr std::uint32_t kCstar = 0xC000'0083;
constexpr std::uint32_t kSyscallMask = 0xC000'0084;
constexpr std::uint32_t kFsBase = 0xC000'0100;
constexpr std::uint32_t kGsBase = 0xC000'0101;
constexpr std::uint32_t kKernelGsBase = 0xC000'0102;
constexpr std::uint32_t kTscAux = 0xC000'0103;
}  // namespace msr

/// Eight variable ranges, fixed ranges, write combining.
constexpr std::uint64_t kMtrrCapabilities = 0x500 | MiscellaneousRegisters::kVariableRanges;

/// IA32_ARCH_CAPABILITIES. Nothing here is ever speculated, so that no attack of that kind works
/// and no mitigation has to be switched on; enhanced IBRS says so for branch targets.
constexpr std::uint64_t kRdclNo = 1U << 0;
constexpr std::uint64_t kIbrsAll = 1U << 1;
constexpr std::uint64_t kSkipL1dFlush = 1U << 3;
constexpr std::uint64_t kSsbNo = 1U << 4;
constexpr std::uint64_t kMdsNo = 1U << 5;
constexpr std::uint64_t kPageSizeChangeNo = 1U << 6;
constexpr std::uint64_t kTaaNo = 1U << 8;
constexpr std::uint64_t kSbdrSsdpNo = 1U << 13;
constexpr std::uint64_t kFbsdpNo = 1U << 14;
constexpr std::uint64_t kPsdpNo = 1U << 15;
constexpr std::uint64_t kBhiNo = 1U << 20;
constexpr std::uint64_t kPbrsbNo = 1U << 24;
constexpr std::uint64_t kGdsNo = 1U << 26;
constexpr std::uint64_t kRfdsNo = 1U << 27;
constexpr std::uint64_t kItsNo = std::uint64_t{1} << 62;
constexpr std::uint64_t kArchitecturalCapabilityBits =
    kRdclNo | kIbrsAll | kSkipL1dFlush | kSsbNo | kMdsNo | kPageSizeChangeNo | kTaaNo |
    kSbdrSsdpNo | kFbsdpNo | kPsdpNo | kBhiNo | kPbrsbNo | kGdsNo | kRfdsNo | kItsNo;

/// IBRS, STIBP, SSBD, BHI_DIS_S.
constexpr std::uint64_t kSpeculationControlBits = 7 | 1U << 10;
/// A revision that no update is needed for; in the upper half.
constexpr std::uint64_t kMicrocode = std::uint64_t{1} << 32;
/// Fast strings, automatic thermal control, performance monitoring, enhanced SpeedStep, MONITOR,
/// limited CPUID, xTPR messages, no execute disabled: kept without effect, as KVM keeps them.
constexpr std::uint64_t kMiscEnableWritable = 0x4'00C5'0089;
/// BTS and PEBS unavailable, and what newer processors reserve.
constexpr std::uint64_t kMiscEnableIgnored = 0x1800'0840 | 0x1800;

bool isMemoryType(std::uint64_t type, bool forPat) {
    return type == 0 || type == 1 || type == 4 || type == 5 || type == 6 || (forPat && type == 7);
}

bool areMemoryTypes(std::uint64_t value, bool forPat) {
    for (unsigned i = 0; i < 8; ++i)
        if (!isMemoryType(value >> (8 * i) & 0xFF, forPat))
            return false;
    return true;
}

/// The register behind an MTRR's number; nullptr for others.
std::uint64_t* findMtrr(MiscellaneousRegisters& registers, std::uint32_t number) {
    if (number >= msr::kMtrrVariable &&
        number < msr::kMtrrVariable + 2 * MiscellaneousRegisters::kVariableRanges) {
        const std::uint32_t n = number - msr::kMtrrVariable;
        return n % 2 == 0 ? &registers.mtrrBase[n / 2] : &registers.mtrrMask[n / 2];
    }
    if (number == msr::kMtrrFixed64K)
        return &registers.mtrrFixed[0];
    if (number == msr::kMtrrFixed16K || number == msr::kMtrrFixed16K + 1)
        return &registers.mtrrFixed[1 + number - msr::kMtrrFixed16K];
    if (number >= msr::kMtrrFixed4K && number < msr::kMtrrFixed4K + 8)
        return &registers.mtrrFixed[3 + number - msr::kMtrrFixed4K];
    if (number == msr::kMtrrDefaultType)
        return &registers.mtrrDefaultType;
    return nullptr;
}

bool isMtrrValue(std::uint32_t number, std::uint64_t value) {
    if (number == msr::kMtrrDefaultType)
        return (value & ~std::uint64_t{0xCFF}) == 0 && isMemoryType(value & 0xFF, false);
    if (number >= msr::kMtrrFixed64K)
        return areMemoryTypes(value, false);
    if ((value & ~kPhysicalAddressMask) != 0)
        return false;
    if (number % 2 != 0)
        return (value & 0x7FF) == 0;
    return (value & 0xF00) == 0 && isMemoryType(value & 0xFF, false);
}

bool setCanonical(const Processor& p, std::uint64_t& to, std::uint64_t value) {
    if (!p.isCanonical(value))
        return false;
    to = value;
    return true;
}

bool setBase(Processor& p, SegmentName name, std::uint64_t value) {
    if (!p.isCanonical(value))
        return false;
    p[name].base = value;
    p.linearBase[static_cast<std::size_t>(name)] = value;
    return true;
}

}  // namespace

std::optional<std::uint64_t> readModelSpecificRegister(Processor& p, std::uint32_t number) {
    switch (number) {
        case msr::kP5McAddress:
        case msr::kP5McType:
        case msr::kPlatformId:
        case msr::kMachineCheckCapability:
            return 0;
        case msr::kTimeStampCounter:
            return p.environment.readTsc();
        case msr::kFeatureControl:
            // Locked: neither VMX nor anything else can be switched on.
            return 1;
        case msr::kSpeculationControl:
            return p.miscellaneous.speculationControl;
        case msr::kMicrocodeRevision:
            return kMicrocode;
        case msr::kMtrrCapability:
            return kMtrrCapabilities;
        case msr::kArchitecturalCapabilities:
            return kArchitecturalCapabilityBits;
        case msr::kSysenterCs:
            return p.sysenterCs;
        case msr::kSysenterEsp:
            return p.sysenterEsp;
        case msr::kSysenterEip:
            return p.sysenterEip;
        case msr::kMachineCheckStatus:
            return p.miscellaneous.machineCheckStatus;
        case msr::kMiscEnable:
            return p.miscellaneous.miscEnable;
        case msr::kPat:
            return p.pat;
        case msr::kEfer:
            return p.efer;
        case msr::kStar:
            return p.star;
        case msr::kLstar:
            return p.lstar;
        case msr::kCstar:
            return p.cstar;
        case msr::kSyscallMask:
            return p.syscallMask;
        case msr::kFsBase:
            return p[SegmentName::Fs].base;
        case msr::kGsBase:
            return p[SegmentName::Gs].base;
        case msr::kKernelGsBase:
            return p.kernelGsBase;
        case msr::kTscAux:
            return p.tscAux;
        default:
            break;
    }
    if (const std::uint64_t* mtrr = findMtrr(p.miscellaneous, number))
        return *mtrr;
    return p.environment.readMsr(number);
}

bool writeModelSpecificRegister(Processor& p, std::uint32_t number, std::uint64_t value) {
    switch (number) {
        case msr::kP5McAddress:
        case msr::kP5McType:
        case msr::kMicrocodeUpdate:
            return true;
        case msr::kPlatformId:
        case msr::kFeatureControl:
        case msr::kMtrrCapability:
        case msr::kArchitecturalCapabilities:
        case msr::kMachineCheckCapability:
            return false;
        case msr::kSpeculationControl:
            if ((value & ~kSpeculationControlBits) != 0)
                return false;
            p.miscellaneous.speculationControl = value;
            return true;
        case msr::kPredictionCommand:
            return (value & ~std::uint64_t{1}) == 0;
        case msr::kMicrocodeRevision:
            // Software writes zero before it asks for the revision.
            return true;
        case msr::kSysenterCs:
            p.sysenterCs = value & 0xFFFF'FFFF;
            return true;
        case msr::kSysenterEsp:
            return setCanonical(p, p.sysenterEsp, value);
        case msr::kSysenterEip:
            return setCanonical(p, p.sysenterEip, value);
        case msr::kMachineCheckStatus:
            if ((value & ~std::uint64_t{7}) != 0)
                return false;
            p.miscellaneous.machineCheckStatus = value;
            return true;
        case msr::kMiscEnable: {
            if ((value & ~(kMiscEnableWritable | kMiscEnableIgnored)) != 0)
                return false;
            std::uint64_t& current = p.miscellaneous.miscEnable;
            current = (current & ~kMiscEnableWritable) | (value & kMiscEnableWritable);
            return true;
        }
        case msr::kPat:
            if (!areMemoryTypes(value, true))
                return false;
            p.pat = value;
            return true;
        case msr::kEfer: {
            const bool written = writeEfer(p, value);
            p.faulted = false;
            return written;
        }
        case msr::kStar:
            p.star = value;
            return true;
        case msr::kLstar:
            return setCanonical(p, p.lstar, value);
        case msr::kCstar:
            return setCanonical(p, p.cstar, value);
        case msr::kSyscallMask:
            if (value >> 32 != 0)
                return false;
            p.syscallMask = value;
            return true;
        case msr::kFsBase:
            return setBase(p, SegmentName::Fs, value);
        case msr::kGsBase:
            return setBase(p, SegmentName::Gs, value);
        case msr::kKernelGsBase:
            return setCanonical(p, p.kernelGsBase, value);
        case msr::kTscAux:
            if (value >> 32 != 0)
                return false;
            p.tscAux = value;
            return true;
        default:
            break;
    }
    if (std::uint64_t* mtrr = findMtrr(p.miscellaneous, number)) {
        if (!isMtrrValue(number, value))
            return false;
        *mtrr = value;
        return true;
    }
    return p.environment.writeMsr(number, value);
}

}  // namespace hypervisor::software
