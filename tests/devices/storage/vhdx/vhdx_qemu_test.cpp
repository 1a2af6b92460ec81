// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>

#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <random>

#include "devices/storage/engine_file.h"
#include "devices/storage/vhdx/vhdx_driver.h"

using namespace devices::storage;
using devices::storage::vhdx::VhdxDriver;
using hypervisor::Result;

namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;

// The content that both sides must agree on: pieces of random bytes in a disk of zeroes.
struct Piece {
    std::uint64_t offset;
    std::vector<std::byte> bytes;
};

std::vector<Piece> pieces(std::uint64_t diskSize, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<Piece> all;
    for (int i = 0; i < 24; ++i) {
        const std::uint64_t length = 512 * (1 + random() % 600);
        Piece piece{random() % ((diskSize - length) / 512) * 512, std::vector<std::byte>(length)};
        for (std::byte& byte : piece.bytes)
            byte = static_cast<std::byte>(random() | 1);
        all.push_back(std::move(piece));
    }
    // The very end of the disk too.
    all.push_back({diskSize - 512, std::vector<std::byte>(512, std::byte{0x5a})});
    return all;
}

}  // namespace

// Images of ours in qemu-img's hands, and the other way round.
class VhdxQemuTest : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        if (QStandardPaths::findExecutable(QStringLiteral("qemu-img")).isEmpty())
            QSKIP("qemu-img (package qemu-utils) is not installed");
        auto engine = IoEngine::create();
        QVERIFY(engine);
        engine_ = std::move(*engine);
    }

    void readsWhatWeWrite_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<unsigned>("blockSize");
        QTest::addColumn<quint64>("size");
        QTest::newRow("dynamic, 1 MiB") << int(ImageKind::Dynamic) << 1U << quint64(40 * kMiB);
        QTest::newRow("dynamic, 32 MiB")
            << int(ImageKind::Dynamic) << 32U << quint64(100 * kMiB + 3 * 512);
        QTest::newRow("dynamic, 256 MiB") << int(ImageKind::Dynamic) << 256U << quint64(600 * kMiB);
        QTest::newRow("dynamic, 2 MiB, large")
            << int(ImageKind::Dynamic) << 2U << quint64(3000 * kMiB);
        QTest::newRow("fixed, 8 MiB") << int(ImageKind::Fixed) << 8U << quint64(50 * kMiB);
    }
    void readsWhatWeWrite() {
        QFETCH(int, kind);
        QFETCH(unsigned, blockSize);
        QFETCH(quint64, size);
        ImageCreateOptions options;
        options.kind = static_cast<ImageKind>(kind);
        options.size = size;
        options.blockSize = static_cast<std::uint32_t>(blockSize * kMiB);
        const QString image = path("ours.vhdx");
        succeeds(engine_->wait(create(image, options)));
        const auto content = pieces(size, 7);
        succeeds(engine_->wait(write(image, content)));
        writeRaw(path("content.raw"), size, content);

        qemu({"check", "-f", "vhdx", image});
        qemu({"compare", "-f", "vhdx", "-F", "raw", image, path("content.raw")});
        if (size <= 128 * kMiB) {
            qemu({"convert", "-f", "vhdx", "-O", "raw", image, path("back.raw")});
            QVERIFY(sameFiles(path("back.raw"), path("content.raw")));
        }
    }

    void writesWhatWeRead_data() {
        QTest::addColumn<QString>("subformat");
        QTest::addColumn<QString>("blockSize");
        for (const char* subformat : {"dynamic", "fixed"})
            for (const char* blockSize : {"1M", "8M", "64M", "256M"})
                QTest::addRow("%s, %s", subformat, blockSize)
                    << QString::fromLatin1(subformat) << QString::fromLatin1(blockSize);
    }
    void writesWhatWeRead() {
        QFETCH(QString, subformat);
        QFETCH(QString, blockSize);
        const std::uint64_t size = 90 * kMiB;
        auto content = pieces(size, 11);
        writeRaw(path("content.raw"), size, content);
        const QString image = path("theirs.vhdx");
        qemu({"convert", "-f", "raw", "-O", "vhdx", "-o",
              QStringLiteral("subformat=%1,block_size=%2").arg(subformat, blockSize),
              path("content.raw"), image});
        succeeds(engine_->wait(compareWithRaw(image, path("content.raw"))));
        succeeds(engine_->wait(checkImage(image)));

        // Ours on top of theirs.
        const auto more = pieces(size, 12);
        succeeds(engine_->wait(write(image, more)));
        content.insert(content.end(), more.begin(), more.end());
        writeRaw(path("content.raw"), size, content);
        succeeds(engine_->wait(compareWithRaw(image, path("content.raw"))));
        succeeds(engine_->wait(checkImage(image)));
        qemu({"check", "-f", "vhdx", image});
        qemu({"compare", "-f", "vhdx", "-F", "raw", image, path("content.raw")});
    }

    // Trimming, zeroing, expanding and compacting leave an image that it understands.
    void readsWhatOperationsLeave() {
        const std::uint64_t size = 64 * kMiB;
        ImageCreateOptions options;
        options.size = size;
        options.blockSize = kMiB;
        const QString image = path("worked.vhdx");
        succeeds(engine_->wait(create(image, options)));
        const auto content = pieces(size, 21);
        succeeds(engine_->wait(write(image, content)));
        succeeds(engine_->wait(operate(image, size)));
        auto expected = content;
        expected.push_back({8 * kMiB, std::vector<std::byte>(12 * kMiB)});
        expected.push_back({30 * kMiB + 512, std::vector<std::byte>(5 * 512)});
        // Comparing all of the expanded disk would take minutes.
        const std::uint64_t compared = 80 * kMiB;
        writeRaw(path("content.raw"), compared, expected);
        qemu({"check", "-f", "vhdx", image});
        qemu({"dd", "-f", "vhdx", "-O", "raw", "bs=1M", "count=80", QStringLiteral("if=") + image,
              QStringLiteral("of=") + path("back.raw")});
        QVERIFY(sameFiles(path("back.raw"), path("content.raw")));
        succeeds(engine_->wait(checkImage(image)));
    }

  private:
    QString path(const char* name) const { return folder_.filePath(QString::fromLatin1(name)); }

    static void succeeds(const Result<void>& result) {
        if (!result)
            QFAIL(result.error().message.c_str());
    }
    static void qemu(const QStringList& arguments) {
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(QStringLiteral("qemu-img"), arguments);
        QVERIFY(process.waitForFinished(60000));
        if (process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0)
            QFAIL(qPrintable(QStringLiteral("qemu-img %1: %2")
                                 .arg(arguments.join(QLatin1Char(' ')),
                                      QString::fromLocal8Bit(process.readAll()))));
    }
    static void writeRaw(const QString& name, std::uint64_t size,
                         const std::vector<Piece>& content) {
        QFile file(name);
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        QVERIFY(file.resize(static_cast<qint64>(size)));
        for (const Piece& piece : content) {
            QVERIFY(file.seek(static_cast<qint64>(piece.offset)));
            QCOMPARE(file.write(reinterpret_cast<const char*>(piece.bytes.data()),
                                static_cast<qint64>(piece.bytes.size())),
                     static_cast<qint64>(piece.bytes.size()));
        }
    }
    static bool sameFiles(const QString& a, const QString& b) {
        QFile first(a);
        QFile second(b);
        if (!first.open(QIODevice::ReadOnly) || !second.open(QIODevice::ReadOnly) ||
            first.size() != second.size())
            return false;
        while (!first.atEnd())
            if (first.read(4 * kMiB) != second.read(4 * kMiB))
                return false;
        return true;
    }

    Result<std::unique_ptr<StorageFile>> openFile(const QString& name, int flags,
                                                  FileAccess access) {
        hypervisor::FileDescriptor descriptor(
            ::open(name.toLocal8Bit().constData(), flags | O_CLOEXEC, 0600));
        if (!descriptor)
            return hypervisor::systemFailure("open " + name.toStdString(), errno);
        auto file = EngineFile::create(*engine_, std::move(descriptor), name.toStdString(), access);
        if (!file)
            return std::unexpected(file.error());
        return std::unique_ptr<StorageFile>(std::move(*file));
    }
    Task<Result<void>> create(QString name, ImageCreateOptions options) {
        auto file = openFile(name, O_RDWR | O_CREAT | O_TRUNC, FileAccess::ReadWrite);
        if (!file)
            co_return std::unexpected(file.error());
        Job job;
        co_return co_await VhdxDriver().create(**file, options, job);
    }
    Task<Result<std::unique_ptr<DiskImage>>> open(QString name, FileAccess access) {
        auto file = openFile(name, access == FileAccess::Read ? O_RDONLY : O_RDWR, access);
        if (!file)
            co_return std::unexpected(file.error());
        co_return co_await VhdxDriver().open(std::move(*file), {});
    }
    Task<Result<void>> write(QString name, const std::vector<Piece>& content) {
        auto image = co_await open(name, FileAccess::ReadWrite);
        if (!image)
            co_return std::unexpected(image.error());
        for (const Piece& piece : content) {
            const IoStatus status = co_await writeDisk(**image, piece.offset, piece.bytes);
            if (!status.ok())
                co_return hypervisor::failure("write: " + status.text());
        }
        co_return co_await (*image)->close();
    }
    Task<Result<void>> compareWithRaw(QString name, QString raw) {
        auto image = co_await open(name, FileAccess::Read);
        if (!image)
            co_return std::unexpected(image.error());
        QFile file(raw);
        if (!file.open(QIODevice::ReadOnly) ||
            static_cast<std::uint64_t>(file.size()) != (*image)->size())
            co_return hypervisor::failure("sizes differ");
        std::vector<std::byte> bytes;
        for (std::uint64_t at = 0; at < (*image)->size();) {
            bytes.resize(std::min<std::uint64_t>(3 * kMiB, (*image)->size() - at));
            const IoStatus status = co_await readDisk(**image, at, bytes);
            if (!status.ok())
                co_return hypervisor::failure("read: " + status.text());
            const QByteArray expected = file.read(static_cast<qint64>(bytes.size()));
            if (std::memcmp(expected.constData(), bytes.data(), bytes.size()) != 0)
                co_return hypervisor::failure("content differs near " + std::to_string(at));
            at += bytes.size();
        }
        co_return Result<void>{};
    }
    Task<Result<void>> checkImage(QString name) {
        auto file = openFile(name, O_RDONLY, FileAccess::Read);
        if (!file)
            co_return std::unexpected(file.error());
        Job job;
        const auto report = co_await VhdxDriver().check(**file, CheckMode::Report, job);
        if (!report)
            co_return std::unexpected(report.error());
        for (const CheckFinding& finding : report->findings)
            if (finding.severity == CheckFinding::Severity::Error)
                co_return hypervisor::failure(finding.field + ": " + finding.text);
        co_return Result<void>{};
    }
    Task<Result<void>> operate(QString name, std::uint64_t size) {
        auto opened = co_await open(name, FileAccess::ReadWrite);
        if (!opened)
            co_return std::unexpected(opened.error());
        DiskImage& image = **opened;
        if (image.size() != size)
            co_return hypervisor::failure("size");
        IoStatus status = co_await zeroDisk(image, 8 * kMiB, 12 * kMiB);
        if (status.ok())
            status = co_await zeroDisk(image, 30 * kMiB + 512, 5 * 512);
        if (!status.ok())
            co_return hypervisor::failure("zero: " + status.text());
        const std::uint64_t before = image.describe().fileSize;
        Job job;
        auto compacted = co_await image.compact(job);
        if (!compacted)
            co_return compacted;
        if (image.describe().fileSize >= before)
            co_return hypervisor::failure("compacting gave nothing back");
        // Beyond what fits into the table's first region: that moves.
        for (const std::uint64_t larger : {70 * kMiB + 1536, 300000 * kMiB}) {
            auto resized = co_await image.resize(larger, job);
            if (!resized)
                co_return resized;
        }
        co_return co_await image.close();
    }

    QTemporaryDir folder_;
    std::unique_ptr<IoEngine> engine_;
};

QTEST_GUILESS_MAIN(VhdxQemuTest)
#include "vhdx_qemu_test.moc"
