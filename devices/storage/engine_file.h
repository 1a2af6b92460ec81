// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "storage_file.h"

namespace devices::storage {

enum class FileAccess : bool { Read, ReadWrite };

/// A StorageFile on an open descriptor: a regular file or a block device.
class EngineFile final : public StorageFile {
  public:
    /// `engine` outlives the file. Nothing may be in flight when the file is destroyed.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<EngineFile>> create(
        IoEngine& engine, hypervisor::FileDescriptor descriptor, std::string name,
        FileAccess access);
    ~EngineFile() override;

    [[nodiscard]] IoEngine& engine() const override { return engine_; }
    [[nodiscard]] const std::string& name() const override { return name_; }
    [[nodiscard]] bool readOnly() const override { return access_ == FileAccess::Read; }
    [[nodiscard]] std::uint64_t size() const override { return size_; }
    [[nodiscard]] std::uint64_t allocated() const override;
    [[nodiscard]] FileRange nextData(std::uint64_t offset) const override;
    void submit(FileRequest& request) override;

    [[nodiscard]] int descriptor() const { return descriptor_.get(); }

  private:
    EngineFile(IoEngine& engine, hypervisor::FileDescriptor descriptor, std::string name,
               FileAccess access, std::uint64_t size, bool block)
        : engine_(engine),
          descriptor_(std::move(descriptor)),
          name_(std::move(name)),
          access_(access),
          size_(size),
          block_(block) {}

    static void ended(ReadyItem& item);
    void finish(FileRequest& request);
    void resize(FileRequest& request);
    Task<void> writeZeroes(FileRequest& request);

    IoEngine& engine_;
    hypervisor::FileDescriptor descriptor_;
    std::string name_;
    FileAccess access_;
    // Kept here because the file is ours alone; the lock says so.
    std::uint64_t size_;
    bool block_;
    unsigned slot_ = 0;
    bool attached_ = false;
};

}  // namespace devices::storage
