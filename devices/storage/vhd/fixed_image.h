// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "devices/storage/flat_image.h"
#include "vhd_layout.h"

namespace devices::storage::vhd {

/// What a child remembers of its parent.
struct ParentStamp {
    Identifier identifier = {};
    /// Of the parent's footer. Vireo renews it when it first writes to an image.
    std::uint32_t timestamp = 0;
};

/// An open VHD of any kind.
class VhdImage {
  public:
    virtual ~VhdImage() = default;
    [[nodiscard]] virtual ParentStamp stamp() const = 0;
};

/// The stamp of an image that is to be a VHD's parent; fails if it is no VHD.
[[nodiscard]] hypervisor::Result<ParentStamp> parentIdentity(const DiskImage& parent);

/// What all kinds say of themselves.
[[nodiscard]] ImageDescription describeFooter(const Footer& footer, const StorageFile& file);

/// A fixed VHD: the disk's bytes and a footer.
class FixedImage final : public FlatImage, public VhdImage {
  public:
    static Task<hypervisor::Result<std::unique_ptr<DiskImage>>> open(
        std::unique_ptr<StorageFile> file, Footers footers);

    [[nodiscard]] ParentStamp stamp() const override {
        return {footer_.identifier, footer_.timestamp};
    }
    [[nodiscard]] ImageDescription describe() const override;
    Task<hypervisor::Result<void>> resize(std::uint64_t size, Job& job) override;
    Task<hypervisor::Result<void>> close() override;

  protected:
    void start(DiskRequest& request) override;

  private:
    FixedImage(std::unique_ptr<StorageFile> opened, const Footer& footer)
        : FlatImage(std::move(opened), footer.currentSize, kSector, Room::Kept), footer_(footer) {}
    Task<void> renewAndFlush(DiskRequest& request);
    Task<IoStatus> restoreEnd();

    Footer footer_;
    // The footer's timestamp tells children that the content has changed.
    bool written_ = false;
    bool renewed_ = false;
};

}  // namespace devices::storage::vhd
