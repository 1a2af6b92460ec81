// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/integration/file_copy.h"

// Before Qt, which takes the word "signals".
#include "played_ic_driver.h"

#include <QTest>

using namespace devices::synthetic;
using namespace std::chrono_literals;

namespace {

using Operation = ic::FileCopyOperation;

struct Scene {
    Scene() {
        for (std::size_t i = 0; i < content.size(); ++i)
            content[i] = static_cast<std::byte>(i * 7 % 251);
        driver.onRequest = [this](ic::Header& header, std::span<std::byte> body) {
            const auto head = bodyFrom<ic::FileCopyHeader>(body);
            const auto operation = static_cast<Operation>(head.operation);
            operations.push_back(operation);
            header.status = operation == failing ? status : ic::kOk;
            if (operation == Operation::Start)
                start = bodyFrom<ic::FileCopyStart>(body);
            if (operation == Operation::Write) {
                const auto piece = bodyFrom<ic::FileCopyWrite>(body);
                if (piece.offset == written.size())
                    written.insert(written.end(), piece.data.begin(),
                                   piece.data.begin() + piece.size);
            }
            return operation != silent;
        };
    }
    void copy(std::uint64_t size) {
        component.copy(
            {.name = "notes.txt",
             .folder = "/tmp/in/",
             .size = size,
             .overwrite = true,
             .createFolder = true},
            {.read =
                 [this](std::uint64_t offset, std::uint32_t length, FileCopy::OnRead done) {
                     if (offset >= stallsFrom)
                         stalled = std::move(done);
                     else if (offset >= unreadableFrom)
                         done(hypervisor::failure("can't read"));
                     else
                         done(pieceAt(offset, length));
                 },
             .progress = [this](std::uint64_t copied) { progress.push_back(copied); },
             .done =
                 [this](hypervisor::Result<void> result) {
                     results.push_back(result.has_value());
                 }});
    }

    FileCopy::Content pieceAt(std::uint64_t offset, std::uint32_t length) const {
        const auto piece = std::span(content).subspan(offset, std::min(length, mostAtOnce));
        return {piece.begin(), piece.end()};
    }

    std::vector<bool> results;
    PlayedChannel channel;
    FileCopy component{channel.thread()};
    PlayedIcDriver driver{channel, {{3, 0}}, {{1, 1}}};
    std::vector<std::byte> content = std::vector<std::byte>(100'000);
    std::uint64_t unreadableFrom = ~std::uint64_t{0};
    /// A disk that does not answer, and what it is to answer with.
    std::uint64_t stallsFrom = ~std::uint64_t{0};
    FileCopy::OnRead stalled;
    std::uint32_t mostAtOnce = ~std::uint32_t{0};
    std::optional<Operation> failing;
    std::optional<Operation> silent;
    std::uint32_t status = ic::kFail;
    ic::FileCopyStart start{};
    std::vector<std::byte> written;
    std::vector<Operation> operations;
    std::vector<std::uint64_t> progress;
};

}  // namespace

class FileCopyTest : public QObject {
    Q_OBJECT

