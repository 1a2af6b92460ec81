// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/vmms/database/database_thread.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>
#include <random>

#include "../small_disk.h"
#include "service/vmms/database/stored_text.h"

using service::Database;
using service::DatabaseResult;
using service::DatabaseThread;

namespace {

const std::string kSchema =
    "CREATE TABLE IF NOT EXISTS pair(number INTEGER PRIMARY KEY, other INTEGER, filler BLOB);";

class DatabaseTest : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        folder_.emplace();
        notices_.clear();
    }

    void whatIsWrittenIsThereAgain() {
        {
            const auto thread = open();
            QVERIFY(add(*thread, 7));
        }
        const auto thread = open();
        QCOMPARE(count(*thread), 1);
        struct stat status {};
        QCOMPARE(::stat(path().c_str(), &status), 0);
        QCOMPARE(status.st_mode & 0777, 0600U);
        QVERIFY(notices_.empty());
    }

    void failedWorkLeavesNothing() {
        const auto thread = open();
        bool done = true;
        thread->post([&](DatabaseThread& of) {
            done = of.attempt([](Database& database) -> DatabaseResult<void> {
                if (auto first = database.execute("INSERT INTO pair VALUES(1, 1, NULL)"); !first)
                    return first;
                return database.execute("INSERT INTO nothing VALUES(1)");
            });
        });
        thread->drain();
        QVERIFY(!done);
        QCOMPARE(count(*thread), 0);
    }

    void damagedFileIsSetAsideAndSaidSo_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("no database") << QByteArray("this is text, and more text\n").repeated(1000);
        QTest::newRow("header only") << QByteArray("SQLite format 3\0", 16);
        QByteArray zeroes(100'000, '\0');
        zeroes[5] = 'x';
        QTest::newRow("zeroes") << zeroes;
    }
    void damagedFileIsSetAsideAndSaidSo() {
        QFETCH(QByteArray, content);
        {
            QFile file(QString::fromStdString(path()));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(content);
        }
        const auto thread = open();
        QVERIFY(add(*thread, 1));
        QCOMPARE(count(*thread), 1);
        QCOMPARE(notices_.size(), std::size_t{1});
        QVERIFY(notices_[0].find("damaged") != std::string::npos);
        QFile aside(QString::fromStdString(path() + ".damaged"));
        QVERIFY(aside.open(QIODevice::ReadOnly));
        QCOMPARE(aside.readAll(), content);
    }

    void damageInTheMiddleIsFoundInUse() {
        {
            const auto thread = open();
            for (int number = 0; number < 2000; ++number)
                QVERIFY(add(*thread, number));
        }
        {
            // All pages but the first.
            QFile file(QString::fromStdString(path()));
            QVERIFY(file.open(QIODevice::ReadWrite));
            QVERIFY(file.size() > 100'000);
            QVERIFY(file.seek(4096));
            file.write(QByteArray(static_cast<int>(file.size() - 4096), '\xA5'));
        }
        const auto thread = open();
        const std::uint64_t before = thread->generation();
        static_cast<void>(count(*thread));
        QVERIFY(add(*thread, 1));
        QCOMPARE(count(*thread), 1);
        QVERIFY(thread->generation() > before);
        QVERIFY(!notices_.empty());
        QVERIFY(notices_[0].find("damaged") != std::string::npos);
        QVERIFY(QFile::exists(QString::fromStdString(path() + ".damaged")));
    }

    void laterVersionIsLeftAlone() {
        {
            const auto thread = open();
            thread->post([](DatabaseThread& of) {
                static_cast<void>(of.attempt(
                    [](Database& database) { return database.execute("PRAGMA user_version=99"); }));
            });
        }
        const auto thread = open();
        QVERIFY(!add(*thread, 1));
        QCOMPARE(notices_.size(), std::size_t{1});
        QVERIFY(notices_[0].find("version 99") != std::string::npos);
        QVERIFY(QFile::exists(QString::fromStdString(path())));
        QVERIFY(!QFile::exists(QString::fromStdString(path() + ".damaged")));
    }

    void fileDoesNotGrowBeyondItsMost() {
        const auto thread = open(256 << 10);
        bool failed = false;
        for (int number = 0; number < 1000 && !failed; ++number)
            failed = !add(*thread, number);
        QVERIFY(failed);
        QCOMPARE(notices_.size(), std::size_t{1});
        QVERIFY(notices_[0].find("full") != std::string::npos);
        QVERIFY(QFileInfo(QString::fromStdString(path())).size() <= 256 << 10);
        // Told once; and again when it is over.
        QVERIFY(!add(*thread, 5000));
        QCOMPARE(notices_.size(), std::size_t{1});
        thread->post([](DatabaseThread& of) {
            static_cast<void>(of.attempt(
                [](Database& database) { return database.execute("DELETE FROM pair"); }));
        });
        QVERIFY(add(*thread, 5001));
        QCOMPARE(notices_.size(), std::size_t{2});
        QVERIFY(notices_[1].find("again") != std::string::npos);
    }

    void fullDiskIsToldOnceAndRecoveredFrom() {
        const tests::SmallDisk disk(1024);
        if (!disk.mounted())
            QSKIP("only root can mount a small file system");
        const auto thread = open(64 << 20, disk.path("vireo.db"));
        QVERIFY(add(*thread, 1));
        {
            QFile filler(QString::fromStdString(disk.path("filler")));
            QVERIFY(filler.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
            while (filler.write(QByteArray(4096, 'f')) == 4096) {
            }
        }
        bool failed = false;
        for (int number = 2; number < 2000 && !failed; ++number)
            failed = !add(*thread, number);
        QVERIFY(failed);
        QVERIFY(!add(*thread, 5000));
        QCOMPARE(notices_.size(), std::size_t{1});
        QVERIFY(notices_[0].find("make room") != std::string::npos);
        QVERIFY(QFile::remove(QString::fromStdString(disk.path("filler"))));
        QVERIFY(add(*thread, 5001));
        QCOMPARE(notices_.size(), std::size_t{2});
    }

    void missingFolderIsToldOnce() {
        const auto thread = open(1 << 20, path() + ".folder/vireo.db");
        QVERIFY(!add(*thread, 1));
        QVERIFY(!add(*thread, 2));
        QCOMPARE(notices_.size(), std::size_t{1});
        QVERIFY(QDir().mkpath(QString::fromStdString(path() + ".folder")));
        QVERIFY(add(*thread, 3));
        QCOMPARE(notices_.size(), std::size_t{2});
    }

    void killAtAnyMomentLeavesWholeTransactions() {
        std::mt19937 random(1);
        for (int turn = 0; turn < 12; ++turn) {
            const pid_t child = ::fork();
            if (child == 0) {
                // Both numbers of a pair, in two statements of one transaction.
                const auto thread = open();
                for (int number = turn * 1'000'000;; ++number) {
                    thread->post([number](DatabaseThread& of) {
                        static_cast<void>(of.attempt([number](Database& database) {
                            const std::string text = std::to_string(number);
                            auto first = database.execute("INSERT INTO pair VALUES(" + text +
                                                          ", 0, randomblob(900))");
                            if (!first)
                                return first;
                            return database.execute("UPDATE pair SET other=" + text +
                                                    " WHERE number=" + text);
                        }));
                    });
                    if (number % 64 == 0)
                        thread->drain();
                }
            }
            QTest::qWait(static_cast<int>(30 + random() % 200));
            ::kill(child, SIGKILL);
            ::waitpid(child, nullptr, 0);
            const auto thread = open();
            thread->post([](DatabaseThread& of) {
                QVERIFY(of.attempt([](Database& database) -> DatabaseResult<void> {
                    auto broken =
                        database.number("SELECT count(*) FROM pair WHERE number <> other");
                    if (!broken)
                        return std::unexpected(broken.error());
                    if (*broken != 0)
                        qFatal("half a transaction");
                    auto check = database.prepare("PRAGMA integrity_check");
                    if (!check)
                        return std::unexpected(check.error());
                    if (auto row = check->step(); !row || check->text(0) != "ok")
                        qFatal("damaged by a kill");
                    return {};
                }));
            });
            thread->drain();
        }
        const auto thread = open();
        QVERIFY(count(*thread) > 0);
        QVERIFY(notices_.empty());
    }

    void storedTextIsCleanUtf8() {
        using service::LineEnds;
        using service::storedText;
        QCOMPARE(storedText("plain", 64, LineEnds::Kept), std::string("plain"));
        QCOMPARE(storedText("a\x1b[31m\tb", 64, LineEnds::Kept), std::string("a?[31m?b"));
        QCOMPARE(storedText("a\nb", 64, LineEnds::Kept), std::string("a\nb"));
        QCOMPARE(storedText("a\nb", 64, LineEnds::Replaced), std::string("a?b"));
        QCOMPARE(storedText("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 64, LineEnds::Kept),
                 std::string("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
        // Cut short, too long a form, a surrogate, beyond the end, C1 controls.
        QCOMPARE(storedText("\xE2\x82", 64, LineEnds::Kept), std::string("??"));
        QCOMPARE(storedText("\xC0\xAF", 64, LineEnds::Kept), std::string("??"));
        QCOMPARE(storedText("\xED\xA0\x80", 64, LineEnds::Kept), std::string("???"));
        QCOMPARE(storedText("\xF4\x90\x80\x80", 64, LineEnds::Kept), std::string("????"));
        QCOMPARE(storedText("\xC2\x9B", 64, LineEnds::Kept), std::string("?"));
        // Never in the middle of a character.
        QCOMPARE(storedText("ab\xE2\x82\xAC", 4, LineEnds::Kept), std::string("ab"));
    }

  private:
    [[nodiscard]] std::string path() const { return folder_->filePath("vireo.db").toStdString(); }
    [[nodiscard]] std::unique_ptr<DatabaseThread> open(std::uint64_t most = 64 << 20,
                                                       std::string at = {}) {
        return DatabaseThread::create({at.empty() ? path() : std::move(at), most}, {kSchema},
                                      [this](std::string notice) { notices_.push_back(notice); });
    }
    static bool add(DatabaseThread& thread, int number) {
        bool done = false;
        thread.post([&done, number](DatabaseThread& of) {
            done = of.attempt([number](Database& database) {
                return database.execute("INSERT INTO pair VALUES(" + std::to_string(number) +
                                        ", 0, randomblob(900))");
            });
        });
        thread.drain();
        return done;
    }
    static int count(DatabaseThread& thread) {
        std::int64_t result = -1;
        thread.post([&result](DatabaseThread& of) {
            static_cast<void>(of.attempt([&result](Database& database) -> DatabaseResult<void> {
                const auto rows = database.number("SELECT count(*) FROM pair NOT INDEXED");
                if (!rows)
                    return std::unexpected(rows.error());
                result = *rows;
                return {};
            }));
        });
        thread.drain();
        return static_cast<int>(result);
    }

    std::optional<QTemporaryDir> folder_;
    // The database's thread's, read when that is drained.
    std::vector<std::string> notices_;
};

}  // namespace

QTEST_GUILESS_MAIN(DatabaseTest)
#include "database_thread_test.moc"
