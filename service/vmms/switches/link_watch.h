// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace service {

/// Tells when something about the host's interfaces has changed; what, is to be looked for.
class LinkWatch {
  public:
    [[nodiscard]] static hypervisor::Result<LinkWatch> create();

    /// Readable after a change.
    [[nodiscard]] int descriptor() const { return socket_.get(); }
    /// Takes what has been told so far.
    void drain();

  private:
    explicit LinkWatch(hypervisor::FileDescriptor socket) : socket_(std::move(socket)) {}

    hypervisor::FileDescriptor socket_;
};

}  // namespace service
