// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "hypervisor/file_descriptor.h"

namespace tests {

/// Somebody attached to a console's socket.
class ConsolePeer {
  public:
    explicit ConsolePeer(const std::string& path);

    /// False when nobody listens there or may be talked to.
    [[nodiscard]] bool connected() const { return static_cast<bool>(socket_); }
    void type(const std::string& text);
    /// Reads until `text` has come; what was read up to its end is taken away. False when it does
    /// not come within half a minute.
    [[nodiscard]] bool hears(const std::string& text);
    /// Reads until the connection ends, or the patience.
    [[nodiscard]] bool hearsTheEnd();
    /// What was read by the last hears() and was not what it waited for, or is left.
    [[nodiscard]] const std::string& heard() const { return heard_; }
    void leave() { socket_ = {}; }

  private:
    [[nodiscard]] bool readMore(int milliseconds);

    hypervisor::FileDescriptor socket_;
    std::string heard_;
    std::string left_;
};

}  // namespace tests
