// SPDX-License-Identifier: GPL-3.0-or-later
#include "keyboard_choice.h"

namespace devices::display {

void KeyboardChoice::key(ScanCode code, KeyAction action) {
    if (code.prefix > ScanPrefix::E1)
        return;
    const std::size_t index = static_cast<std::size_t>(code.prefix) * 256 + code.code;
    const std::scoped_lock lock(mutex_);
    bool isOther = goesOn_ ? wasOther_ : !preferred_.isListening();
    if (held_.test(index))
        isOther = heldAtOther_.test(index);
    wasOther_ = isOther;
    goesOn_ = code.prefix == ScanPrefix::E1;
    held_.set(index, action == KeyAction::Down);
    heldAtOther_.set(index, isOther);
    (isOther ? other_ : preferred_).key(code, action);
}

}  // namespace devices::display
