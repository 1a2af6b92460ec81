// SPDX-License-Identifier: GPL-3.0-or-later
#include "device_identity.h"

#include <algorithm>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>

namespace service {

vmbus::Guid deviceIdentity(const std::string& machineId, std::string_view device) {
    // Any constant: the names below are ours alone.
    static constexpr boost::uuids::uuid kNames{{0x56, 0x49, 0x52, 0x45, 0x4F, 0x64, 0x45, 0x76,
                                                0x89, 0x63, 0x65, 0x49, 0x64, 0x65, 0x6E, 0x74}};
    const boost::uuids::name_generator_sha1 generator(kNames);
    const boost::uuids::uuid made = generator(machineId + '/' + std::string(device));
    vmbus::Guid guid;
    std::ranges::copy(made, guid.bytes.begin());
    return guid;
}

}  // namespace service
