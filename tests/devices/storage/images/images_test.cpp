// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/storage/images/disk_jobs.h"

#include <QTemporaryDir>
#include <QtTest>

#include "devices/storage/images/image_chain.h"
#include "devices/storage/stalling_disk.h"
#include "devices/storage/watched_disk.h"
#include "memory_file.h"

using namespace devices::storage;
using hypervisor::Result;

namespace {

class ImagesTest : public QObject {
    Q_OBJECT

  private:
    std::unique_ptr<IoEngine> engine_;
    QTemporaryDir folder_;
    Job job_;

    [[nodiscard]] std::string path(const char* name) const {
        return folder_.filePath(name).toStdString();
    }
    Result<void> create(const std::string& name, const std::string& parent = {}) {
        CreateDisk request;
        request.path = name;
        request.image.size = parent.empty() ? std::uint64_t{64} << 20 : 0;
        request.parent = parent;
        request.image.kind = parent.empty() ? ImageKind::Dynamic : ImageKind::Differencing;
        return engine_->wait(createDisk(*engine_, request, job_));
    }
    Result<std::unique_ptr<DiskImage>> open(const std::string& name, FileAccess access) {
        OpenDiskOptions options;
        options.access = access;
        return engine_->wait(openDisk(*engine_, opener_, name, options));
    }
    PathImageOpener opener_;

  private slots:
    void initTestCase() {
        auto engine = IoEngine::create();
        QVERIFY(engine);
        engine_ = std::move(*engine);
    }

    void oneWriterOrManyReaders() {
        const std::string disk = path("lock.vhdx");
        const auto created = create(disk);
        QVERIFY2(created, created ? "" : created.error().message.c_str());
        {
            const auto first = open(disk, FileAccess::Read);
            const auto second = open(disk, FileAccess::Read);
            QVERIFY(first && second);
            const auto writer = open(disk, FileAccess::ReadWrite);
            QVERIFY(!writer);
            QVERIFY2(writer.error().message.find("in use") != std::string::npos,
                     writer.error().message.c_str());
        }
        const auto writer = open(disk, FileAccess::ReadWrite);
        QVERIFY2(writer, writer ? "" : writer.error().message.c_str());
        QVERIFY(!open(disk, FileAccess::Read));
        QVERIFY(!open(disk, FileAccess::ReadWrite));
    }

    void parentIsNotWrittenWhileItsChildIsOpen() {
        const std::string parent = path("parent.vhdx");
        const std::string child = path("child.vhdx");
        QVERIFY(create(parent));
        const auto created = create(child, parent);
        QVERIFY2(created, created ? "" : created.error().message.c_str());
        const auto opened = open(child, FileAccess::ReadWrite);
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        const auto writer = open(parent, FileAccess::ReadWrite);
        QVERIFY(!writer);
        QVERIFY2(writer.error().message.find("parent of a disk") != std::string::npos,
                 writer.error().message.c_str());
    }

    void parentIsNotWrittenWhileItsChildIsBesideIt_data() {
        QTest::addColumn<QString>("format");
        QTest::newRow("vhd") << "vhd";
        QTest::newRow("vhdx") << "vhdx";
    }
    void parentIsNotWrittenWhileItsChildIsBesideIt() {
        QFETCH(QString, format);
        const std::string parent = path(qPrintable("base." + format));
        const std::string child = path(qPrintable("leaf." + format));
        QVERIFY(create(parent));
        QVERIFY(open(parent, FileAccess::ReadWrite));
        const auto created = create(child, parent);
        QVERIFY2(created, created ? "" : created.error().message.c_str());
        {
            const auto refused = open(parent, FileAccess::ReadWrite);
            QVERIFY(!refused);
            QVERIFY2(refused.error().message.find("is the parent of " + child) != std::string::npos,
                     refused.error().message.c_str());
        }
        QVERIFY(open(parent, FileAccess::Read));
        QVERIFY(open(child, FileAccess::ReadWrite));
        {
            OpenDiskOptions options;
            options.access = FileAccess::ReadWrite;
            options.children = KnownChildren::Accept;
            QVERIFY(engine_->wait(openDisk(*engine_, opener_, parent, options)));
        }
        QCOMPARE(engine_->wait(childrenOf(*engine_, parent))->size(), std::size_t{1});
        QVERIFY(QFile::remove(QString::fromStdString(child)));
        QVERIFY(open(parent, FileAccess::ReadWrite));
    }

