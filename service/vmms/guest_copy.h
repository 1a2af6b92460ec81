// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "devices/storage/job.h"
#include "hypervisor/error.h"
#include "machine.h"
#include "service/ipc/error_codes.h"
#include "service/ipc/guest_requests.h"

namespace service {

/// A file's way into a guest: opened by the thread of a job, copied by the machine's worker.
class GuestCopy {
  public:
    /// Judges the request without a look at the file.
    [[nodiscard]] static RpcResult<GuestCopy> create(const MachineCopyFileParams& params,
                                                     const std::shared_ptr<Machine>& machine,
                                                     boost::asio::any_io_executor executor);

    [[nodiscard]] std::string title() const;
    /// With the calling thread's rights, until the file is in the guest. Cancelling does not wait
    /// for a guest that says nothing.
    [[nodiscard]] hypervisor::Result<void> run(devices::storage::Job& job) const;

  private:
    GuestCopy(std::string source, WorkerFileCopy copy, const std::shared_ptr<Machine>& machine,
              boost::asio::any_io_executor executor);

    std::string source_;
    WorkerFileCopy copy_;
    std::weak_ptr<Machine> machine_;
    std::string machineName_;
    boost::asio::any_io_executor executor_;
};

}  // namespace service
