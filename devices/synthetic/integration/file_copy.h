// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "integration_component.h"

namespace devices::synthetic {

/// Copies files from the host into the guest, whose daemon writes them; one at a time. Files are
/// read by somebody else, whose disk may be slow.
///
/// Thread safety: public methods from any thread; all callbacks come on the component's thread.
class FileCopy final : public IntegrationComponent {
  public:
    struct File {
        std::string name;
        /// Where it goes in the guest.
        std::string folder;
        std::uint64_t size = 0;
        bool overwrite = false;
        bool createFolder = false;
    };
    using Content = std::vector<std::byte>;
    /// May be called on any thread, also before the call that it is given to returns, and at any
    /// time: what comes too late is dropped.
    using OnRead = std::move_only_function<void(hypervisor::Result<Content> content)>;
    struct Callbacks {
        /// Asks for the file's content from `offset` on, `length` bytes or, if that is easier,
        /// fewer. Called for the file's pieces in order, the next one after `done` of the last;
        /// goes with the copy. Must not take long itself, `done` may take as long as the host's
        /// disk does.
        std::move_only_function<void(std::uint64_t offset, std::uint32_t length, OnRead done)> read;
        /// So many bytes are in the guest. May be null.
        std::move_only_function<void(std::uint64_t copied)> progress;
        /// Called once, unless the component goes before.
        std::move_only_function<void(hypervisor::Result<void>)> done;
    };

    explicit FileCopy(DeviceThread& thread);
    ~FileCopy() override;

    [[nodiscard]] static vmbus::Offer offer();
    void copy(File file, Callbacks callbacks);
    /// The copy under way ends soon, with an error; the guest removes what it has of the file.
    void cancel();

  private:
    struct Copy {
        std::uint64_t size;
        std::uint64_t copied = 0;
        Callbacks callbacks;
        bool cancelled = false;
        /// A piece has been asked for, and nothing of the guest.
        bool reading = false;
    };
    /// From readers' threads to the device while it is there.
    struct Gate {
        std::mutex mutex;
        FileCopy* device;  // guarded by mutex
    };

    void onReady() override {}
    void onEnded() override;
    void start(const File& file, Callbacks callbacks);
    void next();
    void readPiece();
    void pieceRead(std::uint64_t number, hypervisor::Result<Content> content);
    template <class Body>
    void ask(const Body& body, std::uint64_t progress, bool last);
    void end(hypervisor::Result<void> result);
    /// Tells the guest that nothing more comes of the file, and ends with the error.
    void abandon(hypervisor::Error why);

    const std::shared_ptr<Gate> gate_;
    // Of the thread.
    std::optional<Copy> copy_;
    std::uint64_t lastRead_ = 0;
};

}  // namespace devices::synthetic
