// SPDX-License-Identifier: GPL-3.0-or-later
#include "medium.h"

namespace devices::scsi {

Medium::~Medium() {
    disk_.reset();
    if (released_)
        released_();
}

void Medium::release(std::shared_ptr<Medium> medium, Released released) {
    if (medium)
        medium->released_ = std::move(released);
    else if (released)
        released();
}

}  // namespace devices::scsi
