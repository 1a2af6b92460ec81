// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace service {

enum class GuestHeartbeat : std::uint8_t {
    /// The guest has no driver for it, or not yet.
    NoContact,
    Ok,
    /// It had answered and has stopped to.
    LostContact,
};
BOOST_DESCRIBE_ENUM(GuestHeartbeat, NoContact, Ok, LostContact)

struct GuestItem {
    std::string name;
    std::string value;

    bool operator==(const GuestItem&) const = default;
};
BOOST_DESCRIBE_STRUCT(GuestItem, (), (name, value))

/// What integration components know of a guest. All of it is the guest's word.
struct GuestReport {
    GuestHeartbeat heartbeat = GuestHeartbeat::NoContact;
    /// Of key-value exchange, in the guest's names: "OSName", "NetworkAddressIPv4".
    std::vector<GuestItem> items;
    /// In use or promised by the guest; 0: it has not told.
    std::uint64_t memoryDemandBytes = 0;
    /// Of dynamic memory: what the machine has now; 0: what it has started with.
    std::uint64_t assignedMemoryBytes = 0;
    /// Down to which the guest could give memory up; 0: it can't, or has not told.
    std::uint64_t leastMemoryBytes = 0;
};
BOOST_DESCRIBE_STRUCT(GuestReport, (),
                      (heartbeat, items, memoryDemandBytes, assignedMemoryBytes, leastMemoryBytes))

}  // namespace service
