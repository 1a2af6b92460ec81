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

    /// What some work is done for in the service's own tables, on the event loop.
    struct Conclusion {
        /// After the work has succeeded; the id of the machine that it is about. May refuse.
        std::function<RpcResult<std::string>()> run;
        /// Undoes the work, with the client's rights and not on the event loop, if `run` refuses or
        /// is not reached any more. Without it a job that is cancelled too late succeeds.
        std::function<void()> undo;
    };

    JobTable(boost::asio::any_io_executor executor, std::function<void(const Job& job)> onChanged);
    /// Cancels all and waits for them.
    ~JobTable();
    JobTable(const JobTable&) = delete;
    JobTable& operator=(const JobTable&) = delete;

    /// Some run at a time, the others wait.
    [[nodiscard]] RpcResult<JobReply> begin(ClientRights rights, JobKind kind, std::string title,
                                            Work work, Conclusion conclusion = {});
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
        Conclusion conclusion;
        /// Work that has succeeded waits for its conclusion. Set by its thread, which has ended or
        /// is waited for before anybody else looks.
        std::shared_ptr<bool> unconcluded;
    };

    [[nodiscard]] RpcResult<const Entry*> find(std::uint64_t id) const;
    void progress(std::uint64_t id, double percent);
    /// The work has; what is left is its conclusion.
    void worked(std::uint64_t id, const hypervisor::Result<void>& result);
    void undo(std::uint64_t id, std::string reason);
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
