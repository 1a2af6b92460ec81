// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hypervisor/processor_state.h"
#include "processor.h"

/// x87, MMX and SSE state in the form of FXSAVE64 (Intel SDM volume 1, table 10-2).
namespace hypervisor::software {

/// The x87 part of a 512-byte image; the rest of `image` stays as it is.
void storeX87(const X87State& x87, FxsaveImage& image);
void loadX87(X87State& x87, const FxsaveImage& image);
void storeXmm(const Processor& p, FxsaveImage& image);
void loadXmm(Processor& p, const FxsaveImage& image);

/// All of it, MXCSR too: what ProcessorState holds. Only outside of guest code, where
/// Processor::mxcsr is current. The caller of the second follows with updateMode().
[[nodiscard]] FxsaveImage fxsaveImage(const Processor& p);
void loadFxsaveImage(Processor& p, const FxsaveImage& image);

}  // namespace hypervisor::software
