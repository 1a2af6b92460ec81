// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "integration_component.h"

namespace devices::synthetic {

/// Copies files from the host into the guest, whose daemon writes them; one at a time.
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
    struct Callbacks {
        /// Fills `to` with the file's content from `offset` on. Called for the file's pieces in
        /// order; must not take long.
        std::move_only_function<hypervisor::Result<void>(std::uint64_t offset,
                                                         std::span<std::byte> to)>
            read;
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
    };

    void onReady() override {}
    void start(const File& file, Callbacks callbacks);
    void next();
    void sendPiece();
    template <class Body>
    void ask(const Body& body, std::uint64_t progress, bool last);
    void end(hypervisor::Result<void> result);
    /// Tells the guest that nothing more comes of the file, and ends with the error.
    void abandon(hypervisor::Error why);

    // Of the thread.
    std::optional<Copy> copy_;
};

}  // namespace devices::synthetic