  private slots:
    void aFileArrivesWhole_data() {
        QTest::addColumn<std::uint64_t>("size");
        for (const std::uint64_t size : {0, 1, 6144, 6145, 100'000})
            QTest::addRow("%llu", static_cast<unsigned long long>(size)) << size;
    }
    void aFileArrivesWhole() {
        QFETCH(std::uint64_t, size);
        Scene scene;
        scene.channel.open(scene.component);
        scene.copy(size);
        scene.channel.settle();
        QCOMPARE(scene.results, (std::vector{true}));
        QCOMPARE(std::uint64_t{scene.start.size}, size);
        QCOMPARE(scene.start.flags, 3U);
        QCOMPARE(scene.start.name[0], std::uint16_t{'n'});
        QCOMPARE(scene.start.folder[8], std::uint16_t{0});
        QCOMPARE(scene.written.size(), static_cast<std::size_t>(size));
        QVERIFY(std::ranges::equal(scene.written, std::span(scene.content).first(size)));
        QVERIFY(scene.operations.back() == Operation::Complete);
        QCOMPARE(scene.progress.size(), static_cast<std::size_t>((size + 6143) / 6144));
        if (size != 0)
            QCOMPARE(scene.progress.back(), size);
    }

    void aFailureInTheGuestEndsIt_data() {
        QTest::addColumn<int>("operation");
        QTest::newRow("start") << 0;
        QTest::newRow("write") << 1;
        QTest::newRow("complete") << 2;
    }
    void aFailureInTheGuestEndsIt() {
        QFETCH(int, operation);
        Scene scene;
        scene.failing = static_cast<Operation>(operation);
        scene.channel.open(scene.component);
        scene.copy(50'000);
        scene.channel.settle();
        QCOMPARE(scene.results, (std::vector{false}));
        QVERIFY(scene.operations.back() == Operation::Cancel);
        scene.failing.reset();
        scene.written.clear();
        scene.copy(7000);
        scene.channel.settle();
        QCOMPARE(scene.results, (std::vector{false, true}));
    }

    void aFileThatCanNotBeReadEndsIt() {
        Scene scene;
        scene.unreadableFrom = 12'288;
        scene.channel.open(scene.component);
        scene.copy(50'000);
        scene.channel.settle();
        QCOMPARE(scene.results, (std::vector{false}));
        QVERIFY(scene.operations.back() == Operation::Cancel);
    }

    void piecesMayBeShorter() {
        Scene scene;
        scene.mostAtOnce = 1'000;
        scene.channel.open(scene.component);
        scene.copy(5'500);
        scene.channel.settle();
        QCOMPARE(scene.results, (std::vector{true}));
        QCOMPARE(scene.progress.size(), std::size_t{6});
        QVERIFY(std::ranges::equal(scene.written, std::span(scene.content).first(5'500)));
    }

    void aDiskMayTakeItsTime() {
        Scene scene;
        scene.stallsFrom = 6'144;
        scene.channel.open(scene.component);
        scene.copy(10'000);
        scene.channel.advance(3600s);
        QVERIFY(scene.results.empty());
        QCOMPARE(scene.written.size(), std::size_t{6'144});
        scene.stallsFrom = ~std::uint64_t{0};
        scene.stalled(scene.pieceAt(6'144, 3'856));
        scene.channel.settle();
        QCOMPARE(scene.results, (std::vector{true}));
        QVERIFY(std::ranges::equal(scene.written, std::span(scene.content).first(10'000)));
    }

    void aDiskThatHangsCanBeLeft_data() {
        QTest::addColumn<bool>("cancelled");
        QTest::newRow("by a cancel") << true;
        QTest::newRow("by a close") << false;
    }
    void aDiskThatHangsCanBeLeft() {
        QFETCH(bool, cancelled);
        Scene scene;
        scene.stallsFrom = 6'144;
        scene.channel.open(scene.component);
        scene.copy(10'000);
        scene.channel.settle();
        if (cancelled) {
            scene.component.cancel();
            scene.channel.settle();
            QVERIFY(scene.operations.back() == Operation::Cancel);
        } else {
            QVERIFY(scene.channel.close());
            scene.channel.open(scene.component);
        }
        QCOMPARE(scene.results, (std::vector{false}));

        // What it answers in the end is none of the next copy's.
        auto late = std::exchange(scene.stalled, {});
        scene.written.clear();
        scene.copy(10'000);
        scene.channel.settle();
        QCOMPARE(scene.written.size(), std::size_t{6'144});
        late(FileCopy::Content(3'856));
        scene.channel.settle();
        QCOMPARE(scene.written.size(), std::size_t{6'144});
        scene.stallsFrom = ~std::uint64_t{0};
        scene.stalled(scene.pieceAt(6'144, 3'856));
        scene.channel.settle();
        QCOMPARE(scene.results, (std::vector{false, true}));
        QVERIFY(std::ranges::equal(scene.written, std::span(scene.content).first(10'000)));
    }

    void anAnswerMayComeAfterTheMachine() {
        FileCopy::OnRead late;
        {
            Scene scene;
            scene.stallsFrom = 0;
            scene.channel.open(scene.component);
            scene.copy(10);
            scene.channel.settle();
            late = std::move(scene.stalled);
            QVERIFY(scene.channel.close());
        }
        QVERIFY(late);
        late(FileCopy::Content(10));
    }

    void aPieceOfAWrongLengthEndsIt() {
        for (const std::size_t length : {0, 11, 6'145}) {
            Scene scene;
            scene.stallsFrom = 0;
            scene.channel.open(scene.component);
            scene.copy(10);
            scene.channel.settle();
            scene.stalled(FileCopy::Content(length));
            scene.channel.settle();
            QCOMPARE(scene.results, (std::vector{false}));
            QVERIFY(scene.written.empty());
        }
    }

    void itCanBeCancelled() {
        Scene scene;
        scene.silent = Operation::Write;
        scene.channel.open(scene.component);
        scene.copy(50'000);
        scene.channel.settle();
        scene.component.cancel();
        scene.channel.settle();
        scene.silent.reset();
        scene.driver.answer(ic::kOk);
        QCOMPARE(scene.results, (std::vector{false}));
        QVERIFY(scene.operations.back() == Operation::Cancel);
    }

    void noAnswerEndsIt() {
        Scene scene;
        scene.silent = Operation::Start;
        scene.channel.open(scene.component);
        scene.copy(50'000);
        scene.channel.advance(34s);
        QVERIFY(scene.results.empty());
        scene.channel.advance(2s);
        QCOMPARE(scene.results, (std::vector{false}));
    }

    void oneAtATime() {
        Scene scene;
        scene.silent = Operation::Start;
        scene.channel.open(scene.component);
        scene.copy(50'000);
        scene.copy(10);
        scene.channel.settle();
        QCOMPARE(scene.results, (std::vector{false}));
        scene.silent.reset();
        scene.driver.answer(ic::kOk);
        QCOMPARE(scene.results, (std::vector{false, true}));
    }

    void aCloseAtAnyPointEndsIt() {
        for (const Operation point : {Operation::Start, Operation::Write, Operation::Complete}) {
            Scene scene;
            scene.silent = point;
            scene.channel.open(scene.component);
            scene.copy(10'000);
            scene.channel.settle();
            QVERIFY(scene.channel.close());
            QCOMPARE(scene.results, (std::vector{false}));
            scene.silent.reset();
            scene.written.clear();
            scene.channel.open(scene.component);
            scene.copy(10'000);
            scene.channel.settle();
            QCOMPARE(scene.results, (std::vector{false, true}));
        }
    }

    void withoutADriverNothingIsCopied() {
        Scene scene;
        scene.copy(10);
        scene.channel.settle();
        QCOMPARE(scene.results, (std::vector{false}));
        QVERIFY(scene.operations.empty());
    }
};

QTEST_APPLESS_MAIN(FileCopyTest)
#include "file_copy_test.moc"
