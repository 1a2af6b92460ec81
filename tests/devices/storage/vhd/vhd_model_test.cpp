// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/storage/vhd/vhd_driver.h"

#include <QtTest>

#include "disk_model.h"
#include "memory_file.h"

using namespace devices::storage;
using hypervisor::Result;

namespace {

constexpr std::uint32_t kBlock = 512 * 1024;
constexpr std::uint64_t kSize = 20 * kBlock + 37 * 512;

// Where a new image has its dynamic disk header.
constexpr std::uint64_t kHeader = 512;

void putBigEndian(SparseContent& content, std::uint64_t offset, std::uint64_t value, int length) {
    for (int i = 0; i < length; ++i) {
        const auto byte = static_cast<std::byte>(value >> (8 * (length - 1 - i)) & 0xFF);
        content.write(offset + static_cast<std::uint64_t>(i), {&byte, 1});
    }
}

// Gives the header the checksum of what it says.
void sealHeader(SparseContent& content) {
    constexpr std::uint64_t kChecksum = 36;
    putBigEndian(content, kHeader + kChecksum, 0, 4);
    std::array<std::byte, 1024> bytes;
    content.read(kHeader, bytes);
    std::uint32_t sum = 0;
    for (const std::byte byte : bytes)
        sum += std::to_integer<std::uint32_t>(byte);
    putBigEndian(content, kHeader + kChecksum, ~sum, 4);
}

class VhdModelTest : public QObject {
    Q_OBJECT

  private:
    std::unique_ptr<IoEngine> engine_;

    Result<std::unique_ptr<DiskImage>> open(SparseContent& content, unsigned seed,
                                            SparseContent* parent = nullptr) {
        ImageOpenOptions options;
        if (parent)
            options.openParent = [this, parent](const ParentReference&) {
                return vhdDriver().open(std::make_unique<MemoryFile>(*engine_, *parent, 9, true),
                                        parentOptions_);
            };
        return engine_->wait(
            vhdDriver().open(std::make_unique<MemoryFile>(*engine_, content, seed), options));
    }
    Result<void> create(SparseContent& content, const ImageCreateOptions& options) {
        MemoryFile file(*engine_, content);
        return engine_->wait(vhdDriver().create(file, options, job_));
    }
    Result<CheckReport> check(SparseContent& content, CheckMode mode = CheckMode::Report) {
        MemoryFile file(*engine_, content);
        return engine_->wait(vhdDriver().check(file, mode, job_));
    }
    // Random operations, and the same content after each reopening.
    void exercise(SparseContent& content, DiskModel& model, SparseContent* parent = nullptr) {
        for (unsigned round = 0; round < 6; ++round) {
            auto image = open(content, round + 1, parent);
            QVERIFY2(image, image ? "" : image.error().message.c_str());
            auto result = engine_->wait(model.compare(**image));
            QVERIFY2(result, result ? "" : result.error().message.c_str());
            result = engine_->wait(model.run(**image, 400));
            QVERIFY2(result, result ? "" : result.error().message.c_str());
            result = engine_->wait(model.compare(**image));
            QVERIFY2(result, result ? "" : result.error().message.c_str());
            QVERIFY(engine_->wait((*image)->close()));
            image->reset();
            const auto report = check(content);
            QVERIFY2(report, report ? "" : report.error().message.c_str());
            QVERIFY2(report->findings.empty(),
                     report->findings.empty() ? "" : report->findings[0].text.c_str());
        }
    }
    Job job_;
    ImageOpenOptions parentOptions_;

  private slots:
    void initTestCase() {
        auto engine = IoEngine::create({.kind = IoEngineKind::ThreadPool});
        QVERIFY(engine);
        engine_ = std::move(*engine);
    }

