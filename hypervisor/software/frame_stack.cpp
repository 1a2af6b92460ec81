// SPDX-License-Identifier: GPL-3.0-or-later
#include "frame_stack.h"

#include "segmentation.h"

namespace hypervisor::software {

namespace {

std::uint64_t maskOf(unsigned width) {
    return width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
}

}  // namespace

FrameStack::FrameStack(Processor& p, std::uint32_t errorCode)
    : FrameStack(p, p[SegmentName::Ss], p[Register::Rsp], stackWidth(p), Privilege::Current,
                 errorCode) {}

FrameStack::FrameStack(Processor& p, const Segment& segment, std::uint64_t pointer, unsigned width,
                       Privilege privilege, std::uint32_t errorCode)
    : p_(p),
      segment_(segment),
      pointer_(pointer),
      mask_(maskOf(width)),
      privilege_(privilege),
      errorCode_(errorCode) {}

std::optional<std::uint64_t> FrameStack::linear(std::uint64_t offset, unsigned size) {
    if (mask_ == ~std::uint64_t{0}) {
        if (p_.isCanonical(offset) && p_.isCanonical(offset + size - 1))
            return offset;
    } else if (segment_.present() && covers(segment_, offset, size)) {
        return (segment_.base + offset) & 0xFFFF'FFFF;
    }
    p_.raise(Exception::StackFault, errorCode_);
    return std::nullopt;
}

bool FrameStack::push(std::uint64_t value, unsigned size) {
    const auto address = linear((pointer_ - size) & mask_, size);
    if (!address || !p_.writeLinear(*address, &value, size, privilege_))
        return false;
    pointer_ -= size;
    return true;
}

bool FrameStack::pushSelector(std::uint16_t selector, unsigned size) {
    const std::uint64_t value = selector;
    const auto address = linear((pointer_ - size) & mask_, size);
    if (!address || !p_.writeLinear(*address, &value, size == 4 ? 2 : size, privilege_))
        return false;
    pointer_ -= size;
    return true;
}

std::optional<std::uint64_t> FrameStack::pop(unsigned size) {
    std::uint64_t value = 0;
    const auto address = linear(pointer_ & mask_, size);
    if (!address || !p_.readLinear(*address, &value, size, privilege_))
        return std::nullopt;
    pointer_ += size;
    return value;
}

bool FrameStack::hasRoom(unsigned bytes) {
    return linear((pointer_ - bytes) & mask_, bytes).has_value();
}

void FrameStack::commit() {
    std::uint64_t& rsp = p_[Register::Rsp];
    rsp = mask_ == 0xFFFF ? (rsp & ~mask_) | pointer() : pointer();
}

}  // namespace hypervisor::software
