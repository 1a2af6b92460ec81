// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <semaphore>
#include <span>
#include <thread>

#include "event_outbox.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "service/ipc/message_socket.h"
#include "service/ipc/worker_messages.h"

namespace service {

/// A worker's end of its control socket, on a thread of its own: sends events, has requests
/// carried out and answers them, and takes a new connection when there is a listening socket.
/// docs/worker-protocol.md
class ControlServer {
  public:
    struct Callbacks {
        /// Carries a request out, with the descriptors that came with it; the event answers it.
        /// Nothing: the answer, with the request's number, comes through the outbox.
        std::function<std::optional<WorkerEvent>(const WorkerRequest& request,
                                                 std::span<hypervisor::FileDescriptor> descriptors)>
            obey;
        /// The peer has gone, or shut its end down, and nobody can come after it. If the process
        /// is still there seconds later, it is ended.
        std::function<void()> onAbandoned;
        /// First thing on the control thread once it begins.
        std::function<void()> onThread;
    };

    /// `attachment` is the descriptor that goes with the events that have one; it, `outbox` and
    /// `listener` (which may be empty) outlive this.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<ControlServer>> create(
        MessageSocket connection, const hypervisor::FileDescriptor& listener, EventOutbox& outbox,
        int attachment, Callbacks callbacks);
    /// Ends without waiting that anybody takes what is left in the outbox.
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    /// Starts to serve, once; what has been posted before is sent on return.
    void begin();

    /// Waits until an event that is a worker's last was sent, or can't be: posted before.
    void finish();

    /// The kernel's ID of the control thread.
    [[nodiscard]] int thread() const { return threadId_; }

  private:
    ControlServer(MessageSocket connection, const hypervisor::FileDescriptor& listener,
                  EventOutbox& outbox, int attachment, Callbacks callbacks);

    void serve();
    void sendEvents();
    [[nodiscard]] bool send(const WorkerEvent& event);
    void readRequests();
    void answer(MessageSocket::Message message);
    void acceptConnection();
    /// Nobody is there any more, and nobody will be if there is no listener.
    void abandon();
    [[nodiscard]] int millisecondsLeft() const;

    const hypervisor::FileDescriptor& listener_;
    EventOutbox& outbox_;
    const int attachment_;
    const Callbacks callbacks_;
    const hypervisor::FileDescriptor quit_;

    std::counting_semaphore<2> begin_{0};
    std::binary_semaphore ready_{0};
    int threadId_ = 0;

    // The control thread's.
    std::optional<MessageSocket> connection_;
    unsigned user_;
    bool reading_ = true;
    bool abandoned_ = false;
    bool lastSent_ = false;
    std::optional<std::chrono::steady_clock::time_point> deadline_;

    std::jthread thread_;
};

}  // namespace service