    void holdsWhatIsWritten_data() {
        QTest::addColumn<int>("kind");
        QTest::newRow("fixed") << static_cast<int>(ImageKind::Fixed);
        QTest::newRow("dynamic") << static_cast<int>(ImageKind::Dynamic);
    }
    void holdsWhatIsWritten() {
        QFETCH(int, kind);
        SparseContent content;
        ImageCreateOptions options;
        options.kind = static_cast<ImageKind>(kind);
        options.size = kSize;
        options.blockSize = kBlock;
        const auto created = create(content, options);
        QVERIFY2(created, created ? "" : created.error().message.c_str());
        DiskModel model(kSize);
        exercise(content, model);
    }

    void childShowsItsParentWhereItHoldsNothing() {
        SparseContent parent;
        ImageCreateOptions options;
        options.size = kSize;
        options.blockSize = kBlock;
        QVERIFY(create(parent, options));
        DiskModel model(kSize, 5);
        {
            auto image = open(parent, 1);
            QVERIFY(image);
            QVERIFY(engine_->wait(model.run(**image, 200)));
            QVERIFY(engine_->wait((*image)->close()));
        }
        SparseContent child;
        {
            auto image = open(parent, 1);
            ImageCreateOptions childOptions;
            childOptions.kind = ImageKind::Differencing;
            childOptions.blockSize = kBlock;
            childOptions.parent = image->get();
            childOptions.parentPaths = {{ParentPath::Kind::Relative, ".\\parent.vhd"}};
            const auto created = create(child, childOptions);
            QVERIFY2(created, created ? "" : created.error().message.c_str());
        }
        exercise(child, model, &parent);

        // The parent is written behind the child's back.
        {
            auto image = open(parent, 1);
            QVERIFY(image);
            DiskModel other(kSize, 77);
            QVERIFY(engine_->wait(other.run(**image, 5, 1)) || true);
            QVERIFY(engine_->wait((*image)->close()));
        }
        const auto refused = open(child, 1, &parent);
        QVERIFY(!refused);
        QVERIFY2(refused.error().message.find("has been written since") != std::string::npos,
                 refused.error().message.c_str());
    }

    void growsAndCompactsWithoutChangingContent() {
        SparseContent content;
        ImageCreateOptions options;
        options.size = kSize;
        options.blockSize = kBlock;
        QVERIFY(create(content, options));
        DiskModel model(kSize, 3);
        auto image = open(content, 1);
        QVERIFY(image);
        QVERIFY(engine_->wait(model.run(**image, 600)));
        // Far more blocks than the table had room for.
        constexpr std::uint64_t kLarger = kSize + 3000 * std::uint64_t{kBlock};
        auto result = engine_->wait((*image)->resize(kLarger, job_));
        QVERIFY2(result, result ? "" : result.error().message.c_str());
        QCOMPARE((*image)->size(), kLarger);
        QVERIFY(engine_->wait((*image)->close()));
        const std::uint64_t before = content.size();

        // All but one block in three reads as zeroes; the rest is as before.
        std::vector<std::byte> kept = model.content();
        auto task = [](DiskImage& disk, std::vector<std::byte>& model_) -> Task<Result<void>> {
            for (std::uint64_t block = 0; block < 20; ++block) {
                if (block % 3 == 0)
                    continue;
                const IoStatus status = co_await zeroDisk(disk, block * kBlock, kBlock);
                if (!status.ok())
                    co_return hypervisor::failure(status.text());
                std::fill_n(model_.begin() + static_cast<std::ptrdiff_t>(block * kBlock), kBlock,
                            std::byte{0});
            }
            co_return Result<void>();
        };
        QVERIFY(engine_->wait(task(**image, kept)));
        result = engine_->wait((*image)->compact(job_));
        QVERIFY2(result, result ? "" : result.error().message.c_str());
        QVERIFY(engine_->wait((*image)->close()));
        QVERIFY(content.size() < before / 2);
        image->reset();

        image = open(content, 2);
        QVERIFY2(image, image ? "" : image.error().message.c_str());
        QCOMPARE((*image)->size(), kLarger);
        DiskModel expected(kLarger, 1);
        std::ranges::copy(kept, expected.content().begin());
        result = engine_->wait(expected.compare(**image));
        QVERIFY2(result, result ? "" : result.error().message.c_str());
        const auto report = check(content);
        QVERIFY(report && report->findings.empty());
    }

