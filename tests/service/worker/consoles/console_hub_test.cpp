// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/worker/consoles/console_hub.h"

#include <dirent.h>

#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <mutex>
#include <string>

#include "console_peer.h"
#include "service/worker/consoles/scrollback.h"
#include "unix_sockets.h"

using service::ConsoleHub;
using service::Scrollback;
using tests::ConsolePeer;

namespace {

/// The guest's side of a port.
class GuestPort : public devices::SerialBackend::Port {
  public:
    std::size_t receive(std::span<const std::uint8_t> bytes) override {
        const std::scoped_lock lock(mutex_);
        const std::size_t taken = std::min(bytes.size(), room_);
        room_ -= taken;
        typed_.append(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
        return taken;
    }
    void outputRoom() override {}

    void setRoom(std::size_t room) {
        const std::scoped_lock lock(mutex_);
        room_ = room;
    }
    [[nodiscard]] std::string typed() {
        const std::scoped_lock lock(mutex_);
        return typed_;
    }

  private:
    std::mutex mutex_;
    std::size_t room_ = ~std::size_t{0};
    std::string typed_;
};

std::size_t openDescriptors() {
    std::size_t count = 0;
    DIR* const folder = ::opendir("/proc/self/fd");
    while (::readdir(folder) != nullptr)
        ++count;
    ::closedir(folder);
    return count;
}

}  // namespace

class ConsoleHubTest : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        std::vector<hypervisor::FileDescriptor> listeners;
        for (const char* const name : {"one", "two"})
            listeners.push_back(tests::listenAt(path(name)));
        auto hub = ConsoleHub::create(std::move(listeners));
        QVERIFY(hub);
        hub_ = std::move(*hub);
        guest_ = std::make_unique<GuestPort>();
        hub_->port(0).attach(guest_.get());
    }
    void cleanup() {
        if (hub_)
            hub_->port(0).attach(nullptr);
        hub_.reset();
    }

    void scrollbackKeepsWholeLines() {
        Scrollback scrollback;
        QCOMPARE(scrollback.firstLine(), std::uint64_t{0});
        for (std::size_t byte = 0; byte < Scrollback::kSize; ++byte)
            scrollback.append('x');
        QCOMPARE(scrollback.firstLine(), std::uint64_t{0});
        // Lines of ten bytes: the oldest kept is cut, unless it happens to begin where the ring
        // does.
        for (int turn = 0; turn < 100'003; ++turn) {
            for (int byte = 0; byte < 9; ++byte)
                scrollback.append('y');
            scrollback.append('\n');
        }
        const std::uint64_t first = scrollback.firstLine();
        QVERIFY(first > scrollback.begin() && first <= scrollback.begin() + 10);
        QCOMPARE((first - Scrollback::kSize) % 10, std::uint64_t{0});
        std::vector<std::uint8_t> bytes(Scrollback::kSize);
        const std::size_t size = scrollback.copy(first, bytes);
        QCOMPARE(size, static_cast<std::size_t>(scrollback.end() - first));
        for (std::size_t at = 0; at < size; ++at)
            QCOMPARE(bytes[at], static_cast<std::uint8_t>(at % 10 == 9 ? '\n' : 'y'));
    }

    void eachClientGetsTheScrollbackThenWhatComes() {
        say("before\n");
        ConsolePeer first(path("one"));
        QVERIFY(first.hears("before\n"));
        say("between\n");
        QVERIFY(first.hears("between\n"));
        ConsolePeer second(path("one"));
        QVERIFY(second.hears("before\nbetween\n"));
        QCOMPARE(second.heard(), std::string("before\nbetween\n"));
        say("after\n");
        QVERIFY(first.hears("after\n"));
        QVERIFY(second.hears("after\n"));
        QCOMPARE(second.heard(), std::string("after\n"));
    }

    void portsAreApart() {
        ConsolePeer one(path("one"));
        ConsolePeer two(path("two"));
        say("of one\n");
        say("of two\n", 1);
        QVERIFY(one.hears("of one\n"));
        QVERIFY(two.hears("of two\n"));
        QCOMPARE(two.heard(), std::string("of two\n"));
    }

    void allClientsTypeIntoThePort() {
        ConsolePeer first(path("one"));
        ConsolePeer second(path("one"));
        first.type("abc");
        QTRY_COMPARE(guest_->typed(), std::string("abc"));
        second.type("def");
        QTRY_COMPARE(guest_->typed(), std::string("abcdef"));
    }

    void typingIsHeldBackWhileThePortTakesNone() {
        guest_->setRoom(3);
        ConsolePeer client(path("one"));
        client.type("0123456789");
        QTRY_COMPARE(guest_->typed(), std::string("012"));
        // Nobody turns in circles meanwhile, and output passes.
        say("hello\n");
        QVERIFY(client.hears("hello\n"));
        guest_->setRoom(100);
        hub_->port(0).inputRoom();
        QTRY_COMPARE(guest_->typed(), std::string("0123456789"));
    }

    void whatWasTypedBeforeLeavingArrives() {
        guest_->setRoom(0);
        {
            ConsolePeer client(path("one"));
            client.type("last words");
        }
        {
            ConsolePeer other(path("one"));
            other.type(std::string(1000, '.'));
            QTest::qWait(50);
        }
        guest_->setRoom(~std::size_t{0});
        hub_->port(0).inputRoom();
        QTRY_COMPARE(guest_->typed().size(), std::size_t{1010});
        QVERIFY(guest_->typed().find("last words") != std::string::npos);
    }

    void whoReadsTooSlowlyFindsAMark() {
        ConsolePeer slow(path("one"));
        ConsolePeer quick(path("one"));
        say("begin\n");
        QVERIFY(slow.hears("begin\n"));
        QVERIFY(quick.hears("begin\n"));
        // More than the socket's buffer and the scrollback hold; nothing waits for `slow`.
        constexpr int kLines = 200'000;
        for (int line = 0; line < kLines; ++line) {
            say("line " + std::to_string(line) + "\n");
            if (line % 1000 == 0)
                QVERIFY(quick.hears("line " + std::to_string(line) + "\n"));
        }
        say("end\n");
        QVERIFY(quick.hears("end\n"));
        QVERIFY(quick.heard().find("missing") == std::string::npos);
        QVERIFY(slow.hears("end\n"));
        const std::string& heard = slow.heard();
        const auto mark = heard.find("bytes of output are missing here");
        QVERIFY(mark != std::string::npos);
        const auto next = heard.find("\r\n", mark) + 2;
        QCOMPARE(heard.substr(next, 5), std::string("line "));
        QVERIFY(heard.ends_with("line " + std::to_string(kLines - 1) + "\nend\n"));
    }

    void guestGoesOnWhileNobodyIsThere() {
        for (std::size_t byte = 0; byte < 3 * Scrollback::kSize; ++byte)
            QVERIFY(hub_->port(0).send(byte % 64 == 63 ? '\n' : 'z'));
        ConsolePeer late(path("one"));
        say("!\n");
        QVERIFY(late.hears("!\n"));
        QVERIFY(late.heard().size() <= Scrollback::kSize);
        QVERIFY(late.heard().size() > Scrollback::kSize - 100);
        QCOMPARE(late.heard()[63], '\n');
    }

    void thousandComeAndGo() {
        say("here\n");
        const std::size_t before = openDescriptors();
        for (int turn = 0; turn < 1000; ++turn) {
            ConsolePeer client(path("one"));
            QVERIFY(client.connected());
            if (turn % 10 == 0)
                QVERIFY(client.hears("here\n"));
            if (turn % 7 == 0)
                client.type("t");
        }
        QTRY_COMPARE(guest_->typed().size(), std::size_t{143});
        QTRY_VERIFY(openDescriptors() <= before + 1);
    }

    void tooManyAreTurnedAway() {
        std::vector<std::unique_ptr<ConsolePeer>> clients;
        say("in\n");
        for (int client = 0; client < 32; ++client) {
            clients.push_back(std::make_unique<ConsolePeer>(path("one")));
            QVERIFY(clients.back()->hears("in\n"));
        }
        ConsolePeer more(path("one"));
        QVERIFY(more.hearsTheEnd());
        QVERIFY(more.heard().find("attached to this serial port already") != std::string::npos);
        clients.front()->leave();
        // Each attempt takes the place that the last one may still hold, so the one that is heard
        // is kept.
        std::unique_ptr<ConsolePeer> next;
        const QDeadlineTimer limit(30'000);
        do {
            next = std::make_unique<ConsolePeer>(path("one"));
        } while (!next->hears("in\n") && !limit.hasExpired());
        QVERIFY(!limit.hasExpired());
    }

    void lastOutputReachesWhoIsThere() {
        ConsolePeer client(path("one"));
        say("one\n");
        QVERIFY(client.hears("one\n"));
        say("the last\n");
        hub_->port(0).attach(nullptr);
        hub_.reset();
        QVERIFY(client.hearsTheEnd());
        QCOMPARE(client.heard(), std::string("the last\n"));
    }

  private:
    [[nodiscard]] std::string path(const char* name) const {
        return folder_.filePath(QString::fromLatin1(name)).toStdString();
    }
    void say(const std::string& text, std::size_t port = 0) {
        for (const char byte : text)
            QVERIFY(hub_->port(port).send(static_cast<std::uint8_t>(byte)));
    }

    QTemporaryDir folder_;
    std::unique_ptr<ConsoleHub> hub_;
    std::unique_ptr<GuestPort> guest_;
};

QTEST_GUILESS_MAIN(ConsoleHubTest)
#include "console_hub_test.moc"
