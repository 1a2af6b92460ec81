// SPDX-License-Identifier: GPL-3.0-or-later
#include "vhd_driver.h"

#include "dynamic_image.h"
#include "fixed_image.h"
#include "vhd_check.h"
#include "vhd_creation.h"
#include "vhd_layout.h"

namespace devices::storage {

using hypervisor::Result;

namespace {

class VhdDriver final : public ImageDriver {
  public:
    ImageFormat format() const override { return ImageFormat::Vhd; }

    Task<Result<bool>> recognizes(StorageFile& file) const override {
        return vhd::hasFooterCookie(file);
    }
    Task<Result<void>> create(StorageFile& file, const ImageCreateOptions& options,
                              Job& job) const override {
        return vhd::createImage(file, options, job);
    }
    Task<Result<std::unique_ptr<DiskImage>>> open(std::unique_ptr<StorageFile> file,
                                                  const ImageOpenOptions& options) const override {
        auto footers = co_await vhd::readFooters(*file);
        if (!footers)
            co_return std::unexpected(footers.error());
        if (footers->footer.type == vhd::DiskType::Fixed)
            co_return co_await vhd::FixedImage::open(std::move(file), *footers);
        co_return co_await vhd::DynamicImage::open(std::move(file), options);
    }
    Task<Result<std::optional<ParentReference>>> parentOf(
        std::unique_ptr<StorageFile> file) const override {
        const auto footers = co_await vhd::readFooters(*file);
        if (!footers)
            co_return std::unexpected(footers.error());
        if (footers->footer.type != vhd::DiskType::Differencing)
            co_return std::nullopt;
        const auto layout = co_await vhd::readDynamicLayout(*file);
        if (!layout)
            co_return std::unexpected(layout.error());
        co_return ParentReference{vhd::text(layout->header.parentIdentifier), layout->parentPaths};
    }
    Task<Result<CheckReport>> check(StorageFile& file, CheckMode mode, Job& job) const override {
        return vhd::checkImage(file, mode, job);
    }
};

}  // namespace

const ImageDriver& vhdDriver() {
    static const VhdDriver driver;
    return driver;
}

}  // namespace devices::storage
