// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/storage/images/disk_merge.h"

#include <QtTest>
#include <random>

#include "devices/storage/images/open_disk.h"
#include "memory_file.h"
#include "power_cut.h"

using namespace devices::storage;
using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr std::uint32_t kBlock = 1024 * 1024;
constexpr std::uint64_t kParentSize = 4 * kBlock;

/// What is on a disk, whole.
using Content = std::vector<std::byte>;

Task<Result<Content>> contentOf(Disk& disk) {
    Content content(static_cast<std::size_t>(disk.size()));
    const IoStatus status = co_await readDisk(disk, 0, content);
    if (!status.ok())
        co_return failure("reading gave " + status.text());
    co_return content;
}

Task<Result<void>> writeRandom(Disk& disk, unsigned seed, int count) {
    std::mt19937 random(seed);
    for (int i = 0; i < count; ++i) {
        const std::uint64_t offset = random() % (disk.size() / 512) * 512;
        const std::size_t length = static_cast<std::size_t>(
            std::min<std::uint64_t>(512 * (1 + random() % 200), disk.size() - offset));
        Content data(length);
        for (std::byte& byte : data)
            byte = static_cast<std::byte>(random() & 0xFF);
        const IoStatus status = co_await writeDisk(disk, offset, data);
        if (!status.ok())
            co_return failure("writing gave " + status.text());
    }
    co_return Result<void>();
}

class MergePowerCutTest : public QObject {
    Q_OBJECT

  private:
    enum class ParentAccess : bool { Read, Write };

    std::unique_ptr<IoEngine> engine_;
    const ImageDriver* driver_ = nullptr;

    Result<std::unique_ptr<DiskImage>> open(std::unique_ptr<StorageFile> file,
                                            std::unique_ptr<StorageFile> parent) {
        ImageOpenOptions options;
        options.openParent = [&](const ParentReference&) {
            return driver_->open(std::move(parent), {});
        };
        return engine_->wait(driver_->open(std::move(file), options));
    }
    Result<std::unique_ptr<DiskImage>> open(SparseContent& child, SparseContent& parent,
                                            ParentAccess access) {
        return open(
            std::make_unique<MemoryFile>(*engine_, child),
            std::make_unique<MemoryFile>(*engine_, parent, 1, access == ParentAccess::Read));
    }
    Result<Content> read(SparseContent& child, SparseContent& parent) {
        auto image = open(child, parent, ParentAccess::Read);
        if (!image)
            return std::unexpected(image.error());
        return engine_->wait(contentOf(**image));
    }
    Result<Content> readAlone(SparseContent& content) {
        auto image =
            engine_->wait(driver_->open(std::make_unique<MemoryFile>(*engine_, content), {}));
        if (!image)
            return std::unexpected(image.error());
        return engine_->wait(contentOf(**image));
    }
    static std::vector<ParentPath> paths() { return {{ParentPath::Kind::Relative, ".\\parent"}}; }

    // A parent with something in it, and a child that hides some of that.
    Result<void> make(SparseContent& parent, SparseContent& child, ImageKind kind,
                      std::uint64_t childSize) {
        Job job;
        ImageCreateOptions options;
        options.kind = kind;
        options.size = kParentSize;
        options.blockSize = kind == ImageKind::Fixed ? 0 : kBlock;
        MemoryFile parentFile(*engine_, parent);
        if (auto made = engine_->wait(driver_->create(parentFile, options, job)); !made)
            return made;
        std::unique_ptr<DiskImage> image;
        if (auto filled = fill(parent, 1, image); !filled)
            return filled;
        options = {};
        options.kind = ImageKind::Differencing;
        options.size = childSize;
        options.blockSize = kBlock;
        options.parent = image.get();
        options.parentPaths = paths();
        MemoryFile childFile(*engine_, child);
        if (auto made = engine_->wait(driver_->create(childFile, options, job)); !made)
            return made;
        image.reset();
        auto opened = open(child, parent, ParentAccess::Read);
        if (!opened)
            return std::unexpected(opened.error());
        if (auto written = engine_->wait(writeRandom(**opened, 2, 24)); !written)
            return written;
        const IoStatus zeroed = engine_->wait([](Disk& disk) -> Task<IoStatus> {
            co_return co_await zeroDisk(disk, kBlock, kBlock + 512);
        }(**opened));
        return zeroed.ok() ? engine_->wait((*opened)->close()) : failure(zeroed.text());
    }
    Result<void> fill(SparseContent& content, unsigned seed, std::unique_ptr<DiskImage>& image) {
        for (const bool readOnly : {false, true}) {
            auto opened = engine_->wait(
                driver_->open(std::make_unique<MemoryFile>(*engine_, content, 1, readOnly), {}));
            if (!opened)
                return std::unexpected(opened.error());
            image = std::move(*opened);
            if (readOnly)
                break;
            if (auto written = engine_->wait(writeRandom(*image, seed, 40)); !written)
                return written;
            if (auto closed = engine_->wait(image->close()); !closed)
                return closed;
        }
        return {};
    }

