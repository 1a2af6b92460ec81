// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "processor.h"

namespace hypervisor::software {

/// A stack while a frame is built on it or taken from it. Only memory changes before commit(),
/// so that an instruction that faults half way can be started again. Functions that fail have
/// raised #SS with `errorCode`, or #PF.
class FrameStack {
  public:
    /// The present stack.
    explicit FrameStack(Processor& p, std::uint32_t errorCode = 0);
    /// Another one. `width` is that of the stack pointer in bits.
    FrameStack(Processor& p, const Segment& segment, std::uint64_t pointer, unsigned width,
               Privilege privilege, std::uint32_t errorCode);

    [[nodiscard]] bool push(std::uint64_t value, unsigned size);
    /// Moves by `size` like push(), but a 32-bit push of a selector writes its 16 bits alone.
    [[nodiscard]] bool pushSelector(std::uint16_t selector, unsigned size);
    [[nodiscard]] std::optional<std::uint64_t> pop(unsigned size);
    void skip(std::uint64_t bytes) { pointer_ += bytes; }
    [[nodiscard]] std::uint64_t pointer() const { return pointer_ & mask_; }
    /// Whether `bytes` more can be pushed, as far as the segment is concerned; raises #SS.
    [[nodiscard]] bool hasRoom(unsigned bytes);

    /// Writes the pointer to RSP.
    void commit();

  private:
    [[nodiscard]] std::optional<std::uint64_t> linear(std::uint64_t offset, unsigned size);

    Processor& p_;
    const Segment segment_;
    std::uint64_t pointer_;
    const std::uint64_t mask_;
    const Privilege privilege_;
    const std::uint32_t errorCode_;
};

/// Width in bits of the present stack's pointer.
[[nodiscard]] inline unsigned stackWidth(const Processor& p) {
    if (p.in64BitMode())
        return 64;
    return (p.mode & mode::kStack32) != 0 ? 32 : 16;
}

}  // namespace hypervisor::software