    void restoresEitherFooterFromTheOther_data() {
        QTest::addColumn<bool>("end");
        QTest::newRow("the one at the end") << true;
        QTest::newRow("the copy at the beginning") << false;
    }
    void restoresEitherFooterFromTheOther() {
        QFETCH(bool, end);
        SparseContent content;
        ImageCreateOptions options;
        options.size = kSize;
        QVERIFY(create(content, options));
        const std::array<std::byte, 512> junk = {};
        content.write(end ? content.size() - 512 : 0, junk);
        auto report = check(content);
        QVERIFY(report);
        QCOMPARE(report->findings.size(), std::size_t{1});
        {
            const auto image = open(content, 1);
            QVERIFY2(image, image ? "" : image.error().message.c_str());
            QCOMPARE((*image)->describe().remarks.size(), std::size_t{2});
        }
        report = check(content);
        QVERIFY(report && report->findings.empty());
    }

    // A locator that no one reads is moved with the header all the same.
    void locatorsOfOtherSystemsTakeNoMemory_data() {
        QTest::addColumn<quint32>("length");
        QTest::addColumn<bool>("opens");
        QTest::newRow("a path of theirs") << 100U << true;
        QTest::newRow("none") << 0U << true;
        QTest::newRow("4 GiB") << 0xFFFFFFFFU << false;
        QTest::newRow("beyond the end") << 60'000U << false;
    }
    void locatorsOfOtherSystemsTakeNoMemory() {
        QFETCH(quint32, length);
        QFETCH(bool, opens);
        SparseContent parent;
        SparseContent child;
        ImageCreateOptions options;
        options.size = kSize;
        options.blockSize = kBlock;
        QVERIFY(create(parent, options));
        {
            auto image = open(parent, 1);
            QVERIFY(image);
            options = {};
            options.kind = ImageKind::Differencing;
            options.blockSize = kBlock;
            options.parent = image->get();
            options.parentPaths = {{ParentPath::Kind::Relative, ".\\parent.vhd"}};
            QVERIFY(create(child, options));
        }
        // The last of the eight: platform "MacH", and its data behind everything else.
        constexpr std::uint64_t kLastLocator = kHeader + 576 + 7 * 24;
        const std::uint64_t place = child.size() - 512;
        putBigEndian(child, kLastLocator, 0x4D616348, 4);
        putBigEndian(child, kLastLocator + 4, 512, 4);
        putBigEndian(child, kLastLocator + 8, length, 4);
        putBigEndian(child, kLastLocator + 16, place, 8);
        if (opens) {
            // As their writers do: room for it, then the footer.
            std::array<std::byte, 512> footer;
            child.read(place, footer);
            child.write(place + 512, footer);
        }
        sealHeader(child);
        auto image = open(child, 1, &parent);
        QCOMPARE(image.has_value(), opens);
        if (!opens) {
            QVERIFY2(image.error().message.find("parent locator 7") != std::string::npos,
                     image.error().message.c_str());
            return;
        }
        DiskModel model(kSize, 8);
        auto result = engine_->wait(model.run(**image, 60));
        QVERIFY2(result, result ? "" : result.error().message.c_str());
        result = engine_->wait((*image)->resize(2 * kSize, job_));
        QVERIFY2(result, result ? "" : result.error().message.c_str());
        result = engine_->wait((*image)->compact(job_));
        QVERIFY2(result, result ? "" : result.error().message.c_str());
        QVERIFY(engine_->wait((*image)->close()));
        QVERIFY(open(child, 1, &parent));
    }

