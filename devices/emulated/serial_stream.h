// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "serial_backend.h"

namespace devices {

/// A serial port's other end as a pair of file descriptors: a terminal, pipes, a socket (twice),
/// files. One thread of its own does all input and output, so that a reader who is slow, or stops
/// the terminal, never holds up the guest's processor: output waits in a bounded buffer, and when
/// that is full, the guest sees a busy transmitter.
///
/// Descriptors may be blocking or not; their flags are left alone. When the reader goes away,
/// output is thrown away; when input ends, there is none any more.
class SerialStream : public SerialBackend {
  public:
    static constexpr std::size_t kOutputBuffer = 64 * 1024;

    /// Either descriptor may be empty: no input, or output thrown away.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<SerialStream>> create(
        hypervisor::FileDescriptor input, hypervisor::FileDescriptor output);

    /// Writes what is in the buffer as far as the reader takes it, a second at most.
    ~SerialStream() override;
    SerialStream(const SerialStream&) = delete;
    SerialStream& operator=(const SerialStream&) = delete;

    void attach(Port* port) override;
    [[nodiscard]] bool send(std::uint8_t byte) override;
    void inputRoom() override;

  private:
    SerialStream(hypervisor::FileDescriptor input, hypervisor::FileDescriptor output,
                 hypervisor::FileDescriptor wake);

    void serve();
    void wake();
    [[nodiscard]] bool readInput();
    void deliverInput();
    [[nodiscard]] bool writeOutput();
    [[nodiscard]] bool stopping();

    hypervisor::FileDescriptor input_;
    hypervisor::FileDescriptor output_;
    hypervisor::FileDescriptor wake_;
    // How much can be written at a time to output_, once it is writable, without waiting.
    std::size_t chunk_;
    bool outputIsSocket_;

    // The thread's own: bytes that were read and that the port has not taken.
    std::vector<std::uint8_t> pendingInput_;

    // Held while the port is called; never taken by send() and inputRoom(), which the port calls.
    std::mutex portMutex_;
    Port* port_ = nullptr;

    std::mutex mutex_;
    // Guarded by mutex_.
    std::vector<std::uint8_t> buffer_;  // a ring
    std::size_t first_ = 0;
    std::size_t size_ = 0;
    bool refused_ = false;       // send() has refused a byte
    bool inputWanted_ = false;   // pendingInput_ is to be tried again
    bool outputBroken_ = false;  // nobody reads
    bool stop_ = false;

    std::thread thread_;
};

}  // namespace devices
