// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "image.h"

namespace devices::storage {

/// An image whose disk is the beginning of its file, byte for byte: raw, ISO, fixed VHD. Requests
/// go to the file as they are.
class FlatImage : public DiskImage {
  public:
    [[nodiscard]] IoEngine& engine() const override { return file_->engine(); }
    [[nodiscard]] std::uint64_t size() const override { return size_; }
    [[nodiscard]] std::uint32_t logicalSectorSize() const override { return sectorSize_; }
    [[nodiscard]] std::uint32_t physicalSectorSize() const override { return sectorSize_; }
    [[nodiscard]] bool readOnly() const override { return file_->readOnly(); }
    [[nodiscard]] StorageFile& file() const override { return *file_; }
    Task<hypervisor::Result<Extent>> extentAt(std::uint64_t offset, std::uint64_t limit) override;
    Task<hypervisor::Result<void>> compact(Job& job) override;
    Task<hypervisor::Result<void>> close() override;

  protected:
    enum class Room : bool {
        /// Unmapped ranges keep their room: a fixed image never lacks any.
        Kept,
        GivenBack,
    };

    FlatImage(std::unique_ptr<StorageFile> file, std::uint64_t size, std::uint32_t sectorSize,
              Room room)
        : file_(std::move(file)), size_(size), sectorSize_(sectorSize), room_(room) {}

    void setSize(std::uint64_t size) { size_ = size; }
    void start(DiskRequest& request) override;

  private:
    void pass(DiskRequest& request, FileOperation operation);
    Task<void> zeroAndFlush(DiskRequest& request);
    Task<void> readToEnd(DiskRequest& request);

    std::unique_ptr<StorageFile> file_;
    std::uint64_t size_;
    std::uint32_t sectorSize_;
    Room room_;
};

}  // namespace devices::storage
