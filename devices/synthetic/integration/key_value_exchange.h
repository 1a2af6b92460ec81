// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "integration_component.h"

namespace devices::synthetic {

/// Exchanges short texts with a daemon in the guest: reads what the guest tells of itself (its
/// system's name, its addresses), keeps what the host gives it, and reads and sets its network
/// adapters' addresses.
///
/// Thread safety: public methods from any thread; all callbacks come on the component's thread,
/// each `done` once, unless the component goes before.
class KeyValueExchange final : public IntegrationComponent {
  public:
    using Items = std::map<std::string, std::string>;
    enum class Pool : std::uint8_t {
        /// What the host has given the guest.
        External = 0,
        /// What the guest's user gives the host.
        Guest = 1,
        /// What the guest tells of itself.
        Auto = 2,
    };
    /// Bits.
    enum class Family : std::uint8_t { None = 0, Ipv4 = 1, Ipv6 = 2, Both = 3 };
    struct Addresses {
        /// The network adapter's instance, "{f8615163-...}" in upper or lower case.
        std::string adapter;
        Family family = Family::None;
        bool dhcp = false;
        std::vector<std::string> addresses;
        std::vector<std::string> netmasks;
        std::vector<std::string> gateways;
        std::vector<std::string> nameServers;
    };
    using Done = std::move_only_function<void(hypervisor::Result<void>)>;
    using DoneValue = std::move_only_function<void(hypervisor::Result<std::string>)>;
    using DoneAddresses = std::move_only_function<void(hypervisor::Result<Addresses>)>;

    /// `changed` gets what guestItems() is from then on.
    KeyValueExchange(DeviceThread& thread, std::function<void(const Items&)> changed);
    ~KeyValueExchange() override;

    [[nodiscard]] static vmbus::Offer offer();

    /// What the guest tells of itself, as last read; empty while its daemon does not run. The
    /// guest may say anything: keys of up to 255 and values of up to 1,023 UTF-16 units, at most
    /// kMostItems.
    [[nodiscard]] Items guestItems() const;
    static constexpr std::size_t kMostItems = 256;

    /// In the pool External.
    void set(std::string key, std::string value, Done done);
    void remove(std::string key, Done done);
    void get(Pool pool, std::string key, DoneValue done);

    void addresses(std::string adapter, Family family, DoneAddresses done);
    void setAddresses(Addresses addresses, Done done);

  private:
    struct Operation {
        std::vector<std::byte> body;
        Answer done;
    };

    void onReady() override;
    void onEnded() override;
    void enqueue(Operation operation);
    /// Asks the next question if none is under way: first what is wanted, then the enumeration's.
    void next();
    void refresh();
    void enumerated(const hypervisor::Result<Reply>& reply);
    void publish();

    const std::function<void(const Items&)> changed_;
    mutable std::mutex mutex_;
    /// Under mutex_.
    Items items_;

    // Of the thread.
    DeviceTimer refresh_;
    std::deque<Operation> wanted_;
    bool enumerating_ = false;
    std::uint32_t index_ = 0;
    /// What the enumeration under way has found.
    Items found_;
};

}  // namespace devices::synthetic
