// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "service/ipc/message_socket.h"
#include "service/ipc/worker_messages.h"
#include "service/launch/worker_launch.h"
#include "worker_record.h"

namespace service {

/// The service's side of one worker: its control connection and its process. Nothing here waits
/// for the worker, and nothing that it sends is believed beyond its shape.
///
/// Thread safety: the executor's one thread.
class WorkerLink : public std::enable_shared_from_this<WorkerLink> {
  public:
    struct Callbacks {
        /// What answers no request. Descriptors came with it.
        std::function<void(WorkerEvent event, std::vector<hypervisor::FileDescriptor> descriptors)>
            onEvent;
        /// The process has ended, and all that it said has been told: the last call. `how` is
        /// "was ended by signal 9 (Killed)", for instance.
        std::function<void(const std::string& how)> onEnd;
    };
    using Answer = std::function<void(hypervisor::Result<WorkerEvent> answer)>;

    [[nodiscard]] static std::shared_ptr<WorkerLink> create(boost::asio::any_io_executor executor,
                                                            LaunchedWorker worker,
                                                            WorkerRecord record,
                                                            Callbacks callbacks);
    /// A worker that an earlier service has started. `records` say which process it is and where
    /// it listens; they outlive the link.
    [[nodiscard]] static hypervisor::Result<std::shared_ptr<WorkerLink>> adopt(
        boost::asio::any_io_executor executor, const WorkerRecords& records,
        const std::string& machine, Callbacks callbacks);

    [[nodiscard]] pid_t process() const { return process_; }
    [[nodiscard]] const WorkerRecord& record() const { return record_; }

    [[nodiscard]] hypervisor::Result<void> sendStart(const MachineStart& start,
                                                     std::span<const int> descriptors);
    /// The answer has an error when the worker refuses, or does not answer in time. A Description
    /// is also given to onEvent, which gets its descriptors.
    void ask(WorkerRequestKind kind, std::uint32_t value, Answer answer);
    /// The same with all that a request may have; its number is given here.
    void ask(WorkerRequest request, std::span<const int> descriptors, Answer answer);
    void kill();
    /// No more callbacks; the process goes on.
    void forget();
    /// No more callbacks; the process is killed, and the link lives until it has ended.
    void abandon();

  private:
    WorkerLink(boost::asio::any_io_executor executor, pid_t process, WorkerRecord record,
               bool child, hypervisor::FileDescriptor handle, MessageSocket control,
               Callbacks callbacks);

    void begin();
    void waitForMessages();
    void waitForEnd();
    void readMessages();
    void take(MessageSocket::Message message);
    void connectionLost();
    void failRequests(const std::string& why);
    [[nodiscard]] Answer takeRequest(std::uint64_t id);
    void ended();

    const pid_t process_;
    const WorkerRecord record_;
    const bool child_;
    hypervisor::FileDescriptor handle_;
    MessageSocket control_;
    Callbacks callbacks_;
    // Duplicates, because these close what they are given.
    boost::asio::posix::stream_descriptor messages_;
    boost::asio::posix::stream_descriptor end_;
    boost::asio::steady_timer grace_;
    bool connected_ = true;
    bool ended_ = false;
    std::uint64_t lastRequest_ = 0;
    struct Request {
        Answer answer;
        std::unique_ptr<boost::asio::steady_timer> deadline;
    };
    std::map<std::uint64_t, Request> requests_;
};

}  // namespace service
