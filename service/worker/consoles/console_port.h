// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <vector>

#include "console_client.h"
#include "devices/emulated/serial_backend.h"
#include "hypervisor/file_descriptor.h"
#include "scrollback.h"

struct pollfd;

namespace service {

/// One serial port's end of a ConsoleHub: its scrollback, its door and who came in.
///
/// Thread safety: the SerialBackend from any thread, the rest by the hub's.
class ConsolePort : public devices::SerialBackend {
  public:
    static constexpr std::size_t kMostClients = 32;

    /// `listener` does not block. `wake` makes the hub's thread look again.
    ConsolePort(hypervisor::FileDescriptor listener, std::function<void()> wake)
        : listener_(std::move(listener)), wake_(std::move(wake)) {}

    void attach(Port* port) override;
    [[nodiscard]] bool send(std::uint8_t byte) override;
    void inputRoom() override;

    /// Adds what to wait for.
    void prepare(std::vector<pollfd>& sources, bool acceptsClients);
    /// Takes as many of `sources` as prepare() added, from `next` on, and does what they are
    /// ready for. False: the process has no room for another client.
    [[nodiscard]] bool serve(const std::vector<pollfd>& sources, std::size_t& next);
    /// Some output has not been taken by somebody who is there.
    [[nodiscard]] bool hasOutput();

  private:
    [[nodiscard]] bool acceptClients();
    void readFrom(ConsoleClient& client);
    void deliverInput();

    const hypervisor::FileDescriptor listener_;
    const std::function<void()> wake_;

    // The hub's thread's.
    std::list<ConsoleClient> clients_;
    // What was read of one client, and the port has not taken.
    std::vector<std::uint8_t> input_;

    // Held while the port is called; never taken by send() and inputRoom(), which the port calls.
    std::mutex portMutex_;
    Port* port_ = nullptr;

    std::mutex mutex_;
    // Guarded by mutex_.
    Scrollback scrollback_;
    bool outputWanted_ = false;  // a client has all and waits for more
    bool inputWanted_ = false;   // input_ is to be tried again
};

}  // namespace service
