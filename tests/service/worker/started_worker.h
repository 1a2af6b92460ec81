// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hypervisor/file_descriptor.h"
#include "service/ipc/message_socket.h"
#include "service/ipc/worker_messages.h"

namespace tests {

/// A vireo-worker as the service starts one, with a bare-metal guest; killed with this object.
class StartedWorker {
  public:
    struct Options {
        service::MachineStart start;
        std::string kernel;
        /// The worker gets a listening socket at this path.
        std::string listenAt;
        /// Listening sockets for start.consolePorts; closed here once the worker has them.
        std::vector<std::shared_ptr<hypervisor::FileDescriptor>> consoles = {};
    };
    explicit StartedWorker(Options options);
    ~StartedWorker();
    StartedWorker(const StartedWorker&) = delete;
    StartedWorker& operator=(const StartedWorker&) = delete;

    [[nodiscard]] pid_t process() const { return process_; }

    /// The next event of this kind, or one that came before an answer since the last one; what
    /// comes before it is dropped. Nothing when the connection ends.
    struct Received {
        service::WorkerEvent event;
        std::vector<hypervisor::FileDescriptor> descriptors;
    };
    [[nodiscard]] std::optional<Received> waitFor(service::WorkerEventKind kind);
    /// Sends a request and waits for its answer.
    [[nodiscard]] std::optional<Received> ask(service::WorkerRequestKind kind,
                                              std::uint32_t value = 0);

    void closeConnection() { control_.reset(); }
    /// Connects to where it listens.
    [[nodiscard]] bool reconnect();
    [[nodiscard]] service::MessageSocket& control() { return *control_; }

    void type(const std::string& text);
    /// True when the guest says `text` within `milliseconds`.
    [[nodiscard]] bool hears(const std::string& text, int milliseconds);

    /// The exit status, or a thousand more than the signal; waits.
    [[nodiscard]] int waitForEnd();

  private:
    [[nodiscard]] std::optional<Received> waitUntil(
        const std::function<bool(const service::WorkerEvent&)>& wanted, bool keepOthers = false);

    Options options_;
    pid_t process_ = -1;
    std::uint64_t lastRequest_ = 0;
    std::optional<service::MessageSocket> control_;
    /// What came while an answer was waited for: a worker may do sooner than say that it does.
    std::deque<Received> passed_;
    hypervisor::FileDescriptor console_;
    std::string heard_;
};

}  // namespace tests
