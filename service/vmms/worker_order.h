// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "hypervisor/file_descriptor.h"
#include "machine_files.h"
#include "service/ipc/machine_settings.h"
#include "service/ipc/worker_messages.h"

namespace service {

/// Where an adapter is plugged in, or nowhere.
struct SwitchPort {
    hypervisor::FileDescriptor descriptor = {};
    /// A tap device; else a socket.
    bool tap = false;
};

/// As a worker is told of it; the descriptor goes beside it.
[[nodiscard]] WorkerAdapter describeAdapter(const NetworkAdapter& adapter, const SwitchPort& port);

/// A start as a worker is told of it, with the descriptors that go with it, in their order.
///
/// Order of the calls: create(), then the add...() as often as there is something, in the order in
/// which they stand here.
class WorkerOrder {
  public:
    /// `files` stays until the order has been sent.
    WorkerOrder(const MachineSettings& settings, const MachineFiles& files);

    void addListener(int descriptor);
    void addConsole(unsigned port, hypervisor::FileDescriptor listener);
    /// The drives' images, which have been given to the constructor.
    void addDrives();
    void addAdapter(const NetworkAdapter& adapter, SwitchPort port);
    void addScreen(hypervisor::FileDescriptor listener);
    void addGuestSockets(hypervisor::FileDescriptor listener);

    [[nodiscard]] MachineStart& start() { return start_; }
    [[nodiscard]] const MachineStart& start() const { return start_; }
    [[nodiscard]] const std::vector<int>& descriptors() const { return descriptors_; }

  private:
    const MachineFiles& files_;
    MachineStart start_;
    std::vector<int> descriptors_;
    std::vector<hypervisor::FileDescriptor> owned_;
};

}  // namespace service
