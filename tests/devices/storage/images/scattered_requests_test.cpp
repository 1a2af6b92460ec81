// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/storage/parallel_parts.h"

#include <QtTest>

#include "devices/storage/images/open_disk.h"
#include "disk_model.h"
#include "memory_file.h"

using namespace devices::storage;
using hypervisor::Result;

namespace {

constexpr std::uint32_t kBlock = 1024 * 1024;
constexpr std::uint64_t kDisk = 40 * std::uint64_t{kBlock};

// Requests over several blocks that do not lie beside one another in the file.
class ScatteredRequestsTest : public QObject {
    Q_OBJECT

  private:
    std::unique_ptr<IoEngine> engine_;
    const ImageDriver* driver_ = nullptr;
    SparseContent parent_;

    Result<std::unique_ptr<DiskImage>> open(std::unique_ptr<StorageFile> file) {
        ImageOpenOptions options;
        options.openParent = [this](const ParentReference&) {
            return driver_->open(std::make_unique<MemoryFile>(*engine_, parent_, 5, true), {});
        };
        return engine_->wait(driver_->open(std::move(file), options));
    }
    Result<void> create(SparseContent& content, DiskModel& model, bool differencing) {
        Job job;
        ImageCreateOptions options;
        options.size = kDisk;
        options.blockSize = kBlock;
        std::unique_ptr<DiskImage> parent;
        if (differencing) {
            parent_ = {};
            MemoryFile file(*engine_, parent_);
            if (auto made = engine_->wait(driver_->create(file, options, job)); !made)
                return made;
            auto image = open(std::make_unique<MemoryFile>(*engine_, parent_));
            if (!image)
                return std::unexpected(image.error());
            if (auto filled = engine_->wait(model.run(**image, 100)); !filled)
                return filled;
            if (auto closed = engine_->wait((*image)->close()); !closed)
                return closed;
            image = open(std::make_unique<MemoryFile>(*engine_, parent_, 1, true));
            if (!image)
                return std::unexpected(image.error());
            parent = std::move(*image);
            options.kind = ImageKind::Differencing;
            options.parent = parent.get();
            options.parentPaths = {{ParentPath::Kind::Relative, ".\\parent"}};
        }
        MemoryFile file(*engine_, content);
        return engine_->wait(driver_->create(file, options, job));
    }
    static const char* text(const Result<void>& result) {
        return result ? "" : result.error().message.c_str();
    }
    static void kinds() {
        QTest::addColumn<int>("format");
        QTest::addColumn<bool>("differencing");
        QTest::newRow("VHD") << static_cast<int>(ImageFormat::Vhd) << false;
        QTest::newRow("VHD, differencing") << static_cast<int>(ImageFormat::Vhd) << true;
        QTest::newRow("VHDX") << static_cast<int>(ImageFormat::Vhdx) << false;
        QTest::newRow("VHDX, differencing") << static_cast<int>(ImageFormat::Vhdx) << true;
    }

  private slots:
    void initTestCase() {
        auto engine = IoEngine::create({.kind = IoEngineKind::ThreadPool});
        QVERIFY(engine);
        engine_ = std::move(*engine);
    }

    void holdWhatIsWritten_data() { kinds(); }
    void holdWhatIsWritten() {
        QFETCH(int, format);
        QFETCH(bool, differencing);
        driver_ = &driverFor(static_cast<ImageFormat>(format));
        DiskModel model(kDisk, 21);
        model.longest = 7 * kBlock / 512;
        SparseContent content;
        auto result = create(content, model, differencing);
        QVERIFY2(result, text(result));
        for (unsigned round = 0; round < 4; ++round) {
            auto image = open(std::make_unique<MemoryFile>(*engine_, content, round));
            QVERIFY2(image, image ? "" : image.error().message.c_str());
            constexpr unsigned kDepth = 32;
            result = engine_->wait(model.run(**image, 250, kDepth));
            QVERIFY2(result, text(result));
            result = engine_->wait(model.compare(**image));
            QVERIFY2(result, text(result));
            QVERIFY(engine_->wait((*image)->close()));
            image->reset();
            MemoryFile file(*engine_, content);
            Job job;
            const auto report = engine_->wait(driver_->check(file, CheckMode::Report, job));
            QVERIFY2(report, report ? "" : report.error().message.c_str());
            for (const CheckFinding& finding : report->findings)
                QVERIFY2(finding.severity == CheckFinding::Severity::Warning, finding.text.c_str());
        }
    }

    void partsRunTogether_data() { kinds(); }
    void partsRunTogether() {
        QFETCH(int, format);
        QFETCH(bool, differencing);
        driver_ = &driverFor(static_cast<ImageFormat>(format));
        DiskModel model(kDisk, 22);
        SparseContent content;
        const auto created = create(content, model, differencing);
        QVERIFY2(created, text(created));
        auto owned = std::make_unique<MemoryFile>(*engine_, content);
        MemoryFile& file = *owned;
        auto image = open(std::move(owned));
        QVERIFY(image);
        const auto status = engine_->wait([](Disk& disk, MemoryFile& below) -> Task<IoStatus> {
            std::vector<std::byte> data(static_cast<std::size_t>(kDisk), std::byte{0x3C});
            IoStatus result;
            // The last block first, so that none follows the one before it.
            for (std::uint64_t offset = kDisk; offset > 0 && result.ok(); offset -= kBlock)
                result = co_await writeDisk(disk, offset - kBlock, std::span(data).first(kBlock));
            if (result.ok())
                result = co_await flushDisk(disk);
            below.mostTogether = 0;
            if (result.ok())
                result = co_await readDisk(disk, 0, data);
            co_return result;
        }(**image, file));
        QVERIFY2(status.ok(), status.text().c_str());
        QCOMPARE(file.mostTogether, kParallelParts);
    }

    // The first failure is the request's, and no part is begun afterwards.
    void oneFailureIsTheRequests() {
        driver_ = &driverFor(ImageFormat::Vhdx);
        DiskModel model(kDisk, 23);
        SparseContent content;
        QVERIFY(create(content, model, false));
        auto owned = std::make_unique<MemoryFile>(*engine_, content);
        MemoryFile& file = *owned;
        auto image = open(std::move(owned));
        QVERIFY(image);
        int written = 0;
        file.fault = [&](const FileRequest& request) {
            if (request.operation != FileOperation::Write || request.length != kBlock)
                return 0;
            return ++written == 3 ? ENOSPC : 0;
        };
        auto write = [](Disk& disk) -> Task<IoStatus> {
            const std::vector<std::byte> data(static_cast<std::size_t>(kDisk), std::byte{1});
            co_return co_await writeDisk(disk, 0, data);
        };
        QCOMPARE(engine_->wait(write(**image)).error, ENOSPC);
        QVERIFY(written < 40);
        QVERIFY(engine_->wait(write(**image)).ok());
        QVERIFY(engine_->wait((*image)->close()));
    }
};

}  // namespace

QTEST_GUILESS_MAIN(ScatteredRequestsTest)
#include "scattered_requests_test.moc"
