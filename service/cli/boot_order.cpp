// SPDX-License-Identifier: GPL-3.0-or-later
#include "boot_order.h"

#include <fmt/format.h>

#include "enumeration_words.h"

namespace service::cli {

using hypervisor::failure;
using hypervisor::Result;

Result<std::vector<BootDevice>> parseBootOrder(const std::string& text, const char* option) {
    std::vector<BootDevice> order;
    std::size_t start = 0;
    for (;;) {
        const std::size_t end = text.find(',', start);
        const auto device = parseWord<BootDevice>(text.substr(start, end - start), option);
        if (!device)
            return std::unexpected(device.error());
        for (const BootDevice earlier : order)
            if (earlier == *device)
                return failure(fmt::format("{} names '{}' twice; give each device once", option,
                                           text.substr(start, end - start)));
        order.push_back(*device);
        if (end == std::string::npos)
            return order;
        start = end + 1;
    }
}

}  // namespace service::cli
