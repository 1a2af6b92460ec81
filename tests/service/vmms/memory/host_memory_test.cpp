// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/vmms/memory/host_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <array>

using namespace service;

namespace {

constexpr std::uint64_t kMebibyte = 1 << 20;

void write(const QString& path, const char* text) {
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) < 0)
        qFatal("can't write %s", qPrintable(path));
}

}  // namespace

class HostMemoryTest : public QObject {
    Q_OBJECT

  private slots:
    void sizesAreReadFromFilesOfProc() {
        constexpr std::string_view kText = "MemTotal:  100 kB\nMemAvailable:   12 kB\nX: y\n";
        QCOMPARE(sizeIn(kText, "MemAvailable"), std::optional<std::uint64_t>(12 << 10));
        QCOMPARE(sizeIn(kText, "Available"), std::optional<std::uint64_t>());
        QCOMPARE(sizeIn(kText, "X"), std::optional<std::uint64_t>());
        QCOMPARE(sizeIn("A: 99999999999999999999 kB", "A"), std::optional<std::uint64_t>());
        QCOMPARE(sizeIn("A: 18446744073709551615 kB", "A"), std::optional<std::uint64_t>());
        QCOMPARE(sizeIn("", "A"), std::optional<std::uint64_t>());
    }

    void aPartOfTheHostIsItsOwn() {
        QCOMPARE(hostReserve(16'384 * kMebibyte), 1'024 * kMebibyte);
        QCOMPARE(hostReserve(2'048 * kMebibyte), 256 * kMebibyte);
        QCOMPARE(hostReserve(512 * kMebibyte), 128 * kMebibyte);
        QCOMPARE(hostReserve(std::uint64_t{1} << 40), 4'096 * kMebibyte);
        QCOMPARE(hostReserve(0), std::uint64_t{0});
    }

    void theNarrowestGroupCounts() {
        const QTemporaryDir root;
        QVERIFY(QDir(root.path()).mkpath("a.slice/b.service"));
        const auto read = [&](std::string_view groups) {
            return groupMemory(groups, root.path().toStdString());
        };
        QCOMPARE(read("0::/a.slice/b.service\n"), GroupMemory());
        write(root.filePath("a.slice/memory.max"), "1000000\n");
        write(root.filePath("a.slice/memory.current"), "900000\n");
        write(root.filePath("a.slice/memory.stat"),
              "anon 5\nfile 9\ninactive_file 100000\nactive_file 200000\n");
        write(root.filePath("a.slice/b.service/memory.max"), "max\n");
        write(root.filePath("a.slice/b.service/memory.current"), "900000\n");
        QCOMPARE(read("0::/a.slice/b.service\n"), (GroupMemory{1'000'000, 400'000}));
        QCOMPARE(read("4:cpu:/x\n0::/a.slice/b.service"), (GroupMemory{1'000'000, 400'000}));
        write(root.filePath("a.slice/b.service/memory.max"), "950000\n");
        QCOMPARE(read("0::/a.slice/b.service\n"), (GroupMemory{950'000, 50'000}));
        QCOMPARE(read("0::/\n"), GroupMemory());
        QCOMPARE(read("3:memory:/a.slice\n"), GroupMemory());
        QCOMPARE(read(""), GroupMemory());
    }

    void aLimitIsTheMost() {
        const HostMemory host(64 * kMebibyte);
        QCOMPARE(host.most(), 64 * kMebibyte);
        QCOMPARE(host.available({}), 64 * kMebibyte);
        QVERIFY(HostMemory(std::nullopt).most() < hostMemory());
        QCOMPARE(HostMemory(~std::uint64_t{0}).most(), HostMemory(std::nullopt).most());
    }

    void whatWorkersHaveForTheirGuestsIsAvailable() {
        const HostMemory host(std::nullopt);
        const std::array workers{::getpid()};
        const std::uint64_t without = host.available({});
        if (without + 512 * kMebibyte > host.most())
            QSKIP("the host uses too little to tell");
        // As a guest's memory: shared, and touched.
        constexpr std::size_t kSize = 256 * kMebibyte;
        void* const memory = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        QVERIFY(memory != MAP_FAILED);
        const std::uint64_t before = host.available({});
        const std::uint64_t after = host.available(workers);
        ::munmap(memory, kSize);
        QVERIFY(after >= std::min(before + kSize / 2, host.most()));
    }
};

QTEST_GUILESS_MAIN(HostMemoryTest)
#include "host_memory_test.moc"