    void chainOfThirtyTwoOpensAndNoLonger() {
        std::string previous = path("chain0.vhd");
        QVERIFY(create(previous));
        for (unsigned i = 1; i <= kMaximumChain; ++i) {
            const std::string next = path(("chain" + std::to_string(i) + ".vhd").c_str());
            const auto created = create(next, previous);
            QVERIFY2(created, created ? "" : created.error().message.c_str());
            previous = next;
            if (i + 1 == kMaximumChain) {
                const auto image = open(next, FileAccess::Read);
                QVERIFY2(image, image ? "" : image.error().message.c_str());
            }
        }
        const auto tooLong = open(previous, FileAccess::Read);
        QVERIFY(!tooLong);
        QVERIFY2(tooLong.error().message.find("longer than 32") != std::string::npos,
                 tooLong.error().message.c_str());
    }

    void opensDescriptorsThatWereHandedOver() {
        const std::string parent = path("given-parent.vhd");
        const std::string child = path("given-child.vhd");
        QVERIFY(create(parent) && create(child, parent));
        auto childFile = opener_.open(child, FileAccess::ReadWrite);
        auto parentFile = opener_.open(parent, FileAccess::Read);
        QVERIFY(childFile && parentFile);
        std::vector<OpenedImageFile> chain;
        chain.push_back({std::move(childFile->descriptor), "first"});
        chain.push_back({std::move(parentFile->descriptor), "second"});
        GivenImageOpener given(std::move(chain));
        OpenDiskOptions options;
        options.access = FileAccess::ReadWrite;
        const auto image = engine_->wait(openDisk(*engine_, given, "disk", options));
        QVERIFY2(image, image ? "" : image.error().message.c_str());
        QVERIFY((*image)->parent() != nullptr);
    }

    void aChainIsOpenedForAnotherProcess() {
        const std::string grandparent = path("handed-0.vhdx");
        const std::string parent = path("handed-1.vhdx");
        const std::string child = path("handed-2.vhdx");
        QVERIFY(create(grandparent) && create(parent, grandparent) && create(child, parent));
        auto chain = engine_->wait(openChain(*engine_, child, FileAccess::ReadWrite, std::nullopt));
        QVERIFY2(chain, chain ? "" : chain.error().message.c_str());
        QCOMPARE(chain->size(), std::size_t{3});
        QCOMPARE((*chain)[2].path, grandparent);
        // Locked before anything opens them as disks, and until that is done.
        QVERIFY(!open(child, FileAccess::Read));
        QVERIFY(!open(grandparent, FileAccess::ReadWrite));
        {
            GivenImageOpener given(std::move(*chain));
            OpenDiskOptions options;
            options.access = FileAccess::ReadWrite;
            const auto image = engine_->wait(openDisk(*engine_, given, child, options));
            QVERIFY2(image, image ? "" : image.error().message.c_str());
            QVERIFY((*image)->parent()->parent() != nullptr);
            QVERIFY(!open(child, FileAccess::Read));
        }
        QVERIFY(open(child, FileAccess::Read));

        // A parent is not written to, and a raw disk is not looked into.
        QVERIFY(!engine_->wait(openChain(*engine_, parent, FileAccess::ReadWrite, std::nullopt)));
        QVERIFY(engine_->wait(openChain(*engine_, parent, FileAccess::Read, std::nullopt)));
        const auto raw =
            engine_->wait(openChain(*engine_, child, FileAccess::ReadWrite, ImageFormat::Raw));
        QVERIFY(raw);
        QCOMPARE(raw->size(), std::size_t{1});
        QVERIFY(!engine_->wait(
            openChain(*engine_, path("missing.vhdx"), FileAccess::Read, std::nullopt)));
    }

    void cancelledJobLeavesNothing() {
        const std::string disk = path("cancelled.img");
        CreateDisk request;
        request.path = disk;
        request.image.kind = ImageKind::Fixed;
        request.image.size = std::uint64_t{64} << 20;
        Job cancelled;
        cancelled.cancel();
        QVERIFY(!engine_->wait(createDisk(*engine_, request, cancelled)));
        QVERIFY(QDir(folder_.path()).entryList({"cancelled.img*"}).isEmpty());
    }

