// SPDX-License-Identifier: GPL-3.0-or-later

// A machine's network adapters and the virtual switches that they are plugged into.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "child_watch.h"
#include "machine.h"
#include "service/launch/nat_launch.h"

namespace service {

using hypervisor::Result;

SwitchPort Machine::openSwitchPort(const NetworkAdapter& adapter) {
    if (adapter.switchName.empty())
        return {};
    const auto notConnected = [&](const char* kind, const std::string& why) {
        tell(EventSeverity::Warning, kind,
             fmt::format("its adapter '{}' is not connected: {}", adapter.name, why));
        return SwitchPort{};
    };
    if (!around_.switches.exists(adapter.switchName))
        return notConnected("NoSwitch", fmt::format("there is no switch '{}'", adapter.switchName));
    if (adapter.switchName == kDefaultSwitch) {
        auto port = plugIntoNat(adapter);
        return port ? std::move(*port) : notConnected("NoNetwork", port.error().message);
    }
    if (const std::string rival = around_.rivalOf(*this, adapter); !rival.empty())
        return notConnected("AddressConflict",
                            fmt::format("the machine '{}', which runs, has its MAC address {} at "
                                        "the switch '{}'; give one of them another",
                                        rival, adapter.macAddress, adapter.switchName));
    auto tap = around_.switches.plug(adapter.switchName);
    if (!tap)
        return notConnected("NoNetwork", tap.error().message);
    return {std::move(*tap), true};
}

Result<SwitchPort> Machine::plugIntoNat(const NetworkAdapter& adapter) {
    const auto folder = tftpFolders_.find(adapter.id);
    const bool hasFolder = folder != tftpFolders_.end();
    if (!adapter.tftpFolder.empty() && !hasFolder)
        tell(EventSeverity::Warning, "NoTftp",
             fmt::format("its adapter '{}' has no TFTP server until the machine is started again",
                         adapter.name));
    auto nat = launchNat({name(), adapter.forwards, around_.workerUser, around_.workerGroup,
                          hasFolder ? folder->second->get() : -1, adapter.bootFile});
    if (!nat)
        return std::unexpected(nat.error());
    watchChild(around_.executor, std::move(nat->program),
               [weak = weak_from_this(), adapterName = adapter.name](const ProcessEnd& end) {
                   const auto self = weak.lock();
                   if (self && !end.well && isActive(self->state_))
                       self->tell(
                           EventSeverity::Warning, "NetworkEnded",
                           fmt::format("the network of its adapter '{}' {}", adapterName, end.how));
               });
    return SwitchPort{std::move(nat->port), false};
}

void Machine::replugAdapters(const std::vector<NetworkAdapter>& before) {
    // Without a worker yet it gets its adapters as they are now.
    if (!link_)
        return;
    for (const NetworkAdapter& adapter : settings().networkAdapters) {
        const auto was = std::ranges::find(before, adapter.id, &NetworkAdapter::id);
        if (was == before.end() ||
            (was->switchName == adapter.switchName && was->forwards == adapter.forwards))
            continue;
        const SwitchPort port = openSwitchPort(adapter);
        WorkerRequest request;
        request.kind = WorkerRequestKind::PlugAdapter;
        request.adapter = describeAdapter(adapter, port);
        std::vector<int> descriptors;
        if (port.descriptor)
            descriptors.push_back(port.descriptor.get());
        const std::string text =
            port.descriptor
                ? fmt::format("its adapter '{}' is connected to '{}'", adapter.name,
                              adapter.switchName)
                : fmt::format("its adapter '{}' is not connected any more", adapter.name);
        link_->ask(std::move(request), descriptors,
                   [self = shared_from_this(), text,
                    name = adapter.name](const Result<WorkerEvent>& answer) {
                       if (answer)
                           return self->tell(EventSeverity::Information, "AdapterPlugged", text);
                       self->tell(
                           EventSeverity::Warning, "NoNetwork",
                           fmt::format("its adapter '{}' stays as it was connected until the "
                                       "machine is started again: {}",
                                       name, answer.error().message));
                   });
    }
}

void Machine::switchFailed(const std::string& name, const std::string& why) {
    if (!isActive(state_))
        return;
    for (const NetworkAdapter& adapter : settings().networkAdapters)
        if (adapter.switchName == name)
            tell(EventSeverity::Warning, "NetworkEnded",
                 fmt::format("its adapter '{}' is at the switch '{}', which does not work: {}",
                             adapter.name, name, why));
}

}  // namespace service
