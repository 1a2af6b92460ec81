// SPDX-License-Identifier: GPL-3.0-or-later
#include "pointer_choice.h"

namespace devices::display {

void PointerChoice::pointer(const PointerState& state, int wheel) {
    const std::scoped_lock lock(mutex_);
    if (!isHeld_)
        isOther_ = !preferred_.isListening();
    isHeld_ = state.buttons != 0;
    (isOther_ ? other_ : preferred_).pointer(state, wheel);
}

}  // namespace devices::display
