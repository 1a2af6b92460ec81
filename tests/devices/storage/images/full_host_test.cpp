// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/storage/stalling_disk.h"

#include <QDir>
#include <QtTest>
#include <optional>

#include "devices/storage/images/disk_jobs.h"
#include "disk_model.h"
#include "small_host.h"

using namespace devices::storage;
using hypervisor::Result;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kHost = 64 * kMiB;
constexpr std::uint64_t kDisk = 24 * kMiB;

class FullHostTest : public QObject {
    Q_OBJECT

  private:
    std::optional<SmallHost> host_;
    std::unique_ptr<IoEngine> engine_;
    PathImageOpener opener_;

    Result<void> create(const std::string& path, const std::string& parent) {
        CreateDisk request;
        request.path = path;
        request.parent = parent;
        request.image.kind = parent.empty() ? ImageKind::Dynamic : ImageKind::Differencing;
        request.image.size = parent.empty() ? kDisk : 0;
        request.image.blockSize = formatOfPath(path) == ImageFormat::Raw ? 0 : kMiB;
        request.replace = true;
        Job job;
        return engine_->wait(createDisk(*engine_, request, job));
    }
    Result<std::unique_ptr<DiskImage>> open(const std::string& path,
                                            FileAccess access = FileAccess::ReadWrite) {
        OpenDiskOptions options;
        options.access = access;
        return engine_->wait(openDisk(*engine_, opener_, path, options));
    }
    static const char* text(const Result<void>& result) {
        return result ? "" : result.error().message.c_str();
    }

  private slots:
    void initTestCase() {
        host_.emplace(kHost);
        if (!host_->problem().empty())
            QSKIP(host_->problem().c_str());
        auto engine = IoEngine::create();
        QVERIFY(engine);
        engine_ = std::move(*engine);
    }
    void cleanup() {
        if (!engine_)
            return;
        QDir folder(QString::fromStdString(host_->path()));
        for (const QString& name : folder.entryList(QDir::Files))
            QVERIFY(folder.remove(name));
        QVERIFY(host_->makeRoom(kHost));
    }
    void cleanupTestCase() {
        engine_.reset();
        host_.reset();
    }

    // A machine's requests, while the host has room for a few of them at a time.
    void workloadStallsAndLosesNothing_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("differencing");
        QTest::newRow("raw") << "disk.img" << false;
        QTest::newRow("VHD") << "disk.vhd" << false;
        QTest::newRow("VHD, differencing") << "child.vhd" << true;
        QTest::newRow("VHDX") << "disk.vhdx" << false;
        QTest::newRow("VHDX, differencing") << "child.vhdx" << true;
    }
    void workloadStallsAndLosesNothing() {
        QFETCH(QString, name);
        QFETCH(bool, differencing);
        const std::string path = host_->path(name.toStdString());
        const std::string parent =
            differencing ? host_->path("parent-of-" + name.toStdString()) : "";
        DiskModel model(kDisk, 11);
        if (differencing) {
            const auto created = create(parent, "");
            QVERIFY2(created, text(created));
            auto image = open(parent);
            QVERIFY(image);
            const auto written = engine_->wait(model.run(**image, 40));
            QVERIFY2(written, text(written));
            QVERIFY(engine_->wait((*image)->close()));
        }
        const auto created = create(path, parent);
        QVERIFY2(created, text(created));
        auto image = open(path);
        QVERIFY2(image, image ? "" : image.error().message.c_str());
        DiskImage* const below = image->get();
        QVERIFY(host_->fillUpTo(kMiB));

        int stalls = 0;
        bool gaveUp = false;
        StallingDisk* stalling = nullptr;
        StallingDisk disk(std::move(*image), [&](IoStatus status) {
            QVERIFY(status.noSpace());
            ++stalls;
            // As the owner does, when there is room again.
            engine_->post([&] {
                gaveUp = gaveUp || !host_->canMakeRoom() || !host_->makeRoom(kMiB);
                if (gaveUp)
                    stalling->giveUp();
                else
                    stalling->retry();
            });
        });
        stalling = &disk;
        auto result = engine_->wait(model.run(disk, 500, 16));
        QVERIFY2(result, text(result));
        QVERIFY(!gaveUp);
        qInfo("stalled %d times", stalls);
        QVERIFY(stalls >= 3);
        QCOMPARE(disk.held(), std::size_t{0});
        result = engine_->wait(model.compare(disk));
        QVERIFY2(result, text(result));

        // Full to the last page, what is flushed is flushed, and what is not waits.
        QVERIFY(host_->fillUpTo(0));
        result = engine_->wait(model.run(disk, 100, 4));
        QVERIFY2(result, text(result));
        QVERIFY(host_->makeRoom(kHost));
        result = engine_->wait(below->close());
        QVERIFY2(result, text(result));
        {
            Job job;
            const auto report = engine_->wait(
                driverFor(*formatOfPath(path)).check(below->file(), CheckMode::Report, job));
            QVERIFY2(report, report ? "" : report.error().message.c_str());
            for (const CheckFinding& finding : report->findings)
                QVERIFY2(finding.severity != CheckFinding::Severity::Error, finding.text.c_str());
        }
    }

    // The same without anybody who waits: the requests fail, and nothing that was flushed is lost.
    void withoutAnOwnerWhatWasFlushedStays_data() {
        QTest::addColumn<QString>("name");
        QTest::newRow("VHD") << "lone.vhd";
        QTest::newRow("VHDX") << "lone.vhdx";
    }
    void withoutAnOwnerWhatWasFlushedStays() {
        QFETCH(QString, name);
        const std::string path = host_->path(name.toStdString());
        QVERIFY(create(path, ""));
        std::vector<std::byte> data(2 * kMiB, std::byte{0x5C});
        {
            auto image = open(path);
            QVERIFY(image);
            const auto flushed = engine_->wait([](Disk& disk, auto& bytes) -> Task<IoStatus> {
                const IoStatus status = co_await writeDisk(disk, 512, bytes);
                co_return status.ok() ? co_await flushDisk(disk) : status;
            }(**image, data));
            QVERIFY2(flushed.ok(), flushed.text().c_str());
            QVERIFY(host_->fillUpTo(0));
            const auto refused = engine_->wait([](Disk& disk, auto& bytes) -> Task<IoStatus> {
                co_return co_await writeDisk(disk, 8 * kMiB, bytes);
            }(**image, data));
            QVERIFY(refused.noSpace());
            // Not closed, as if the process were killed.
        }
        // For reading it needs no room; for writing a log may have to be replayed.
        for (const auto access : {FileAccess::Read, FileAccess::ReadWrite}) {
            if (access == FileAccess::ReadWrite)
                QVERIFY(host_->makeRoom(kMiB));
            auto image = open(path, access);
            QVERIFY2(image, image ? "" : image.error().message.c_str());
            std::vector<std::byte> back(data.size());
            const auto read = engine_->wait([](Disk& disk, auto& bytes) -> Task<IoStatus> {
                co_return co_await readDisk(disk, 512, bytes);
            }(**image, back));
            QVERIFY(read.ok());
            QVERIFY(back == data);
        }
    }
};

}  // namespace

QTEST_GUILESS_MAIN(FullHostTest)
#include "full_host_test.moc"
