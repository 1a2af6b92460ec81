// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <string>
#include <vector>

#include "client_rights.h"
#include "hypervisor/file_descriptor.h"
#include "service/ipc/error_codes.h"
#include "service/ipc/machine_settings.h"

namespace service {

/// Everything that a worker needs opened. What is not there is not needed.
struct MachineFiles {
    hypervisor::FileDescriptor kernel;
    std::vector<hypervisor::FileDescriptor> initialRamDisks;
    hypervisor::FileDescriptor kvm;
};

/// With the calling thread's rights; content is judged by the worker, what can't be content at all
/// is refused here. The error names the setting.
[[nodiscard]] RpcResult<MachineFiles> openMachineFiles(const MachineSettings& settings);

/// Opens machines' files with the rights of a user, on threads of its own, because a file may be
/// slow to open.
class MachineFileOpener {
  public:
    using Callback = std::move_only_function<void(RpcResult<MachineFiles> files)>;

    /// Callbacks come on `executor`.
    explicit MachineFileOpener(boost::asio::any_io_executor executor);
    /// Waits for what is being opened.
    ~MachineFileOpener();

    void open(ClientRights rights, MachineSettings settings, Callback callback);

  private:
    const boost::asio::any_io_executor executor_;
    boost::asio::thread_pool threads_;
};

}  // namespace service
