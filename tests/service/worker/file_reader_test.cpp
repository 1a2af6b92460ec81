// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/worker/file_reader.h"

#include <QTest>
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

using namespace service;
using namespace std::chrono_literals;

namespace {

constexpr auto kPatience = 60s;

/// A disk that keeps its answers until it is let go.
class Disk {
  public:
    explicit Disk(bool holds) : holds_(holds) {}
    FileReader::Source source(const std::shared_ptr<Disk>& self) const {
        return [self](std::uint64_t offset, std::span<std::byte> to) {
            return self->read(offset, to);
        };
    }
    void letGo() {
        const std::scoped_lock lock(mutex_);
        holds_ = false;
        changed_.notify_all();
    }
    [[nodiscard]] bool isAsked() {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kPatience, [this] { return reads_ != 0; });
    }
    [[nodiscard]] int reads() {
        const std::scoped_lock lock(mutex_);
        return reads_;
    }
    std::uint64_t failsFrom = ~std::uint64_t{0};

  private:
    hypervisor::Result<void> read(std::uint64_t offset, std::span<std::byte> to) {
        std::unique_lock lock(mutex_);
        ++reads_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return !holds_; });
        if (offset >= failsFrom)
            return hypervisor::failure("it is broken");
        for (std::size_t at = 0; at < to.size(); ++at)
            to[at] = static_cast<std::byte>((offset + at) % 251);
        return {};
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    bool holds_;
    int reads_ = 0;
};

/// What a read has brought, and when.
class Answer {
  public:
    FileReader::Done done(const std::shared_ptr<Answer>& self) const {
        return [self](hypervisor::Result<FileReader::Content> content) {
            const std::scoped_lock lock(self->mutex_);
            self->content_ = std::move(content);
            self->changed_.notify_all();
        };
    }
    [[nodiscard]] std::optional<hypervisor::Result<FileReader::Content>> wait(
        std::chrono::milliseconds patience = kPatience) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, patience, [this] { return content_.has_value(); });
        return content_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<hypervisor::Result<FileReader::Content>> content_;
};

hypervisor::Result<FileReader::Content> next(FileReader& reader, std::uint32_t length) {
    const auto answer = std::make_shared<Answer>();
    reader.read(length, answer->done(answer));
    return answer->wait().value_or(hypervisor::failure("no answer"));
}

}  // namespace

class FileReaderTest : public QObject {
    Q_OBJECT

  private slots:
    void aFileIsReadInOrder_data() {
        QTest::addColumn<std::uint64_t>("size");
        for (const std::uint64_t size :
             {std::uint64_t{1}, std::uint64_t{FileReader::kBlock},
              std::uint64_t{FileReader::kBlock} + 1, std::uint64_t{2'000'000}})
            QTest::addRow("%llu", static_cast<unsigned long long>(size)) << size;
    }
    void aFileIsReadInOrder() {
        QFETCH(std::uint64_t, size);
        const auto disk = std::make_shared<Disk>(false);
        FileReader reader(disk->source(disk), size);
        std::uint64_t offset = 0;
        while (offset < size) {
            const auto content = next(reader, 6'144);
            QVERIFY(content && !content->empty() && content->size() <= 6'144);
            for (const std::byte one : *content)
                QCOMPARE(one, static_cast<std::byte>(offset++ % 251));
        }
        QCOMPARE(offset, size);
        QVERIFY(!next(reader, 1));
    }

    void anErrorComesAfterWhatWasRead() {
        const auto disk = std::make_shared<Disk>(false);
        disk->failsFrom = FileReader::kBlock;
        FileReader reader(disk->source(disk), 3 * FileReader::kBlock);
        QVERIFY(next(reader, FileReader::kBlock));
        const auto failed = next(reader, 1);
        QVERIFY(!failed);
        QCOMPARE(failed.error().message, "it is broken");
        QVERIFY(!next(reader, 1));
    }

    void aDiskThatHangsIsNotWaitedFor() {
        const auto disk = std::make_shared<Disk>(true);
        const auto answer = std::make_shared<Answer>();
        {
            FileReader reader(disk->source(disk), 1'000);
            reader.read(10, answer->done(answer));
            QVERIFY(disk->isAsked());
        }
        disk->letGo();
        // The thread lets go of the disk at its end.
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        while (disk.use_count() > 1 && std::chrono::steady_clock::now() < deadline)
            std::this_thread::yield();
        QCOMPARE(disk.use_count(), 1L);
        QVERIFY(!answer->wait(0ms));
    }

    void notAllOfALargeFileIsReadAhead() {
        const auto disk = std::make_shared<Disk>(false);
        FileReader reader(disk->source(disk), 100 * FileReader::kBlock);
        QVERIFY(next(reader, 1));
        for (int piece = 0; piece < 100; ++piece)
            QVERIFY(next(reader, 10));
        QVERIFY(disk->reads() <= static_cast<int>(FileReader::kMostBlocks) + 1);
    }

    void aReaderThatWasNeverAskedHasNoThread() {
        const auto disk = std::make_shared<Disk>(true);
        { const FileReader reader(disk->source(disk), 10); }
        QCOMPARE(disk.use_count(), 1L);
        QCOMPARE(disk->reads(), 0);
    }
};

QTEST_GUILESS_MAIN(FileReaderTest)
#include "file_reader_test.moc"
