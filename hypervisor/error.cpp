// SPDX-License-Identifier: GPL-3.0-or-later
#include "error.h"

#include <system_error>

namespace hypervisor {

std::unexpected<Error> systemFailure(const std::string& what, int number) {
    return failure(what + ": " + std::generic_category().message(number));
}

}  // namespace hypervisor
