// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/emulated/serial_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QTest>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string>

#include "devices/emulated/serial.h"
#include "fake_clock.h"
#include "recorders.h"

using namespace devices;
using hypervisor::FileDescriptor;

namespace {

constexpr std::chrono::seconds kLimit{20};

struct Pipe {
    Pipe() {
        std::array<int, 2> ends{-1, -1};
        if (::pipe2(ends.data(), O_CLOEXEC) == 0) {
            reader = FileDescriptor(ends[0]);
            writer = FileDescriptor(ends[1]);
        }
    }
    FileDescriptor reader;
    FileDescriptor writer;
};

/// Up to `count` bytes, waiting for them with a limit.
std::string readFrom(const FileDescriptor& descriptor, std::size_t count) {
    std::string text;
    while (text.size() < count) {
        pollfd polled{descriptor.get(), POLLIN, 0};
        if (::poll(&polled, 1, 20'000) != 1)
            break;
        std::array<char, 4096> bytes;
        const ssize_t got =
            ::read(descriptor.get(), bytes.data(), std::min(bytes.size(), count - text.size()));
        if (got <= 0)
            break;
        text.append(bytes.data(), static_cast<std::size_t>(got));
    }
    return text;
}

/// A port that takes only as many bytes as it has room for.
class RecordingPort : public SerialBackend::Port {
  public:
    std::size_t receive(std::span<const std::uint8_t> bytes) override {
        const std::scoped_lock lock(mutex_);
        const std::size_t taken = std::min(room_, bytes.size());
        text_.append(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
        room_ -= taken;
        changed_.notify_all();
        return taken;
    }
    void outputRoom() override {
        const std::scoped_lock lock(mutex_);
        ++outputRooms_;
        changed_.notify_all();
    }

    void setRoom(std::size_t bytes) {
        const std::scoped_lock lock(mutex_);
        room_ = bytes;
    }
    bool waitForText(const std::string& text) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kLimit, [&] { return text_ == text; });
    }
    bool waitForOutputRoom() {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kLimit, [&] { return outputRooms_ > 0; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string text_;
    std::size_t room_ = ~std::size_t{0};
    int outputRooms_ = 0;
};

std::size_t fill(SerialStream& stream) {
    std::size_t sent = 0;
    while (sent < 100'000'000 && stream.send(static_cast<std::uint8_t>('a' + sent % 26)))
        ++sent;
    return sent;
}

}  // namespace

class SerialStreamTest : public QObject {
    Q_OBJECT

  private slots:
    void outputReachesTheReader() {
        Pipe pipe;
        auto stream = SerialStream::create({}, std::move(pipe.writer));
        QVERIFY(stream);
        for (const char c : std::string("hello"))
            QVERIFY((*stream)->send(static_cast<std::uint8_t>(c)));
        QCOMPARE(readFrom(pipe.reader, 5), std::string("hello"));
    }

    void aReaderThatDoesNotReadFillsTheBufferAndLosesNothing() {
        Pipe pipe;
        auto stream = SerialStream::create({}, std::move(pipe.writer));
        QVERIFY(stream);
        RecordingPort port;
        (*stream)->attach(&port);
        const std::size_t sent = fill(**stream);
        QVERIFY(sent >= SerialStream::kOutputBuffer);
        QVERIFY(sent < 10'000'000);
        const std::string text = readFrom(pipe.reader, sent);
        QCOMPARE(text.size(), sent);
        for (std::size_t i = 0; i < text.size(); ++i)
            QCOMPARE(text[i], static_cast<char>('a' + i % 26));
        QVERIFY(port.waitForOutputRoom());
        QVERIFY((*stream)->send('!'));
        QCOMPARE(readFrom(pipe.reader, 1), std::string("!"));
        (*stream)->attach(nullptr);
    }

    void aReaderThatGoesAwayDoesNotHoldUpTheGuest() {
        Pipe pipe;
        auto stream = SerialStream::create({}, std::move(pipe.writer));
        QVERIFY(stream);
        RecordingPort port;
        (*stream)->attach(&port);
        const std::size_t sent = fill(**stream);
        QVERIFY(sent < 10'000'000);
        pipe.reader = FileDescriptor();
        QVERIFY(port.waitForOutputRoom());
        for (int i = 0; i < 1'000'000; ++i)
            QVERIFY((*stream)->send('x'));
        (*stream)->attach(nullptr);
    }

    void destroyingItFlushes() {
        Pipe pipe;
        {
            auto stream = SerialStream::create({}, std::move(pipe.writer));
            QVERIFY(stream);
            for (int i = 0; i < 10'000; ++i)
                QVERIFY((*stream)->send('x'));
        }
        QCOMPARE(readFrom(pipe.reader, 20'000), std::string(10'000, 'x'));
    }

    void destroyingItDoesNotWaitForADeadReader() {
        Pipe pipe;
        const auto start = std::chrono::steady_clock::now();
        {
            auto stream = SerialStream::create({}, std::move(pipe.writer));
            QVERIFY(stream);
            QVERIFY(fill(**stream) < 10'000'000);
        }
        QVERIFY(std::chrono::steady_clock::now() - start < std::chrono::seconds(15));
    }

    void aBlockingTerminalNobodyReadsDoesNotHangIt() {
        FileDescriptor master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
        if (!master || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0)
            QSKIP("no pseudo-terminals here");
        FileDescriptor terminal(::open(::ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
        QVERIFY(static_cast<bool>(terminal));
        const auto start = std::chrono::steady_clock::now();
        {
            auto stream = SerialStream::create({}, std::move(terminal));
            QVERIFY(stream);
            QVERIFY(fill(**stream) < 10'000'000);
        }
        QVERIFY(std::chrono::steady_clock::now() - start < std::chrono::seconds(15));
    }

    void aSocketWorksBothWays() {
        std::array<int, 2> ends{-1, -1};
        QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        FileDescriptor ours(ends[0]);
        FileDescriptor theirs(ends[1]);
        FileDescriptor copy(::dup(theirs.get()));
        auto stream = SerialStream::create(std::move(theirs), std::move(copy));
        QVERIFY(stream);
        RecordingPort port;
        (*stream)->attach(&port);
        QCOMPARE(::write(ours.get(), "in", 2), ssize_t{2});
        QVERIFY(port.waitForText("in"));
        QVERIFY((*stream)->send('o'));
        QCOMPARE(readFrom(ours, 1), std::string("o"));
        (*stream)->attach(nullptr);
    }

    void inputWaitsForRoom() {
        Pipe pipe;
        auto stream = SerialStream::create(std::move(pipe.reader), {});
        QVERIFY(stream);
        RecordingPort port;
        port.setRoom(2);
        (*stream)->attach(&port);
        QCOMPARE(::write(pipe.writer.get(), "abcdef", 6), ssize_t{6});
        QVERIFY(port.waitForText("ab"));
        port.setRoom(3);
        (*stream)->inputRoom();
        QVERIFY(port.waitForText("abcde"));
        port.setRoom(100);
        (*stream)->inputRoom();
        QVERIFY(port.waitForText("abcdef"));
        (*stream)->attach(nullptr);
    }

    void inputFromBeforeThePortIsKept() {
        Pipe pipe;
        QCOMPARE(::write(pipe.writer.get(), "early", 5), ssize_t{5});
        auto stream = SerialStream::create(std::move(pipe.reader), {});
        QVERIFY(stream);
        RecordingPort port;
        (*stream)->attach(&port);
        QVERIFY(port.waitForText("early"));
        (*stream)->attach(nullptr);
    }

    void theEndOfInputIsQuiet() {
        Pipe input;
        Pipe output;
        auto stream = SerialStream::create(std::move(input.reader), std::move(output.writer));
        QVERIFY(stream);
        input.writer = FileDescriptor();
        QVERIFY((*stream)->send('x'));
        QCOMPARE(readFrom(output.reader, 1), std::string("x"));
    }

    void aWholePortPassesAStreamBothWaysWithoutLoss() {
        constexpr std::size_t kBytes = 20'000;
        Pipe input;
        Pipe output;
        FakeClock clock;
        RecordedLine line;
        auto stream = SerialStream::create(std::move(input.reader), std::move(output.writer));
        QVERIFY(stream);
        SerialPort port(clock, line.line(), stream->get());
        port.writePort(2, 1, 0x01);
        std::string text;
        for (std::size_t i = 0; i < kBytes; ++i)
            text.push_back(static_cast<char>('a' + i % 26));
        // A pipe takes this much at once.
        QCOMPARE(::write(input.writer.get(), text.data(), text.size()),
                 static_cast<ssize_t>(text.size()));
        // Polls as a driver without interrupts does, and echoes.
        const auto end = std::chrono::steady_clock::now() + kLimit;
        std::size_t echoed = 0;
        while (echoed < kBytes && std::chrono::steady_clock::now() < end)
            if ((port.readPort(5, 1) & 0x61) == 0x61) {
                port.writePort(0, 1, port.readPort(0, 1));
                ++echoed;
            }
        QCOMPARE(echoed, kBytes);
        QCOMPARE(readFrom(output.reader, kBytes), text);
    }
};

QTEST_APPLESS_MAIN(SerialStreamTest)
#include "serial_stream_test.moc"