    void isoIsReadOnlyAndChecked() {
        QFile file(folder_.filePath("disc.iso"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QByteArray content(40 * 2048, 'd');
        content.replace(16 * 2048, 6, QByteArray("\1CD001", 6));
        file.write(content);
        file.close();
        const auto image = open(path("disc.iso"), FileAccess::Read);
        QVERIFY2(image, image ? "" : image.error().message.c_str());
        QCOMPARE((*image)->logicalSectorSize(), 2048u);
        QVERIFY((*image)->readOnly());
        QFile bad(folder_.filePath("bad.iso"));
        QVERIFY(bad.open(QIODevice::WriteOnly));
        bad.write(QByteArray(40 * 2048, 'd'));
        bad.close();
        QVERIFY(!open(path("bad.iso"), FileAccess::Read));
    }

    void aDiskThatFailsIsToldOfOnceForReadsAndOnceForWrites() {
        SparseContent content;
        content.resize(8192);
        auto file = std::make_unique<MemoryFile>(*engine_, content);
        MemoryFile& host = *file;
        auto image =
            engine_->wait(driverFor(ImageFormat::Raw).open(std::move(file), ImageOpenOptions{}));
        QVERIFY(image);
        std::vector<std::pair<WatchedDisk::Access, int>> told;
        WatchedDisk disk(std::move(*image), [&](WatchedDisk::Access access, IoStatus status) {
            told.emplace_back(access, status.error);
        });
        std::array<std::byte, 4096> data = {};
        iovec buffer{data.data(), data.size()};
        std::optional<IoStatus> answer;
        DiskRequest request;
        request.buffers = {&buffer, 1};
        request.length = data.size();
        request.context = &answer;
        request.completed = [](DiskRequest& self, IoStatus status) {
            *static_cast<std::optional<IoStatus>*>(self.context) = status;
        };
        const auto errorOf = [&](DiskOperation operation, std::uint64_t offset) {
            answer.reset();
            request.operation = operation;
            request.offset = offset;
            disk.submit(request);
            engine_->runUntil([&] { return answer.has_value(); });
            return answer->error;
        };
        QCOMPARE(errorOf(DiskOperation::Read, 4096), 0);
        // What the guest has done wrong is none of the owner's business.
        QCOMPARE(errorOf(DiskOperation::Read, 8192), ERANGE);
        QVERIFY(told.empty());
        host.fault = [](const FileRequest&) { return EIO; };
        for (int turn = 0; turn < 3; ++turn) {
            QCOMPARE(errorOf(DiskOperation::Read, 0), EIO);
            QCOMPARE(errorOf(DiskOperation::Write, 0), EIO);
        }
        QCOMPARE(told, (std::vector<std::pair<WatchedDisk::Access, int>>{
                           {WatchedDisk::Access::Read, EIO}, {WatchedDisk::Access::Change, EIO}}));
        host.fault = {};
        QCOMPARE(errorOf(DiskOperation::Write, 0), 0);
    }

    void fullHostHoldsRequestsUntilThereIsRoom() {
        SparseContent content;
        content.resize(8192);
        auto file = std::make_unique<MemoryFile>(*engine_, content);
        MemoryFile& host = *file;
        auto image =
            engine_->wait(driverFor(ImageFormat::Raw).open(std::move(file), ImageOpenOptions{}));
        QVERIFY(image);
        int stalls = 0;
        StallingDisk disk(std::move(*image), [&](IoStatus) { ++stalls; });
        bool full = true;
        host.fault = [&](const FileRequest& request) {
            return full && request.operation == FileOperation::Write ? ENOSPC : 0;
        };
        std::array<std::byte, 4096> data;
        data.fill(std::byte{0x77});
        iovec buffer{data.data(), data.size()};
        std::optional<IoStatus> answer;
        DiskRequest request;
        request.operation = DiskOperation::Write;
        request.offset = 4096;
        request.length = data.size();
        request.buffers = {&buffer, 1};
        request.context = &answer;
        request.completed = [](DiskRequest& self, IoStatus status) {
            *static_cast<std::optional<IoStatus>*>(self.context) = status;
        };
        disk.submit(request);
        engine_->runUntil([&] { return stalls == 1; });
        QCOMPARE(disk.held(), std::size_t{1});
        QVERIFY(!answer);
        disk.retry();
        engine_->runUntil([&] { return stalls == 2; });
        QVERIFY(!answer);
        full = false;
        disk.retry();
        engine_->runUntil([&] { return answer.has_value(); });
        QVERIFY(answer->ok());
        std::array<std::byte, 4096> back = {};
        content.read(4096, back);
        QVERIFY(back == data);

        full = true;
        answer.reset();
        disk.submit(request);
        engine_->runUntil([&] { return stalls == 3; });
        disk.giveUp();
        engine_->runUntil([&] { return answer.has_value(); });
        QCOMPARE(answer->error, ENOSPC);
    }
};

}  // namespace

QTEST_GUILESS_MAIN(ImagesTest)
#include "images_test.moc"
