// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "devices/storage/storage_file.h"
#include "sparse_content.h"

/// A StorageFile in memory. Requests in flight together are carried out, and complete, in an order
/// that the seed chooses.
class MemoryFile : public devices::storage::StorageFile {
  public:
    using FileRequest = devices::storage::FileRequest;
    using IoStatus = devices::storage::IoStatus;

    /// `content` outlives the file, so that an image can be opened again.
    MemoryFile(devices::storage::IoEngine& engine, SparseContent& content, unsigned seed = 1,
               bool readOnly = false);

    [[nodiscard]] devices::storage::IoEngine& engine() const override { return engine_; }
    [[nodiscard]] const std::string& name() const override { return name_; }
    [[nodiscard]] bool readOnly() const override { return readOnly_; }
    [[nodiscard]] std::uint64_t size() const override { return content_.size(); }
    [[nodiscard]] std::uint64_t allocated() const override { return content_.allocated(); }
    [[nodiscard]] devices::storage::FileRange nextData(std::uint64_t offset) const override;
    void submit(FileRequest& request) override;

    /// Asked before a request is carried out: an errno value to fail it with, or 0.
    std::function<int(const FileRequest&)> fault;
    /// A request that makes the file larger than this fails with ENOSPC.
    std::uint64_t maximumSize = UINT64_MAX;
    /// Requests carried out so far.
    std::uint64_t reads = 0;
    std::uint64_t writes = 0;
    std::uint64_t flushes = 0;
    /// As many requests have been in flight together.
    std::size_t mostTogether = 0;

  protected:
    /// `request` has been submitted, and has been carried out, with success or not.
    virtual void submitted(FileRequest&) {}
    virtual void carriedOut(FileRequest&) {}
    virtual void failed(FileRequest&) {}

  private:
    struct Turn : devices::storage::ReadyItem {
        MemoryFile* file = nullptr;
    };
    void takeTurn();
    IoStatus carryOut(FileRequest& request);

    devices::storage::IoEngine& engine_;
    SparseContent& content_;
    std::string name_ = "memory";
    bool readOnly_;
    std::mt19937 random_;
    std::vector<FileRequest*> pending_;
    Turn turn_;
    bool turnScheduled_ = false;
};

/// Bytes written to `buffers`, in one piece.
[[nodiscard]] std::vector<std::byte> gathered(std::span<const iovec> buffers);
