// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "host_memory.h"
#include "machine_memory.h"
#include "memory_ceilings.h"
#include "service/ipc/error_codes.h"

namespace service {

/// Distributes the host's memory to the machines that run: which may start, and once a second the
/// ceilings of those with dynamic memory.
///
/// Thread safety: the executor's one thread.
class MemoryGovernor {
  public:
    struct Callbacks {
        /// Of all machines that are active, those included that are about to start.
        std::function<std::vector<MachineMemory>()> machines;
        /// A machine is to have no more than this, as soon as its guest can do with it.
        std::function<void(const std::string& id, std::uint64_t ceiling)> setCeiling;
    };
    using OnRoom = std::function<void(RpcResult<void> room)>;

    MemoryGovernor(boost::asio::any_io_executor executor, HostMemory host);
    /// Before anything else.
    void setCallbacks(Callbacks callbacks) { callbacks_ = std::move(callbacks); }

    /// What all machines together may have.
    [[nodiscard]] std::uint64_t most() const { return host_.most(); }
    /// Whether a machine that starts with so much memory may run beside the others that do, if
    /// those with dynamic memory come down to their minimum.
    [[nodiscard]] RpcResult<void> admit(const std::string& id, const std::string& name,
                                        std::uint64_t bytes) const;
    /// Has others give back what this machine, which is active already, starts with. Calls back
    /// once, at once where nobody has to, and else within kRoomPatience: with an error when the
    /// others have kept too much.
    void makeRoom(const std::string& id, const std::string& name, OnRoom done);
    /// Machines, their memory or their weights have changed.
    void changed();

    static constexpr std::chrono::seconds kRoomPatience{8};

  private:
    struct Start {
        std::string id;
        std::string name;
        std::chrono::steady_clock::time_point deadline;
        OnRoom done;
    };

    void schedule(std::chrono::milliseconds delay);
    void tick();
    void balance(const std::vector<MachineMemory>& machines);
    void answerStarts(const std::vector<MachineMemory>& machines);
    [[nodiscard]] RpcError refusal(const std::string& name, std::uint64_t bytes,
                                   const std::vector<MachineMemory>& others) const;

    const HostMemory host_;
    Callbacks callbacks_;
    MemoryCeilings ceilings_;
    /// What machines may have now, without its small ups and downs.
    std::uint64_t available_ = 0;
    std::vector<Start> starts_;
    boost::asio::steady_timer timer_;
    bool scheduled_ = false;
};

}  // namespace service