    void claimedTableIsOneThatIsThere() {
        SparseContent content;
        ImageCreateOptions options;
        options.size = kSize;
        options.blockSize = kBlock;
        QVERIFY(create(content, options));
        putBigEndian(content, kHeader + 28, 0xFFFFFFFF, 4);
        sealHeader(content);
        const auto refused = open(content, 1);
        QVERIFY(!refused);
        QVERIFY2(refused.error().message.find("4294967295 entries") != std::string::npos,
                 refused.error().message.c_str());

        // One that is there, with far more entries than the disk has blocks: they are given up.
        constexpr std::uint32_t kEntries = 3'000'000;
        const std::uint64_t place = content.size() - 512;
        std::array<std::byte, 512> footer;
        content.read(place, footer);
        const std::vector<std::byte> unused(kEntries * std::size_t{4}, std::byte{0xFF});
        content.write(place, unused);
        content.write(place + unused.size(), footer);
        putBigEndian(content, kHeader + 16, place, 8);
        putBigEndian(content, kHeader + 28, kEntries, 4);
        sealHeader(content);
        auto image = open(content, 1);
        QVERIFY2(image, image ? "" : image.error().message.c_str());
        auto result = engine_->wait((*image)->resize(2 * kSize, job_));
        QVERIFY2(result, result ? "" : result.error().message.c_str());
        result = engine_->wait((*image)->compact(job_));
        QVERIFY2(result, result ? "" : result.error().message.c_str());
        QVERIFY(engine_->wait((*image)->close()));
        QVERIFY(content.size() < std::uint64_t{1} << 20);
        QVERIFY(open(content, 1));
    }

    void fullHostDiskLosesNothing() {
        SparseContent content;
        ImageCreateOptions options;
        options.size = kSize;
        options.blockSize = kBlock;
        QVERIFY(create(content, options));
        auto file = std::make_unique<MemoryFile>(*engine_, content, 3);
        MemoryFile& limited = *file;
        auto image = engine_->wait(vhdDriver().open(std::move(file), {}));
        QVERIFY(image);
        limited.maximumSize = content.size() + 2 * kBlock;
        // Writes fail for want of room, and succeed when there is some.
        const std::vector<std::byte> data(kBlock * 4, std::byte{0x5A});
        auto write = [](Disk& disk, std::span<const std::byte> bytes) -> Task<int> {
            const IoStatus status = co_await writeDisk(disk, 512, bytes);
            co_return status.error;
        };
        auto flush = [](Disk& disk) -> Task<int> {
            const IoStatus status = co_await flushDisk(disk);
            co_return status.error;
        };
        QCOMPARE(engine_->wait(write(**image, data)), ENOSPC);
        // The footer behind blocks that nothing could be written to has no room either.
        QCOMPARE(engine_->wait(flush(**image)), ENOSPC);
        limited.maximumSize = UINT64_MAX;
        QCOMPARE(engine_->wait(write(**image, data)), 0);
        QCOMPARE(engine_->wait(flush(**image)), 0);
        image->reset();
        image = open(content, 4);
        QVERIFY(image);
        DiskModel model(kSize);
        std::ranges::copy(data, model.content().begin() + 512);
        const auto result = engine_->wait(model.compare(**image));
        QVERIFY2(result, result ? "" : result.error().message.c_str());
    }

    void refusesWhatContradictsItself_data() {
        QTest::addColumn<int>("offset");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("words");
        QTest::newRow("header checksum")
            << 512 + 40 << QByteArray(1, 'x') << "header at offset 512";
        QTest::newRow("entry into the header")
            << 4096 << QByteArray("\0\0\0\1", 4) << "entry 0 of the block allocation table";
        QTest::newRow("entry beyond the end")
            << 4100 << QByteArray("\0\1\0\0", 4) << "entry 1 of the block allocation table";
    }
    void refusesWhatContradictsItself() {
        QFETCH(int, offset);
        QFETCH(QByteArray, bytes);
        QFETCH(QString, words);
        SparseContent content;
        ImageCreateOptions options;
        options.size = kSize;
        QVERIFY(create(content, options));
        content.write(
            static_cast<std::uint64_t>(offset),
            std::as_bytes(std::span(bytes.constData(), static_cast<std::size_t>(bytes.size()))));
        const auto image = open(content, 1);
        QVERIFY(!image);
        QVERIFY2(QString::fromStdString(image.error().message).contains(words),
                 image.error().message.c_str());
    }
};

}  // namespace

QTEST_GUILESS_MAIN(VhdModelTest)
#include "vhd_model_test.moc"
