// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <atomic>
#include <cstring>

#include "code_pages.h"
#include "cpuid.h"
#include "processor.h"

// Paging (Intel SDM volume 3, chapter 4) and every access to memory that the TLB can't answer.
namespace hypervisor::software {

namespace {

namespace entry {
constexpr std::uint64_t kPresent = 1U << 0;
constexpr std::uint64_t kWritable = 1U << 1;
constexpr std::uint64_t kUser = 1U << 2;
constexpr std::uint64_t kAccessed = 1U << 5;
constexpr std::uint64_t kDirty = 1U << 6;
constexpr std::uint64_t kLarge = 1U << 7;
constexpr std::uint64_t kNoExecute = std::uint64_t{1} << 63;
}  // namespace entry

constexpr std::uint64_t kAddressMask = ((std::uint64_t{1} << kPhysicalAddressBits) - 1) & kPageMask;
/// Bits 51 to kPhysicalAddressBits must be zero.
constexpr std::uint64_t kReservedHigh =
    ((std::uint64_t{1} << 52) - 1) & ~((std::uint64_t{1} << kPhysicalAddressBits) - 1);

/// Sets bits in a paging entry as the processor does: only if the entry has not changed.
template <class T>
bool setEntryBits(std::byte* host, T seen, T bits) {
    std::atomic_ref<T> reference(*reinterpret_cast<T*>(host));
    T expected = seen;
    return reference.compare_exchange_strong(expected, seen | bits);
}

template <class T>
T loadEntry(const std::byte* host) {
    return std::atomic_ref<T>(*reinterpret_cast<T*>(const_cast<std::byte*>(host)))
        .load(std::memory_order_acquire);
}

}  // namespace

Tlb& Processor::table(Privilege privilege) {
    // System accesses are made as supervisor with AC ignored, so user pages fault under SMAP.
    return privilege == Privilege::System ? tlbs[0] : *tlb;
}

std::optional<Processor::Walk> Processor::walk(std::uint64_t linear, Access access, bool user,
                                               bool systemAccess) {
    if ((cr0 & cr0::kPaging) == 0) {
        linear &= 0xFFFF'FFFF;
        return Walk{memory.processorAddress(linear & kPageMask), true, true, 0};
    }

    const bool longMode = inLongMode();
    const bool wide = longMode || (cr4 & cr4::kPhysicalAddressExtension) != 0;
    const bool noExecute = (efer & efer::kNoExecute) != 0 && wide;
    if (!longMode)
        linear &= 0xFFFF'FFFF;

    std::uint32_t errorCode = access == Access::Write ? kPageFaultWrite : 0;
    if (user)
        errorCode |= kPageFaultUser;
    if (access == Access::Execute && (noExecute || (cr4 & cr4::kSmep) != 0))
        errorCode |= kPageFaultFetch;
    const auto fail = [&](std::uint32_t more) -> std::optional<Walk> {
        raisePageFault(linear, errorCode | more);
        return std::nullopt;
    };

    // A lost race against another processor that changes an entry starts the walk again.
    for (;;) {
        bool writable = true;
        bool userAllowed = true;
        bool executable = true;
        Gpa table = cr3 & (longMode ? kAddressMask : wide ? 0xFFFF'FFE0 : 0xFFFF'F000);
        int level = longMode ? 4 : wide ? 3 : 2;
        std::uint64_t value = 0;
        std::byte* host = nullptr;
        Gpa page = 0;
        std::uint64_t offsetMask = 0;
        bool retry = false;

        for (;; --level) {
            const unsigned shift = wide ? 12 + 9 * static_cast<unsigned>(level - 1)
                                        : 12 + 10 * static_cast<unsigned>(level - 1);
            if (wide && !longMode && level == 3) {
                // The four page-directory pointers are registers, loaded with CR3.
                value = pdptes[(linear >> 30) & 3];
                if ((value & entry::kPresent) == 0)
                    return fail(0);
                table = value & kAddressMask;
                continue;
            }
            const unsigned indexBits = wide ? 9 : 10;
            const std::uint64_t slot = (linear >> shift) & ((1U << indexBits) - 1);
            const unsigned entrySize = wide ? 8 : 4;
            host = memory.at(memory.processorAddress(table + slot * entrySize), entrySize);
            value = host == nullptr ? ~std::uint64_t{0}
                    : wide          ? loadEntry<std::uint64_t>(host)
                                    : loadEntry<std::uint32_t>(host);
            if (host == nullptr && !wide)
                value = 0xFFFF'FFFF;
            if ((value & entry::kPresent) == 0)
                return fail(0);

            std::uint64_t reserved = 0;
            const bool leaf =
                level == 1 || ((value & entry::kLarge) != 0 &&
                               (wide ? level <= 3 : (cr4 & cr4::kPageSizeExtensions) != 0));
            if (wide) {
                reserved = kReservedHigh;
                if (!noExecute)
                    reserved |= entry::kNoExecute;
                if (!longMode)
                    reserved |= 0x7FF0'0000'0000'0000;
                if (level == 4 || (!longMode && level == 3))
                    reserved |= entry::kLarge;
                if (leaf && level > 1)
                    reserved |= ((std::uint64_t{1} << shift) - 1) & ~std::uint64_t{0x1FFF};
            } else if (leaf && level == 2) {
                // PSE-36: bits 20 to 13 hold address bits 39 to 32; bit 21 is reserved.
                reserved = 1U << 21;
            }
            if ((value & reserved) != 0)
                return fail(kPageFaultPresent | kPageFaultReserved);

            writable &= (value & entry::kWritable) != 0;
            userAllowed &= (value & entry::kUser) != 0;
            executable &= !noExecute || (value & entry::kNoExecute) == 0;

            if (leaf) {
                offsetMask = (std::uint64_t{1} << shift) - 1;
                if (wide)
                    page = (value & kAddressMask & ~offsetMask) | (linear & offsetMask);
                else if (level == 2)
                    page = (value & 0xFFC0'0000) | ((value >> 13 & 0xFF) << 32) |
                           (linear & offsetMask);
                else
                    page = (value & 0xFFFF'F000) | (linear & offsetMask);
                break;
            }
            if ((value & entry::kAccessed) == 0) {
                const bool done =
                    wide ? setEntryBits<std::uint64_t>(host, value, entry::kAccessed)
                         : setEntryBits<std::uint32_t>(host, static_cast<std::uint32_t>(value),
                                                       entry::kAccessed);
                if (!done) {
                    retry = true;
                    break;
                }
            }
            table = wide ? value & kAddressMask : value & 0xFFFF'F000;
        }
        if (retry)
            continue;

        // Rights (section 4.6).
        const bool writeProtect = (cr0 & cr0::kWriteProtect) != 0;
        const bool mayWrite = writable || (!user && !writeProtect);
        bool allowed = true;
        if (user && !userAllowed)
            allowed = false;
        if (!user && userAllowed) {
            if (access == Access::Execute && (cr4 & cr4::kSmep) != 0)
                allowed = false;
            if (access != Access::Execute && (cr4 & cr4::kSmap) != 0 &&
                (systemAccess || (systemFlags & rflags::kAlignmentCheck) == 0))
                allowed = false;
        }
        if (access == Access::Write && !mayWrite)
            allowed = false;
        if (access == Access::Execute && !executable)
            allowed = false;
        if (!allowed)
            return fail(kPageFaultPresent);

        const std::uint64_t wanted =
            entry::kAccessed | (access == Access::Write ? entry::kDirty : 0);
        if ((value & wanted) != wanted) {
            const bool done =
                host != nullptr &&
                (wide ? setEntryBits<std::uint64_t>(host, value, wanted)
                      : setEntryBits<std::uint32_t>(host, static_cast<std::uint32_t>(value),
                                                    static_cast<std::uint32_t>(wanted)));
            if (!done)
                continue;
            value |= wanted;
        }
        return Walk{memory.processorAddress(page & kPageMask), mayWrite,
                    (value & entry::kDirty) != 0, offsetMask};
    }
}

std::optional<Gpa> Processor::translate(std::uint64_t linear, Access access, Privilege privilege) {
    const bool user = cpl == 3 && privilege == Privilege::Current;
    const auto found = walk(linear, access, user, privilege == Privilege::System);
    if (!found)
        return std::nullopt;
    return found->physical | (linear & ~kPageMask);
}

std::byte* Processor::fill(std::uint64_t linear, Access access, Privilege privilege,
                           Gpa& physical) {
    const bool user = cpl == 3 && privilege == Privilege::Current;
    const auto found = walk(linear, access, user, privilege == Privilege::System);
    if (!found)
        return nullptr;
    physical = found->physical | (linear & ~kPageMask);
    std::byte* page = memory.at(found->physical, kPageSize);
    if (page == nullptr)
        return nullptr;
    if (found->offsetMask > 0xFFF)
        noteLargePage(linear, found->offsetMask);

    Tlb& into = table(privilege);
    if (&into != &missTlb) {
        const std::uint64_t virtualPage = linear & kPageMask;
        TlbEntry& slot = into.at(linear);
        const std::uint64_t addend = reinterpret_cast<std::uint64_t>(page) - virtualPage;
        const bool writable =
            found->writable && found->dirty && !codePages.holdsCode(found->physical);
        slot = TlbEntry{virtualPage, writable ? virtualPage : TlbEntry::kNoTag, addend,
                        found->physical};
    }
    return page + (linear & ~kPageMask);
}

bool Processor::checkAlignment(std::uint64_t linear, unsigned size, Privilege privilege) {
    if (cpl != 3 || privilege == Privilege::System || (cr0 & cr0::kAlignmentMask) == 0 ||
        (systemFlags & rflags::kAlignmentCheck) == 0)
        return true;
    // The alignment of x87 operands is that of their largest piece; FXSAVE and the like have rules
    // of their own.
    unsigned alignment = 1;
    switch (size) {
        case 2:
        case 4:
        case 8:
            alignment = size;
            break;
        case 10:
            alignment = 8;
            break;
        case 14:
        case 94:
            alignment = 2;
            break;
        case 28:
        case 108:
            alignment = 4;
            break;
        default:
            return true;
    }
    if ((linear & (alignment - 1)) == 0)
        return true;
    return raise(Exception::AlignmentCheck, 0);
}

void Processor::checkDataBreakpoints(std::uint64_t linear, unsigned size, Access access) {
    for (unsigned i = 0; i < 4; ++i) {
        if ((dr[7] >> (2 * i) & 3) == 0)
            continue;
        const unsigned kind = dr[7] >> (16 + 4 * i) & 3;
        if ((kind != 1 || access != Access::Write) && kind != 3)
            continue;
        static constexpr std::array<unsigned, 4> kLengths{1, 2, 8, 4};
        const unsigned length = kLengths[dr[7] >> (18 + 4 * i) & 3];
        const std::uint64_t start = dr[i] & ~std::uint64_t{length - 1};
        if (linear < start + length && start < linear + size)
            pendingDebug |= std::uint64_t{1} << i;
    }
}

bool Processor::accessPiece(std::uint64_t linear, void* data, unsigned size, Access access,
                            Privilege privilege) {
    const TlbEntry& cached = table(privilege).at(linear);
    const std::uint64_t tag = access == Access::Write ? cached.writeTag : cached.readTag;
    std::byte* host = nullptr;
    Gpa physical = 0;
    if (tag == (linear & kPageMask)) {
        host = reinterpret_cast<std::byte*>(linear + cached.addend);
        physical = cached.physical | (linear & ~kPageMask);
    } else {
        host = fill(linear, access, privilege, physical);
        if (faulted)
            return false;
    }
    if (host != nullptr) {
        // The common sizes in one access, so that other processors see all or nothing.
        const auto copy = [](std::byte* to, const std::byte* from, unsigned length) {
            switch (length) {
                case 1:
                    *reinterpret_cast<volatile std::uint8_t*>(to) =
                        *reinterpret_cast<const volatile std::uint8_t*>(from);
                    break;
                case 2:
                    __builtin_memcpy(to, from, 2);
                    break;
                case 4:
                    __builtin_memcpy(to, from, 4);
                    break;
                case 8:
                    __builtin_memcpy(to, from, 8);
                    break;
                case 16:
                    __builtin_memcpy(to, from, 16);
                    break;
                default:
                    std::memcpy(to, from, length);
            }
        };
        if (access == Access::Write) {
            copy(host, static_cast<const std::byte*>(data), size);
            if (codePages.holdsCode(physical)) {
                codePages.written(physical, size);
                dropChangedCode();
            }
        } else {
            copy(static_cast<std::byte*>(data), host, size);
        }
        return true;
    }
    // A device, in pieces that it can take.
    metDevice = true;
    auto* bytes = static_cast<std::byte*>(data);
    while (size != 0) {
        unsigned piece = 8;
        while (piece > size || (physical & (piece - 1)) != 0)
            piece /= 2;
        std::uint64_t value = 0;
        if (access == Access::Write) {
            std::memcpy(&value, bytes, piece);
            environment.writeMmio(physical, piece, value);
        } else {
            value = environment.readMmio(physical, piece);
            std::memcpy(bytes, &value, piece);
        }
        physical += piece;
        bytes += piece;
        size -= piece;
    }
    return true;
}

bool Processor::readLinear(std::uint64_t address, void* to, unsigned size, Privilege privilege) {
    if (!checkAlignment(address, size, privilege))
        return false;
    if (privilege == Privilege::Current && (dr[7] & 0xFF) != 0)
        checkDataBreakpoints(address, size, Access::Read);
    if (!inLongMode())
        address &= 0xFFFF'FFFF;
    const auto first =
        static_cast<unsigned>(std::min<std::uint64_t>(size, kPageSize - address % kPageSize));
    if (!accessPiece(address, to, first, Access::Read, privilege))
        return false;
    if (first == size)
        return true;
    std::uint64_t second = address + first;
    if (!inLongMode())
        second &= 0xFFFF'FFFF;
    return accessPiece(second, static_cast<std::byte*>(to) + first, size - first, Access::Read,
                       privilege);
}

bool Processor::writeLinear(std::uint64_t address, const void* from, unsigned size,
                            Privilege privilege) {
    if (!checkAlignment(address, size, privilege))
        return false;
    if (privilege == Privilege::Current && (dr[7] & 0xFF) != 0)
        checkDataBreakpoints(address, size, Access::Write);
    if (!inLongMode())
        address &= 0xFFFF'FFFF;
    auto* data = static_cast<std::byte*>(const_cast<void*>(from));
    const auto first =
        static_cast<unsigned>(std::min<std::uint64_t>(size, kPageSize - address % kPageSize));
    if (first == size)
        return accessPiece(address, data, size, Access::Write, privilege);
    // Nothing is written unless both pages can be.
    std::uint64_t second = address + first;
    if (!inLongMode())
        second &= 0xFFFF'FFFF;
    if (!translate(address, Access::Write, privilege) ||
        !translate(second, Access::Write, privilege))
        return false;
    return accessPiece(address, data, first, Access::Write, privilege) &&
           accessPiece(second, data + first, size - first, Access::Write, privilege);
}

std::byte* Processor::hostAddress(std::uint64_t linear, unsigned size, Access access,
                                  Privilege privilege) {
    if ((linear & ~kPageMask) + size > kPageSize)
        return nullptr;
    if (!inLongMode())
        linear &= 0xFFFF'FFFF;
    if (tlb == &missTlb && privilege == Privilege::Current)
        return nullptr;
    const TlbEntry& cached = table(privilege).at(linear);
    const std::uint64_t tag = access == Access::Write ? cached.writeTag : cached.readTag;
    if (tag == (linear & kPageMask))
        return reinterpret_cast<std::byte*>(linear + cached.addend);
    Gpa physical = 0;
    std::byte* host = fill(linear, access, privilege, physical);
    if (host != nullptr && access == Access::Write && codePages.holdsCode(physical))
        return nullptr;
    return host;
}

void* Processor::openForModify(std::uint64_t linear, unsigned size) {
    if (!inLongMode())
        linear &= 0xFFFF'FFFF;
    if (!checkAlignment(linear, size, Privilege::Current))
        return nullptr;
    modification_.linear = linear;
    modification_.size = size;
    modification_.direct = false;
    if ((linear & ~kPageMask) + size <= kPageSize) {
        Gpa physical = 0;
        std::byte* host = fill(linear, Access::Write, Privilege::Current, physical);
        if (faulted)
            return nullptr;
        if (host != nullptr) {
            if ((dr[7] & 0xFF) != 0)
                checkDataBreakpoints(linear, size, Access::Write);
            modification_.direct = true;
            modification_.physical = physical;
            return host;
        }
    } else {
        // The write must not fail after the read has had effects.
        std::uint64_t second = (linear & kPageMask) + kPageSize;
        if (!inLongMode())
            second &= 0xFFFF'FFFF;
        if (!translate(linear, Access::Write, Privilege::Current) ||
            !translate(second, Access::Write, Privilege::Current))
            return nullptr;
    }
    if (!readLinear(linear, modification_.copy.data(), size))
        return nullptr;
    return modification_.copy.data();
}

bool Processor::commitModify() {
    if (!modification_.direct)
        return writeLinear(modification_.linear, modification_.copy.data(), modification_.size);
    if (codePages.holdsCode(modification_.physical)) {
        codePages.written(modification_.physical, modification_.size);
        dropChangedCode();
    }
    return true;
}

void Processor::noteLargePage(std::uint64_t linear, std::uint64_t offsetMask) {
    if (largeMask_ == 0) {
        largeBase_ = linear & ~offsetMask;
        largeMask_ = ~offsetMask;
        return;
    }
    largeMask_ &= ~offsetMask;
    while (((largeBase_ ^ linear) & largeMask_) != 0)
        largeMask_ <<= 1;
    largeBase_ &= largeMask_;
}

void Processor::flushTlb() {
    for (Tlb& one : tlbs)
        one.clear();
    fetchTlb.fill(FetchTlbEntry{});
    largeMask_ = 0;
    ++generation;
    codeContext = generation << 32 | mode;
}

void Processor::flushTlbPage(std::uint64_t linear) {
    if (!inLongMode())
        linear &= 0xFFFF'FFFF;
    // Entries are of 4 KiB whatever the guest's page size is: those of a larger page may be
    // anywhere in it.
    if (largeMask_ != 0 && ((linear ^ largeBase_) & largeMask_) == 0) {
        flushTlb();
        return;
    }
    for (Tlb& one : tlbs)
        one.at(linear) = TlbEntry{};
    fetchTlb[(linear >> 12) % kFetchEntries] = FetchTlbEntry{};
    ++generation;
    codeContext = generation << 32 | mode;
}

std::optional<Gpa> Processor::translateFetch(std::uint64_t linear) {
    if (!in64BitMode())
        linear &= 0xFFFF'FFFF;
    FetchTlbEntry& cached = fetchTlb[(linear >> 12) % kFetchEntries];
    // Rights to fetch depend on user mode; the tag's low bits say which one was checked.
    const std::uint64_t tag = (linear & kPageMask) | (cpl == 3 ? 2U : 0U);
    if (cached.tag != tag) {
        const auto found = walk(linear, Access::Execute, cpl == 3, false);
        if (!found)
            return std::nullopt;
        if (found->offsetMask > 0xFFF)
            noteLargePage(linear, found->offsetMask);
        cached = FetchTlbEntry{tag, found->physical};
    }
    return cached.physical | (linear & ~kPageMask);
}

void Processor::dropWriteTags() {
    for (Tlb& one : tlbs)
        for (TlbEntry& slot : one.entries)
            if (slot.writeTag != TlbEntry::kNoTag && codePages.holdsCode(slot.physical))
                slot.writeTag = TlbEntry::kNoTag;
}

}  // namespace hypervisor::software
