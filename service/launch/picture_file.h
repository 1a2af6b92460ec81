// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"

namespace service {

/// An anonymous file that a worker writes a picture to. What it writes is not believed.
class PictureFile {
  public:
    [[nodiscard]] static hypervisor::Result<PictureFile> create();

    [[nodiscard]] int descriptor() const { return file_.get(); }
    /// What is in it; fails when that is more than a picture can have.
    [[nodiscard]] hypervisor::Result<std::string> read() const;

  private:
    explicit PictureFile(hypervisor::FileDescriptor file) : file_(std::move(file)) {}

    hypervisor::FileDescriptor file_;
};

}  // namespace service
