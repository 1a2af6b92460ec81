// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor.h"

namespace hypervisor {

const char* name(Backend backend) {
    switch (backend) {
        case Backend::Kvm:
            return "kvm";
        case Backend::Software:
            return "software";
    }
    return "unknown";
}

}  // namespace hypervisor
