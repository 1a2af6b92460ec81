// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/storage/vhdx/vhdx_image.h"

#include <QtTest>

#include "devices/storage/vhdx/vhdx_driver.h"
#include "memory_file.h"

using namespace devices::storage;
using namespace devices::storage::vhdx;
using hypervisor::Result;

class VhdxImageTest : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        auto engine = IoEngine::create({.kind = IoEngineKind::ThreadPool});
        QVERIFY(engine);
        engine_ = std::move(*engine);
    }

    void aTerabyteTakesLittleRoom() {
        SparseContent content;
        MemoryFile file(*engine_, content);
        create(content, kTiB);
        QVERIFY(content.size() <= 8 * kMiB);
        auto image = open(content);
        QCOMPARE(image->size(), kTiB);
        QCOMPARE(image->describe().creator, std::string("Vireo"));
        QCOMPARE(image->describe().blocksAllocated, std::uint64_t{0});
    }

    void theLargestDiskWithTheSmallestBlocksOpens() {
        SparseContent content;
        create(content, 64 * kTiB, kMinimumBlockSize);
        auto image = open(content);
        write(*image, 64 * kTiB - 512, 512, 7);
        close(std::move(image));
        image = open(content);
        QCOMPARE(read(*image, 64 * kTiB - 512), 7u);
    }

    void openingAloneChangesNothing() {
        SparseContent content;
        create(content, 8 * kMiB);
        auto image = open(content);
        const std::string guid = image->describe().contentIdentifier;
        const auto file = static_cast<MemoryFile*>(&image->file());
        QCOMPARE(read(*image, 0), 0u);
        close(std::move(image), file);
        QCOMPARE(open(content)->describe().contentIdentifier, guid);
    }

    void theFirstWriteChangesTheContentsIdentity() {
        SparseContent content;
        create(content, 8 * kMiB);
        auto image = open(content);
        const std::string guid = image->describe().contentIdentifier;
        write(*image, 0, 512, 1);
        const std::string changed = image->describe().contentIdentifier;
        QVERIFY(changed != guid);
        write(*image, 4096, 512, 1);
        QCOMPARE(image->describe().contentIdentifier, changed);
        close(std::move(image));
        QCOMPARE(open(content)->describe().contentIdentifier, changed);
    }

    void aRequestOnABlockInTheFileIsOneRequestToTheFile() {
        SparseContent content;
        create(content, 64 * kMiB, kMinimumBlockSize);
        auto image = open(content);
        write(*image, 0, 512, 1);
        auto& file = static_cast<MemoryFile&>(image->file());
        const auto writes = file.writes;
        const auto reads = file.reads;
        write(*image, 8192, 512, 2);
        QCOMPARE(file.writes, writes + 1);
        QCOMPARE(read(*image, 8192), 2u);
        QCOMPARE(file.reads, reads + 1);
    }

    void trimmedBlocksAreReused() {
        SparseContent content;
        create(content, 512 * kMiB, kMinimumBlockSize);
        auto image = open(content);
        for (std::uint64_t round = 0; round < 200; ++round) {
            write(*image, round * 2 * kMiB, 512, 1);
            flush(*image);
            QVERIFY(engine_->wait(status(unmapDisk(*image, round * 2 * kMiB, kMiB))).ok());
            flush(*image);
            QCOMPARE(read(*image, round * 2 * kMiB), 0u);
        }
        QCOMPARE(image->describe().blocksAllocated, std::uint64_t{0});
        close(std::move(image));
        QVERIFY(content.size() < 10 * kMiB);
        QVERIFY(findings(content).empty());
    }

    void aReusedBlockShowsNothingOfItsOldContent() {
        SparseContent content;
        create(content, 64 * kMiB, kMinimumBlockSize);
        auto image = open(content);
        write(*image, 0, kMiB, 0xaa);
        flush(*image);
        QVERIFY(engine_->wait(status(zeroDisk(*image, 0, kMiB))).ok());
        flush(*image);
        write(*image, 5 * kMiB, 512, 0xbb);
        for (std::uint64_t at = 5 * kMiB + 512; at < 6 * kMiB; at += 64 * kKiB)
            QCOMPARE(read(*image, at), 0u);
    }

    void aFullHostLosesNothingAndGoesOnLater() {
        SparseContent content;
        create(content, 512 * kMiB, kMinimumBlockSize);
        auto image = open(content);
        write(*image, 0, kMiB, 1);
        flush(*image);
        auto& file = static_cast<MemoryFile&>(image->file());
        file.maximumSize = file.size();
        IoStatus full;
        std::uint64_t block = 1;
        for (; full.ok() && block < 500; ++block)
            full = writeStatus(*image, block * kMiB, 512, 2);
        QVERIFY(full.noSpace());
        QCOMPARE(read(*image, 0), 1u);
        flush(*image);
        file.maximumSize = UINT64_MAX;
        QVERIFY(writeStatus(*image, (block - 1) * kMiB, 512, 2).ok());
        close(std::move(image));
        image = open(content);
        for (std::uint64_t at = 1; at < block; ++at)
            QCOMPARE(read(*image, at * kMiB), 2u);
        QVERIFY(findings(content).empty());
    }

    void aFlushThatFailedIsNotForgotten() {
        SparseContent content;
        create(content, 64 * kMiB);
        auto image = open(content);
        write(*image, 0, 512, 1);
        static_cast<MemoryFile&>(image->file()).fault = [](const FileRequest& request) {
            return request.operation == FileOperation::Flush ? EIO : 0;
        };
        QCOMPARE(engine_->wait(status(flushDisk(*image))).error, EIO);
        static_cast<MemoryFile&>(image->file()).fault = {};
        QCOMPARE(engine_->wait(status(flushDisk(*image))).error, EIO);
    }

    void aChildReadsWhatItDoesNotHaveFromItsParent() {
        SparseContent parent;
        SparseContent child;
        makePair(parent, child);
        auto image = open(child, &parent);
        QCOMPARE(image->size(), 32 * kMiB);
        QCOMPARE(read(*image, 4096), 0x11u);
        write(*image, 4096, 512, 0x22);
        QCOMPARE(read(*image, 4096), 0x22u);
        QCOMPARE(read(*image, 4096 + 512), 0x11u);
        QVERIFY(engine_->wait(status(zeroDisk(*image, 2 * kMiB, 2 * kMiB))).ok());
        QCOMPARE(read(*image, 2 * kMiB), 0u);
        close(std::move(image));
        image = open(child, &parent);
        QCOMPARE(read(*image, 4096), 0x22u);
        QCOMPARE(read(*image, 8192), 0x11u);
        QCOMPARE(read(*image, 2 * kMiB), 0u);
        const auto extent = engine_->wait(image->extentAt(4096, kMiB));
        QVERIFY(extent);
        QCOMPARE(extent->length, std::uint64_t{512});
        QVERIFY(extent->content == Extent::Content::Data);
    }

    void aChangedParentIsRefusedAndCanBeReconnected() {
        SparseContent parent;
        SparseContent child;
        makePair(parent, child);
        auto changed = open(parent);
        write(*changed, 0, 512, 0x33);
        close(std::move(changed));
        const auto refused = tryOpen(child, &parent, ParentIdentity::MustMatch);
        QVERIFY(!refused);
        QVERIFY(refused.error().message.find("reconnect") != std::string::npos);
        {
            auto image = tryOpen(child, &parent, ParentIdentity::Ignore);
            QVERIFY(image);
            QVERIFY(engine_->wait((*image)->reconnect(
                *(*image)->parent(), {{ParentPath::Kind::Relative, "elsewhere/parent.vhdx"}})));
            QVERIFY(engine_->wait((*image)->close()));
        }
        auto image = open(child, &parent);
        QCOMPARE(image->describe().parent->paths.front().path,
                 std::string("elsewhere\\parent.vhdx"));
    }

    // The merge writes to the parent while the child still needs it.
    void anExpectedWriteToTheParentIsAccepted() {
        SparseContent parent;
        SparseContent child;
        makePair(parent, child);
        const auto openWritable =
            [&](const ParentReference&) -> Task<Result<std::unique_ptr<DiskImage>>> {
            co_return co_await VhdxDriver().open(std::make_unique<MemoryFile>(*engine_, parent),
                                                 {});
        };
        ImageOpenOptions options;
        options.openParent = openWritable;
        auto image = engine_->wait(
            VhdxDriver().open(std::make_unique<MemoryFile>(*engine_, child), options));
        QVERIFY(image);
        QVERIFY(engine_->wait((*image)->expectParentWrite()));
        // As it is if power is cut before the parent's write, and after it.
        SparseContent childBefore = child;
        SparseContent parentBefore = parent;
        QVERIFY(open(childBefore, &parentBefore));
        write(*(*image)->parent(), 0, 512, 0x44);
        flush(*(*image)->parent());
        SparseContent childAfter = child;
        SparseContent parentAfter = parent;
        QVERIFY(open(childAfter, &parentAfter));
        close(std::move(*image));
        QVERIFY(open(child, &parent));
    }

    void chainsHaveThirtyTwoDisksAtMost() {
        std::vector<SparseContent> chain(33);
        create(chain[0], 32 * kMiB);
        for (std::size_t i = 1; i < chain.size(); ++i) {
            auto opened = tryOpenChain(chain, i - 1);
            QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
            createChild(chain[i], **opened);
        }
        const auto refused = tryOpenChain(chain, 32);
        QVERIFY(!refused);
        QVERIFY(refused.error().message.find("32") != std::string::npos);
    }

    void damageIsRefusedWithTheReason() {
        SparseContent content;
        create(content, 64 * kMiB, kMinimumBlockSize);
        auto image = open(content);
        write(*image, 0, 512, 1);
        write(*image, kMiB, 512, 1);
        close(std::move(image));
        // Entry 1 as entry 0: two blocks at one place.
        std::array<std::byte, 8> entry{};
        content.read(3 * kMiB, entry);
        content.write(3 * kMiB + 8, entry);
        const auto refused = tryOpen(content, nullptr, ParentIdentity::MustMatch);
        QVERIFY(!refused);
        QVERIFY(refused.error().message.find("BAT entry 1") != std::string::npos);
        const auto report = findings(content);
        QVERIFY(!report.empty());
        QCOMPARE(report[0].offset, 3 * kMiB + 8);

        SparseContent cut = content;
        cut.resize(3 * kMiB);
        const auto truncated = tryOpen(cut, nullptr, ParentIdentity::MustMatch);
        QVERIFY(!truncated);
        QVERIFY(truncated.error().message.find("cut off") != std::string::npos);
        SparseContent foreign;
        foreign.resize(2 * kMiB);
        const auto unknown = tryOpen(foreign, nullptr, ParentIdentity::MustMatch);
        QVERIFY(!unknown);
        QVERIFY(unknown.error().message.find("vhdxfile") != std::string::npos);
    }

    void aDamagedCopyIsRepairedFromTheGoodOne() {
        SparseContent content;
        create(content, 64 * kMiB);
        const std::array<std::byte, 4> garbage{};
        content.write(kHeaderOffsets[0], garbage);
        content.write(kRegionTableOffsets[1], garbage);
        QCOMPARE(findings(content).size(), std::size_t{2});
        MemoryFile file(*engine_, content);
        Job job;
        const auto repaired = engine_->wait(VhdxDriver().check(file, CheckMode::Repair, job));
        QVERIFY(repaired);
        for (const CheckFinding& finding : repaired->findings)
            QVERIFY(finding.repaired);
        QVERIFY(findings(content).empty());
    }

    void expandingMovesATableThatIsTooSmall() {
        SparseContent content;
        create(content, 64 * kMiB, kMinimumBlockSize);
        auto image = open(content);
        write(*image, 63 * kMiB, 512, 9);
        QVERIFY(engine_->wait(image->resize(300 * kGiB, unobserved_)));
        write(*image, 299 * kGiB, 512, 8);
        close(std::move(image));
        image = open(content);
        QCOMPARE(image->size(), 300 * kGiB);
        QCOMPARE(read(*image, 63 * kMiB), 9u);
        QCOMPARE(read(*image, 64 * kMiB), 0u);
        QCOMPARE(read(*image, 299 * kGiB), 8u);
        for (const CheckFinding& finding : findings(content))
            QVERIFY(finding.severity == CheckFinding::Severity::Warning);
        const auto refused = engine_->wait(image->resize(65 * kTiB, unobserved_));
        QVERIFY(!refused);
    }

  private:
    Result<std::unique_ptr<DiskImage>> tryOpen(SparseContent& content, SparseContent* parent,
                                               ParentIdentity identity) {
        ImageOpenOptions options;
        options.parentIdentity = identity;
        if (parent != nullptr)
            options.openParent =
                [this, parent](const ParentReference&) -> Task<Result<std::unique_ptr<DiskImage>>> {
                co_return co_await VhdxDriver().open(
                    std::make_unique<MemoryFile>(*engine_, *parent, 1, true), {});
            };
        return engine_->wait(
            VhdxDriver().open(std::make_unique<MemoryFile>(*engine_, content), options));
    }
    std::unique_ptr<DiskImage> open(SparseContent& content, SparseContent* parent = nullptr) {
        auto image = tryOpen(content, parent, ParentIdentity::MustMatch);
        if (!image)
            qFatal("%s", image.error().message.c_str());
        return std::move(*image);
    }
    Task<Result<std::unique_ptr<DiskImage>>> openLink(std::vector<SparseContent>& chain,
                                                      std::size_t index) {
        ImageOpenOptions options;
        if (index != 0)
            options.openParent =
                [this, &chain,
                 index](const ParentReference&) -> Task<Result<std::unique_ptr<DiskImage>>> {
                co_return co_await openLink(chain, index - 1);
            };
        co_return co_await VhdxDriver().open(
            std::make_unique<MemoryFile>(*engine_, chain[index], 1, true), options);
    }
    Result<std::unique_ptr<DiskImage>> tryOpenChain(std::vector<SparseContent>& chain,
                                                    std::size_t index) {
        return engine_->wait(openLink(chain, index));
    }
    void create(SparseContent& content, const ImageCreateOptions& options) {
        MemoryFile file(*engine_, content);
        Job job;
        const auto created = engine_->wait(VhdxDriver().create(file, options, job));
        if (!created)
            qFatal("%s", created.error().message.c_str());
    }
    void create(SparseContent& content, std::uint64_t size, std::uint32_t blockSize = 0) {
        ImageCreateOptions options;
        options.size = size;
        options.blockSize = blockSize;
        create(content, options);
    }
    void createChild(SparseContent& content, const DiskImage& parent) {
        ImageCreateOptions options;
        options.kind = ImageKind::Differencing;
        options.parent = &parent;
        options.parentPaths = {{ParentPath::Kind::Relative, ".\\parent.vhdx"}};
        create(content, options);
    }
    void makePair(SparseContent& parent, SparseContent& child) {
        create(parent, 32 * kMiB);
        auto image = open(parent);
        write(*image, 0, 8 * kMiB, 0x11);
        close(std::move(image));
        createChild(child, *open(parent));
    }
    template <class Awaiter>
    static Task<IoStatus> status(Awaiter&& awaiter) {
        Awaiter& awaited = awaiter;
        co_return co_await awaited;
    }
    IoStatus writeStatus(Disk& disk, std::uint64_t offset, std::size_t length, unsigned value) {
        const std::vector<std::byte> bytes(length, static_cast<std::byte>(value));
        return engine_->wait(status(writeDisk(disk, offset, bytes)));
    }
    void write(Disk& disk, std::uint64_t offset, std::size_t length, unsigned value) {
        QVERIFY(writeStatus(disk, offset, length, value).ok());
    }
    unsigned read(Disk& disk, std::uint64_t offset) {
        std::vector<std::byte> bytes(512);
        const IoStatus ended = engine_->wait(status(readDisk(disk, offset, bytes)));
        if (!ended.ok())
            qFatal("read: %s", ended.text().c_str());
        return std::to_integer<unsigned>(bytes[100]);
    }
    void flush(Disk& disk) { QVERIFY(engine_->wait(status(flushDisk(disk))).ok()); }
    void close(std::unique_ptr<DiskImage> image, MemoryFile* unwritten = nullptr) {
        const auto closed = engine_->wait(image->close());
        QVERIFY2(closed, closed ? "" : closed.error().message.c_str());
        if (unwritten != nullptr)
            QCOMPARE(unwritten->writes, std::uint64_t{0});
    }
    std::vector<CheckFinding> findings(SparseContent& content) {
        MemoryFile file(*engine_, content);
        Job job;
        const auto report = engine_->wait(VhdxDriver().check(file, CheckMode::Report, job));
        if (!report)
            qFatal("%s", report.error().message.c_str());
        return report->findings;
    }

    std::unique_ptr<IoEngine> engine_;
    Job unobserved_;
};

QTEST_GUILESS_MAIN(VhdxImageTest)
#include "vhdx_image_test.moc"
