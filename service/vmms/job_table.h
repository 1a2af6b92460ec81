// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client_rights.h"
#include "devices/storage/io_engine.h"
#include "devices/storage/job.h"
#include "hypervisor/error.h"
#include "service/ipc/error_codes.h"
#include "service/ipc/job_requests.h"

namespace service {

/// Long work on disk images, each with its client's rights, on threads of its own.
///
/// Thread safety: the event loop's thread; work runs elsewhere.
class JobTable {
  public:
    using Work = std::function<hypervisor::Result<void>(devices::storage::IoEngine& engine,
                                                        devices::storage::Job& job)>;

    JobTable(boost::asio::any_io_executor executor, std::function<void(const Job& job)> onChanged);
    /// Cancels all and waits for them.
    ~JobTable();
    JobTable(const JobTable&) = delete;
    JobTable& operator=(const JobTable&) = delete;

    /// Some run at a time, the others wait.
    [[nodiscard]] RpcResult<JobReply> begin(ClientRights rights, JobKind kind, std::string title,
                                            Work work);
    [[nodiscard]] std::vector<Job> list() const;
    [[nodiscard]] RpcResult<JobReply> get(std::uint64_t id) const;
    [[nodiscard]] RpcResult<JobReply> cancel(const ClientRights& rights, std::uint64_t id);

    /// Short work of the same kind, without a job of its own; the callback comes on the executor.
    void runShort(ClientRights rights, Work work,
                  std::function<void(hypervisor::Result<void> result)> callback);

  private:
    struct Entry {
        Job job;
        ClientRights rights;
        std::shared_ptr<devices::storage::Job> control;
    };

    [[nodiscard]] RpcResult<const Entry*> find(std::uint64_t id) const;
    void progress(std::uint64_t id, double percent);
    void ended(std::uint64_t id, const hypervisor::Result<void>& result);
    void forgetOld();

    const boost::asio::any_io_executor executor_;
    const std::function<void(const Job& job)> onChanged_;
    std::uint64_t last_ = 0;
    std::map<std::uint64_t, Entry> entries_;
    /// Callbacks that come after this object has gone find it gone.
    std::shared_ptr<JobTable*> self_ = std::make_shared<JobTable*>(this);
    boost::asio::thread_pool long_;
    boost::asio::thread_pool short_;
};

}  // namespace service
