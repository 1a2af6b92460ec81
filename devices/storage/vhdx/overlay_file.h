// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "devices/storage/storage_file.h"
#include "devices/storage/task.h"
#include "log_entry.h"
#include "region_table.h"

namespace devices::storage::vhdx {

/// A file for reading with some of it replaced in memory.
class OverlayFile final : public StorageFile {
  public:
    /// `size`: at least the file's; what lies behind its end reads as zeroes.
    OverlayFile(std::unique_ptr<StorageFile> file, std::uint64_t size)
        : file_(std::move(file)), size_(size) {}

    /// Later ones win over earlier ones. Offsets and lengths are whole sectors.
    void write(std::uint64_t offset, const MetadataSector& content);
    void zero(const Region& region);

    [[nodiscard]] IoEngine& engine() const override { return file_->engine(); }
    [[nodiscard]] const std::string& name() const override { return file_->name(); }
    [[nodiscard]] bool readOnly() const override { return true; }
    [[nodiscard]] std::uint64_t size() const override { return size_; }
    [[nodiscard]] std::uint64_t allocated() const override { return file_->allocated(); }
    [[nodiscard]] FileRange nextData(std::uint64_t offset) const override;
    void submit(FileRequest& request) override;

  private:
    Task<void> read(FileRequest& request);
    static void complete(FileRequest& request, IoStatus status, IoEngine& engine);

    std::unique_ptr<StorageFile> file_;
    std::uint64_t size_;
    std::map<std::uint64_t, MetadataSector> sectors_;
    std::vector<Region> zeroes_;
};

}  // namespace devices::storage::vhdx
