// SPDX-License-Identifier: GPL-3.0-or-later
#include "control_registers.h"

#include "cpuid.h"
#include "segmentation.h"

namespace hypervisor::software {

namespace {

constexpr std::uint64_t kPhysicalAddressMask = (std::uint64_t{1} << kPhysicalAddressBits) - 1;

bool refuse(Processor& p) {
    return p.raise(Exception::GeneralProtection, 0);
}

constexpr std::uint64_t kCr0Bits = cr0::kProtection | cr0::kMonitorCoprocessor | cr0::kEmulation |
                                   cr0::kTaskSwitched | cr0::kExtensionType | cr0::kNumericError |
                                   cr0::kWriteProtect | cr0::kAlignmentMask |
                                   cr0::kNotWriteThrough | cr0::kCacheDisable | cr0::kPaging;
constexpr std::uint64_t kCr4Bits =
    cr4::kVme | cr4::kPvi | cr4::kTimeStampDisable | cr4::kDebuggingExtensions |
    cr4::kPageSizeExtensions | cr4::kPhysicalAddressExtension | cr4::kMachineCheck |
    cr4::kGlobalPages | cr4::kPerformanceCounter | cr4::kOsFxsr | cr4::kOsSimdExceptions |
    cr4::kUmip | cr4::kFsGsBase | cr4::kPcid | cr4::kOsXsave | cr4::kSmep | cr4::kSmap;
constexpr std::uint64_t kEferBits =
    efer::kSyscall | efer::kLongModeEnable | efer::kLongModeActive | efer::kNoExecute;
constexpr std::uint64_t kNoFlush = std::uint64_t{1} << 63;
constexpr std::uint64_t kPcidMask = 0xFFF;

/// x87 and SSE.
constexpr std::uint64_t kXcr0Bits = 3;

bool usesPdptes(std::uint64_t cr0, std::uint64_t cr4, std::uint64_t efer) {
    return (cr0 & cr0::kPaging) != 0 && (cr4 & cr4::kPhysicalAddressExtension) != 0 &&
           (efer & efer::kLongModeEnable) == 0;
}

/// Loads the four PAE page-directory pointers; #GP where one of them has reserved bits.
bool loadPdptes(Processor& p, std::uint64_t cr3) {
    constexpr std::uint64_t kReserved = 0x1E6 | ~kPhysicalAddressMask;
    std::array<std::uint64_t, 4> entries{};
    for (std::size_t i = 0; i < entries.size(); ++i) {
        // Where there is no memory the bus reads as ones.
        entries[i] =
            p.memory.read<std::uint64_t>(p.memory.processorAddress((cr3 & 0xFFFF'FFE0) + i * 8))
                .value_or(~std::uint64_t{0});
        if ((entries[i] & 1) != 0 && (entries[i] & kReserved) != 0)
            return refuse(p);
    }
    p.pdptes = entries;
    return true;
}

}  // namespace

bool writeCr0(Processor& p, std::uint64_t value) {
    if (value >> 32 != 0)
        return refuse(p);
    value = (value & kCr0Bits) | cr0::kExtensionType;
    const bool paging = (value & cr0::kPaging) != 0;
    if (paging && (value & cr0::kProtection) == 0)
        return refuse(p);
    if ((value & cr0::kNotWriteThrough) != 0 && (value & cr0::kCacheDisable) == 0)
        return refuse(p);

    const std::uint64_t changed = value ^ p.cr0;
    std::uint64_t newEfer = p.efer;
    if ((changed & cr0::kPaging) != 0) {
        if (paging && (p.efer & efer::kLongModeEnable) != 0) {
            const bool tss16 =
                p.tr.present() && (p.tr.type() & ~system_type::kBusy) == system_type::kTss16;
            if ((p.cr4 & cr4::kPhysicalAddressExtension) == 0 || p[SegmentName::Cs].isLong() ||
                tss16)
                return refuse(p);
            newEfer |= efer::kLongModeActive;
        }
        if (!paging) {
            if (p.in64BitMode() || (p.cr4 & cr4::kPcid) != 0)
                return refuse(p);
            newEfer &= ~efer::kLongModeActive;
        }
    }
    constexpr std::uint64_t kPdpteReload =
        cr0::kPaging | cr0::kCacheDisable | cr0::kNotWriteThrough;
    if ((changed & kPdpteReload) != 0 && usesPdptes(value, p.cr4, newEfer) && !loadPdptes(p, p.cr3))
        return false;

    p.cr0 = value;
    p.efer = newEfer;
    if ((changed & cr0::kProtection) != 0 && (value & cr0::kProtection) == 0)
        p.cpl = 0;
    if ((changed & (cr0::kPaging | cr0::kProtection | cr0::kWriteProtect)) != 0)
        p.flushTlb();
    p.updateMode();
    return true;
}

bool loadCr3(Processor& p, std::uint64_t value) {
    if (usesPdptes(p.cr0, p.cr4, p.efer) && !loadPdptes(p, value))
        return false;
    p.cr3 = value;
    p.flushTlb();
    p.updateMode();
    return true;
}

bool writeCr3(Processor& p, std::uint64_t value) {
    bool keep = false;
    if ((p.cr4 & cr4::kPcid) != 0) {
        keep = (value & kNoFlush) != 0;
        value &= ~kNoFlush;
    }
    if (p.inLongMode() ? (value & ~kPhysicalAddressMask & ~kPcidMask) != 0 : value >> 32 != 0)
        return refuse(p);
    // Translations are not told apart by PCID: only those of the present one can be kept.
    if (keep && value == p.cr3)
        return true;
    return loadCr3(p, value);
}

bool writeCr4(Processor& p, std::uint64_t value) {
    if ((value & ~kCr4Bits) != 0)
        return refuse(p);
    const std::uint64_t changed = value ^ p.cr4;
    if (p.inLongMode() && (value & cr4::kPhysicalAddressExtension) == 0)
        return refuse(p);
    if ((changed & value & cr4::kPcid) != 0 && (!p.inLongMode() || (p.cr3 & kPcidMask) != 0))
        return refuse(p);

    constexpr std::uint64_t kTranslation = cr4::kPageSizeExtensions |
                                           cr4::kPhysicalAddressExtension | cr4::kGlobalPages |
                                           cr4::kPcid | cr4::kSmep | cr4::kSmap;
    if ((changed & kTranslation) != 0 && usesPdptes(p.cr0, value, p.efer) && !loadPdptes(p, p.cr3))
        return false;
    p.cr4 = value;
    if ((changed & kTranslation) != 0)
        p.flushTlb();
    p.updateMode();
    return true;
}

bool writeEfer(Processor& p, std::uint64_t value) {
    if ((value & ~kEferBits) != 0)
        return refuse(p);
    // LMA follows LME and CR0.PG; what is written to it does not count.
    value = (value & ~efer::kLongModeActive) | (p.efer & efer::kLongModeActive);
    const std::uint64_t changed = value ^ p.efer;
    if ((changed & efer::kLongModeEnable) != 0 && (p.cr0 & cr0::kPaging) != 0)
        return refuse(p);
    p.efer = value;
    if ((changed & efer::kNoExecute) != 0)
        p.flushTlb();
    p.updateMode();
    return true;
}

bool writeXcr0(Processor& p, std::uint64_t value) {
    if ((value & ~kXcr0Bits) != 0 || (value & 1) == 0)
        return refuse(p);
    p.xcr0 = value;
    return true;
}

}  // namespace hypervisor::software
