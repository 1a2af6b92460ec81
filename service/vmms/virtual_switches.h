// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hypervisor/file_descriptor.h"
#include "journal.h"
#include "service/ipc/error_codes.h"
#include "service/ipc/switch_requests.h"
#include "service/vmms/switches/bridge_switches.h"
#include "service/vmms/switches/link_watch.h"
#include "service_places.h"
#include "switch_file.h"

namespace service {

/// All virtual switches: keeps them, makes them, and watches that they stay.
///
/// What is asked of the kernel is answered within the call, on the event loop: some milliseconds.
///
/// Thread safety: the executor's one thread.
class VirtualSwitches {
  public:
    struct Callbacks {
        std::function<void(const VirtualSwitch& changed)> onChanged;
        std::function<void(const std::string& id)> onRemoved;
        /// One that worked does not any more.
        std::function<void(const std::string& name, const std::string& why)> onFailed;
        /// Names of machines with an adapter at the switch of this name.
        std::function<std::vector<std::string>(const std::string& name)> users;
    };

    VirtualSwitches(boost::asio::any_io_executor executor, const ServicePlaces& places,
                    ServiceMode mode, Journal& journal);

    void setCallbacks(Callbacks callbacks) { callbacks_ = std::move(callbacks); }
    /// Reads them and makes what the host has not; what can't be made is told and tried again.
    void load();

    [[nodiscard]] SwitchListReply list() const;
    /// The Default Switch counts.
    [[nodiscard]] bool exists(const std::string& name) const;
    /// For refusals: "Default Switch, Lab".
    [[nodiscard]] std::string names() const;

    [[nodiscard]] RpcResult<SwitchReply> create(SwitchSettings settings);
    [[nodiscard]] RpcResult<SwitchReply> set(const SwitchSetParams& params);
    /// `renamed` is called with the old name, for who refers to it.
    [[nodiscard]] RpcResult<SwitchReply> rename(
        const SwitchRenameParams& params,
        const std::function<void(const std::string& oldName)>& renamed);
    [[nodiscard]] RpcResult<NoParams> remove(const SwitchParams& params);

    /// A port of a switch that is not the Default Switch: a tap device.
    [[nodiscard]] hypervisor::Result<hypervisor::FileDescriptor> plug(const std::string& name);
    /// Other machines are at the switch of this name, or at none.
    void usersChanged(const std::string& name) const;

  private:
    struct Entry {
        SwitchSettings settings;
        /// Why it does not work; empty: it does.
        std::string problem;
        /// It has lost the host's adapter, and shall have it when it is there again.
        bool wantsAdapter = false;
    };

    [[nodiscard]] RpcResult<Entry*> find(const std::string& nameOrId);
    [[nodiscard]] RpcResult<void> checkChangeable() const;
    /// Against the other switches and the host.
    [[nodiscard]] RpcResult<void> judge(const SwitchSettings& settings);
    [[nodiscard]] RpcResult<void> store();
    [[nodiscard]] VirtualSwitch describe(const Entry& entry) const;
    [[nodiscard]] std::vector<SwitchSettings> allSettings() const;

    void establish(Entry& entry);
    void note(Entry& entry, std::string problem);
    void watch();
    void lookSoon();
    void look();
    void tell(const Entry& entry) const;
    void record(EventSeverity severity, std::string kind, std::string text);

    const std::string file_;
    Journal& journal_;
    Callbacks callbacks_;
    HostPartFiles parts_;
    /// None where the service can make no switches, for the reason beside it.
    std::optional<BridgeSwitches> bridges_;
    std::string limitation_;
    /// Why the file could not be read; it is not written then.
    std::string damage_;
    /// By name.
    std::vector<std::unique_ptr<Entry>> entries_;
    std::optional<LinkWatch> watch_;
    // A duplicate, because it closes what it is given.
    boost::asio::posix::stream_descriptor changes_;
    boost::asio::steady_timer settle_;
};

}  // namespace service
