// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/storage/io_engine.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <QtTest>
#include <atomic>
#include <csignal>
#include <cstring>
#include <thread>
#include <vector>

#include "devices/storage/engine_file.h"

using namespace devices::storage;

namespace {

hypervisor::FileDescriptor memoryFile() {
    return hypervisor::FileDescriptor(::memfd_create("io-engine-test", MFD_CLOEXEC));
}

std::vector<std::byte> pattern(std::size_t length, unsigned seed) {
    std::vector<std::byte> bytes(length);
    for (std::size_t i = 0; i < length; ++i)
        bytes[i] = static_cast<std::byte>((i * 31 + i / 251 + seed) & 0xFF);
    return bytes;
}

Task<hypervisor::Result<void>> scatterAndGather(StorageFile& file) {
    // More vectors than one system call takes, each of an odd length.
    constexpr std::size_t kVectors = 2500;
    constexpr std::size_t kLength = 333;
    auto bytes = pattern(kVectors * kLength, 7);
    std::vector<iovec> vectors;
    for (std::size_t i = 0; i < kVectors; ++i)
        vectors.push_back({bytes.data() + i * kLength, kLength});
    IoStatus status = co_await writeFile(file, 4096, bytes.size(), vectors);
    if (!status.ok())
        co_return hypervisor::failure("write: " + status.text());
    if (file.size() != 4096 + bytes.size())
        co_return hypervisor::failure("the file did not grow to what was written");
    std::vector<std::byte> back(bytes.size());
    for (std::size_t i = 0; i < kVectors; ++i)
        vectors[i].iov_base = back.data() + i * kLength;
    status = co_await readFile(file, 4096, back.size(), vectors);
    if (!status.ok() || back != bytes)
        co_return hypervisor::failure("what was read is not what was written");
    co_return hypervisor::Result<void>();
}

Task<hypervisor::Result<void>> everyOperation(StorageFile& file) {
    const auto bytes = pattern(100'000, 3);
    IoStatus status = co_await writeFile(file, 0, bytes, Durability::ForceUnitAccess);
    if (!status.ok())
        co_return hypervisor::failure("write through: " + status.text());
    status = co_await zeroFile(file, 10'000, 1'000);
    if (!status.ok())
        co_return hypervisor::failure("zero: " + status.text());
    status = co_await punchFile(file, 20'000, 30'000);
    if (!status.ok())
        co_return hypervisor::failure("punch: " + status.text());
    status = co_await allocateFile(file, 100'000, 50'000);
    if (!status.ok())
        co_return hypervisor::failure("allocate: " + status.text());
    status = co_await flushFile(file);
    if (!status.ok())
        co_return hypervisor::failure("flush: " + status.text());
    status = co_await resizeFile(file, 200'000);
    if (!status.ok() || file.size() != 200'000)
        co_return hypervisor::failure("resize: " + status.text());
    std::vector<std::byte> expected = bytes;
    expected.resize(200'000);
    std::memset(expected.data() + 10'000, 0, 1'000);
    std::memset(expected.data() + 20'000, 0, 30'000);
    std::vector<std::byte> back(200'000);
    status = co_await readFile(file, 0, back);
    if (!status.ok() || back != expected)
        co_return hypervisor::failure("the content is not what the operations make of it");
    status = co_await readFile(file, 199'999, std::span(back).first(2));
    if (status.error != ENODATA)
        co_return hypervisor::failure("a read beyond the end gave: " + status.text());
    co_return hypervisor::Result<void>();
}

}  // namespace

class IoEngineTest : public QObject {
    Q_OBJECT

  private:
    std::unique_ptr<IoEngine> engineOf(bool ring, bool restricted = false) {
        IoEngineOptions options;
        options.kind = ring ? IoEngineKind::Uring : IoEngineKind::ThreadPool;
        options.restricted = restricted;
        auto engine = IoEngine::create(options);
        if (!engine) {
            reason_ = engine.error().message;
            return nullptr;
        }
        return std::move(*engine);
    }
    void kinds() {
        QTest::addColumn<bool>("ring");
        QTest::newRow("io_uring") << true;
        QTest::newRow("thread pool") << false;
    }
    std::string reason_;

  private slots:
    void transfersScatterLists_data() { kinds(); }
    void transfersScatterLists() {
        QFETCH(bool, ring);
        const auto engine = engineOf(ring);
        if (!engine)
            QSKIP(reason_.c_str());
        auto file = EngineFile::create(*engine, memoryFile(), "memory", FileAccess::ReadWrite);
        QVERIFY2(file, file ? "" : file.error().message.c_str());
        const auto result = engine->wait(scatterAndGather(**file));
        QVERIFY2(result, result ? "" : result.error().message.c_str());
    }

    void carriesOutEveryOperation_data() { kinds(); }
    void carriesOutEveryOperation() {
        QFETCH(bool, ring);
        const auto engine = engineOf(ring);
        if (!engine)
            QSKIP(reason_.c_str());
        auto file = EngineFile::create(*engine, memoryFile(), "memory", FileAccess::ReadWrite);
        QVERIFY(file);
        const auto result = engine->wait(everyOperation(**file));
        QVERIFY2(result, result ? "" : result.error().message.c_str());
    }

    void restrictedRingStillServesDisks() {
        const auto engine = engineOf(true, true);
        if (!engine)
            QSKIP(reason_.c_str());
        auto file = EngineFile::create(*engine, memoryFile(), "memory", FileAccess::ReadWrite);
        QVERIFY2(file, file ? "" : file.error().message.c_str());
        auto result = engine->wait(everyOperation(**file));
        QVERIFY2(result, result ? "" : result.error().message.c_str());
        // A disk attached while the machine runs.
        auto second = EngineFile::create(*engine, memoryFile(), "second", FileAccess::ReadWrite);
        QVERIFY2(second, second ? "" : second.error().message.c_str());
        result = engine->wait(scatterAndGather(**second));
        QVERIFY2(result, result ? "" : result.error().message.c_str());
    }

    void postsFromManyThreads_data() { kinds(); }
    void postsFromManyThreads() {
        QFETCH(bool, ring);
        const auto engine = engineOf(ring);
        if (!engine)
            QSKIP(reason_.c_str());
        constexpr int kThreads = 4;
        constexpr int kEach = 5000;
        std::array<int, kThreads> last = {};
        int outOfOrder = 0;
        int count = 0;
        std::vector<std::thread> threads;
        for (std::size_t t = 0; t < kThreads; ++t)
            threads.emplace_back([&, t] {
                for (int i = 1; i <= kEach; ++i)
                    engine->post([&, t, i] {
                        outOfOrder += i != last[t] + 1;
                        last[t] = i;
                        if (++count == kThreads * kEach)
                            engine->stop();
                    });
            });
        engine->run();
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(count, kThreads * kEach);
        QCOMPARE(outOfOrder, 0);
    }

    void stopBeforeRunCounts() {
        const auto engine = engineOf(false);
        QVERIFY(engine);
        engine->stop();
        engine->run();
    }

    void moreRequestsThanDepthAllComplete_data() { kinds(); }
    void moreRequestsThanDepthAllComplete() {
        QFETCH(bool, ring);
        IoEngineOptions options;
        options.kind = ring ? IoEngineKind::Uring : IoEngineKind::ThreadPool;
        options.depth = 8;
        auto engine = IoEngine::create(options);
        if (!engine)
            QSKIP(engine.error().message.c_str());
        auto file = EngineFile::create(**engine, memoryFile(), "memory", FileAccess::ReadWrite);
        QVERIFY(file);
        constexpr std::size_t kRequests = 500;
        std::vector<FileRequest> requests(kRequests);
        std::vector<iovec> vectors(kRequests);
        auto bytes = pattern(kRequests * 512, 1);
        std::size_t ended = 0;
        for (std::size_t i = 0; i < kRequests; ++i) {
            vectors[i] = {bytes.data() + i * 512, 512};
            requests[i].operation = FileOperation::Write;
            requests[i].offset = i * 512;
            requests[i].length = 512;
            requests[i].buffers = {&vectors[i], 1};
            requests[i].context = &ended;
            requests[i].completed = [](FileRequest& request, IoStatus status) {
                *static_cast<std::size_t*>(request.context) += status.ok() ? 1 : kRequests;
            };
            (*file)->submit(requests[i]);
        }
        QCOMPARE(ended, std::size_t{0});
        (*engine)->runUntil([&] { return ended >= kRequests; });
        QCOMPARE(ended, kRequests);
        QCOMPARE((*file)->size(), std::uint64_t{kRequests * 512});
    }

    void fullFileReportsItsKind_data() { kinds(); }
    void fullFileReportsItsKind() {
        QFETCH(bool, ring);
        const auto engine = engineOf(ring);
        if (!engine)
            QSKIP(reason_.c_str());
        auto file = EngineFile::create(*engine, memoryFile(), "memory", FileAccess::ReadWrite);
        QVERIFY(file);
        // A file that may not grow answers as a full disk does.
        const auto previous = std::signal(SIGXFSZ, SIG_IGN);
        rlimit limit = {};
        QCOMPARE(::getrlimit(RLIMIT_FSIZE, &limit), 0);
        const rlimit small = {64 * 1024, limit.rlim_max};
        QCOMPARE(::setrlimit(RLIMIT_FSIZE, &small), 0);
        std::optional<IoStatus> status;
        const auto bytes = pattern(128 * 1024, 1);
        auto attempt = [](StorageFile& target, std::span<const std::byte> data,
                          std::optional<IoStatus>& out) -> Task<void> {
            out = co_await writeFile(target, 0, data);
        };
        spawn(attempt(**file, bytes, status));
        engine->runUntil([&] { return status.has_value(); });
        QCOMPARE(::setrlimit(RLIMIT_FSIZE, &limit), 0);
        std::signal(SIGXFSZ, previous);
        QVERIFY2(status->noSpace(), status->text().c_str());
    }

    void writeToReadOnlyFileIsRefused() {
        const auto engine = engineOf(false);
        auto file = EngineFile::create(*engine, memoryFile(), "memory", FileAccess::Read);
        QVERIFY(file);
        std::optional<IoStatus> status;
        const auto bytes = pattern(512, 1);
        auto attempt = [](StorageFile& target, std::span<const std::byte> data,
                          std::optional<IoStatus>& out) -> Task<void> {
            out = co_await writeFile(target, 0, data);
        };
        spawn(attempt(**file, bytes, status));
        engine->runUntil([&] { return status.has_value(); });
        QCOMPARE(status->error, EROFS);
    }
};

QTEST_GUILESS_MAIN(IoEngineTest)
#include "io_engine_test.moc"
