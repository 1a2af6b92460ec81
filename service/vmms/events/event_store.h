// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "service/ipc/event_severity.h"
#include "service/vmms/database/database_thread.h"

namespace service {

/// Something that happened to a machine, or to the service.
struct StoredEvent {
    /// Grows with each event, also from one start of the service to the next; below 2^53.
    std::uint64_t number = 0;
    std::chrono::sys_time<std::chrono::milliseconds> time = {};
    /// The machine's id; empty: the service's own.
    std::string machine = {};
    /// A word for programs: "Started", "Crashed".
    std::string kind = {};
    EventSeverity severity = EventSeverity::Information;
    /// For people.
    std::string text = {};
};

/// Those that meet all conditions; of more than `count` the newest.
struct EventQuery {
    std::optional<std::string> machine = {};
    /// Only numbers greater than this.
    std::uint64_t after = 0;
    std::optional<std::chrono::sys_time<std::chrono::milliseconds>> since = {};
    EventSeverity least = EventSeverity::Information;
    std::size_t count = 100;
};

/// The events of all machines, kept in the service's database. What can't be written stays in
/// memory, a thousand events of it, and is written when that works again.
///
/// Thread safety: one thread (the event loop's). Destroyed after the database's thread was drained.
class EventStore {
  public:
    struct Limits {
        std::size_t all = 100'000;
        /// So that one machine can't push out the others' events.
        std::size_t ofOneMachine = 2'000;
        std::chrono::days age{90};
    };
    static constexpr std::size_t kMostText = 4096;
    static constexpr std::size_t kMostAnswers = 10'000;
    using Answer = std::function<void(std::vector<StoredEvent> events)>;

    /// For DatabaseThread::create().
    [[nodiscard]] static std::string schema();

    /// Answers come on `executor`. Reads the last event's number, so it waits for the database.
    EventStore(boost::asio::any_io_executor executor, DatabaseThread& database, Limits limits);
    ~EventStore();
    EventStore(const EventStore&) = delete;
    EventStore& operator=(const EventStore&) = delete;

    /// Gives the event as it will be found: numbered, and its text made valid UTF-8 of at most
    /// kMostText bytes. Does not wait.
    StoredEvent add(StoredEvent event);
    /// Oldest first; includes what was added before.
    void query(EventQuery query, Answer answer);
    /// The machine was deleted.
    void forget(const std::string& machine);

  private:
    struct Shared;

    const boost::asio::any_io_executor executor_;
    DatabaseThread& database_;
    const std::shared_ptr<Shared> shared_;
    std::uint64_t last_ = 0;
};

}  // namespace service