    Result<void> verify(SparseContent child, SparseContent parent, const Content& expected) {
        const auto seen = read(child, parent);
        if (!seen)
            return std::unexpected(seen.error());
        if (*seen != expected)
            return failure("the child does not read as before");
        {
            auto image = open(child, parent, ParentAccess::Write);
            if (!image)
                return std::unexpected(image.error());
            Job job;
            if (auto merged = engine_->wait(mergeIntoParent(**image, paths(), job)); !merged)
                return merged;
        }
        const auto merged = readAlone(parent);
        if (!merged)
            return std::unexpected(merged.error());
        if (*merged != expected)
            return failure("merged again, the parent does not read as the child did");
        return {};
    }

  private slots:
    void initTestCase() {
        auto engine = IoEngine::create({.kind = IoEngineKind::ThreadPool});
        QVERIFY(engine);
        engine_ = std::move(*engine);
    }

    void childReadsAsBeforeAtAnyMoment_data() {
        QTest::addColumn<int>("format");
        QTest::addColumn<int>("kind");
        QTest::addColumn<quint64>("size");
        for (const auto format : {ImageFormat::Vhd, ImageFormat::Vhdx})
            for (const auto kind : {ImageKind::Fixed, ImageKind::Dynamic})
                for (const std::uint64_t size : {kParentSize, kParentSize + 2 * kBlock + 512})
                    QTest::addRow("%s, %s%s", std::string(nameOf(format)).c_str(),
                                  std::string(nameOf(kind)).c_str(),
                                  size == kParentSize ? "" : ", larger child")
                        << static_cast<int>(format) << static_cast<int>(kind) << quint64{size};
    }
    void childReadsAsBeforeAtAnyMoment() {
        QFETCH(int, format);
        QFETCH(int, kind);
        QFETCH(quint64, size);
        driver_ = &driverFor(static_cast<ImageFormat>(format));
        SparseContent parent;
        SparseContent child;
        const auto made = make(parent, child, static_cast<ImageKind>(kind), size);
        QVERIFY2(made, made ? "" : made.error().message.c_str());
        const auto expected = read(child, parent);
        QVERIFY2(expected, expected ? "" : expected.error().message.c_str());
        QCOMPARE(expected->size(), size);

        auto childFile = std::make_unique<PowerCutFile>(*engine_, child, 3);
        auto parentFile = std::make_unique<PowerCutFile>(*childFile, parent, 4);
        PowerCutFile& childCuts = *childFile;
        PowerCutFile& parentCuts = *parentFile;
        auto image = open(std::move(childFile), std::move(parentFile));
        QVERIFY2(image, image ? "" : image.error().message.c_str());
        Job job;
        const auto merged = engine_->wait(mergeIntoParent(**image, paths(), job));
        QVERIFY2(merged, merged ? "" : merged.error().message.c_str());

        const int asked = qEnvironmentVariableIntValue("VIREO_POWER_CUTS");
        const std::size_t wanted = asked > 0 ? static_cast<std::size_t>(asked) / 8 : 40;
        using enum PowerCutFile::Unflushed;
        constexpr std::array kModes{Lost, SomeSectors, Kept, SomeRequests};
        std::size_t cuts = 0;
        const std::size_t all = (childCuts.moments() + 1) * kModes.size();
        // Each with fates of its own for what was in flight, more than once if that many are
        // wanted.
        for (; cuts < wanted; ++cuts) {
            const std::size_t which = cuts * std::max<std::size_t>(1, all / wanted) % all;
            const std::size_t moment = which / kModes.size();
            const auto mode = kModes[cuts % kModes.size()];
            const auto seed = static_cast<unsigned>(cuts);
            const auto result =
                verify(childCuts.afterCut(moment, mode, seed),
                       parentCuts.afterCut(moment, mode, seed + 1'000'000), *expected);
            const auto where = "cut at " + std::to_string(moment) + " of " +
                               std::to_string(childCuts.moments()) + ", kind " +
                               std::to_string(static_cast<int>(mode)) + ": ";
            QVERIFY2(result, result ? "" : (where + result.error().message).c_str());
        }
        qInfo("%zu power cuts of %zu possible", cuts, all);
        // When it says that it is done, the child may go.
        SparseContent alone = parentCuts.afterCut(parentCuts.moments(), Lost, 1);
        const auto result = readAlone(alone);
        QVERIFY2(result, result ? "" : result.error().message.c_str());
        QVERIFY(*result == *expected);
    }
};

}  // namespace

QTEST_GUILESS_MAIN(MergePowerCutTest)
#include "merge_power_cut_test.moc"
