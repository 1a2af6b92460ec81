// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/display/vnc/vnc_server.h"

#include <rfb/rfbclient.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <QDeadlineTimer>
#include <QTemporaryDir>
#include <QTest>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "shown_picture.h"

using namespace devices::display;
using hypervisor::FileDescriptor;

namespace {

constexpr int kLimit = 10'000;

class RecordedHands final : public KeyboardInput, public PointerInput {
  public:
    void key(ScanCode code, KeyAction action) override {
        const std::scoped_lock lock(mutex_);
        keys_ += (action == KeyAction::Down ? " +" : " -") + std::to_string(code.code);
        if (code.prefix == ScanPrefix::E0)
            keys_ += "e";
    }
    void pointer(const PointerState& state, int wheel) override {
        const std::scoped_lock lock(mutex_);
        pointer_ = state;
        wheel_ += wheel;
    }
    [[nodiscard]] bool isListening() const override { return true; }
    [[nodiscard]] std::string keys() const {
        const std::scoped_lock lock(mutex_);
        return keys_;
    }
    [[nodiscard]] PointerState state() const {
        const std::scoped_lock lock(mutex_);
        return pointer_;
    }
    [[nodiscard]] int wheel() const {
        const std::scoped_lock lock(mutex_);
        return wheel_;
    }

  private:
    mutable std::mutex mutex_;
    std::string keys_;
    PointerState pointer_;
    int wheel_ = 0;
};

/// libvncclient on this thread.
class Viewer {
  public:
    Viewer(const std::string& path, const char* encodings, int bytesPerPixel = 4)
        : client_(bytesPerPixel == 4 ? rfbGetClient(8, 3, 4) : rfbGetClient(5, 3, 2)) {
        if (bytesPerPixel == 4) {
            client_->format.redShift = 16;
            client_->format.greenShift = 8;
            client_->format.blueShift = 0;
        }
        std::free(client_->serverHost);
        client_->serverHost = ::strdup(path.c_str());
        client_->canHandleNewFBSize = TRUE;
        client_->appData.encodingsString = encodings;
        // Does not clean up when it fails, but frees the client.
        if (!rfbInitClient(client_, nullptr, nullptr))
            client_ = nullptr;
    }
    ~Viewer() { close(); }
    Viewer(const Viewer&) = delete;
    Viewer& operator=(const Viewer&) = delete;
    void close() {
        if (client_ == nullptr)
            return;
        std::free(client_->frameBuffer);
        client_->frameBuffer = nullptr;
        rfbClientCleanup(client_);
        client_ = nullptr;
    }

    /// Listens to the server until `holds`, or until nothing of it can be hoped for.
    [[nodiscard]] bool until(const std::function<bool()>& holds) {
        const QDeadlineTimer limit(kLimit);
        while (client_ != nullptr && !holds()) {
            if (limit.hasExpired())
                return false;
            // What has been read ahead comes with no sign from the socket.
            const int count = client_->buffered > 0 ? 1 : WaitForMessage(client_, 20'000);
            if (count < 0 || (count > 0 && !HandleRFBServerMessage(client_)))
                return false;
        }
        return client_ != nullptr;
    }
    /// That the server says nothing for so long.
    [[nodiscard]] bool staysQuiet(unsigned milliseconds) {
        return client_->buffered == 0 && WaitForMessage(client_, milliseconds * 1'000) == 0;
    }
    [[nodiscard]] std::uint32_t pixel(int x, int y) const {
        if (x >= client_->width || y >= client_->height)
            return 0xFFFF'FFFF;
        std::uint32_t value = 0;
        const int bytes = client_->format.bitsPerPixel / 8;
        std::memcpy(&value, client_->frameBuffer + (y * client_->width + x) * bytes,
                    static_cast<std::size_t>(bytes));
        return bytes == 4 ? value & 0xFF'FFFF : value;
    }
    [[nodiscard]] rfbClient* client() const { return client_; }

  private:
    rfbClient* client_;
};

struct Scene {
    explicit Scene(VncServer::Options options = {}) {
        path = (folder.path() + "/screen").toStdString();
        FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_un address = addressOf();
        if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
                0 ||
            ::listen(listener.get(), 16) != 0)
            qFatal("no socket to listen at");
        server = std::move(
            VncServer::create(std::move(listener), framebuffer, hands, hands, std::move(options))
                .value());
    }
    sockaddr_un addressOf() const {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        return address;
    }
    /// Somebody who speaks as it likes; waits for an answer at most as long as a test does.
    FileDescriptor connect() const {
        FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_un address = addressOf();
        const timeval limit{kLimit / 1000, 0};
        ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
            0)
            qFatal("no connection");
        return socket;
    }
    QTemporaryDir folder;
    std::string path;
    Framebuffer framebuffer;
    RecordedHands hands;
    ShownPicture picture{framebuffer};
    std::unique_ptr<VncServer> server;
};

/// True: the other end has closed; what it has said before is dropped.
bool isClosed(const FileDescriptor& socket) {
    std::array<char, 4096> bytes;
    ssize_t count = 0;
    while ((count = ::recv(socket.get(), bytes.data(), bytes.size(), 0)) > 0) {
    }
    return count == 0 || errno == ECONNRESET;
}

void say(const FileDescriptor& socket, std::string_view bytes) {
    static_cast<void>(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

std::int64_t processorMilliseconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1'000'000;
}

using namespace std::string_view_literals;
constexpr auto kHandshake = "RFB 003.008\n\1\1"sv;

}  // namespace

class VncServerTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() {
        rfbEnableClientLogging = FALSE;
        // As in the worker: who writes to a viewer that has gone gets an error.
        ::signal(SIGPIPE, SIG_IGN);
    }

    void aViewerSeesThePictureInEveryEncoding_data() {
        QTest::addColumn<QByteArray>("encodings");
        QTest::addColumn<int>("bytesPerPixel");
        for (const char* encodings : {"raw", "tight", "zrle", "hextile", "zlib", "rre"})
            for (const int bytesPerPixel : {4, 2})
                QTest::addRow("%s, %d bytes", encodings, bytesPerPixel)
                    << QByteArray(encodings) << bytesPerPixel;
    }
    void aViewerSeesThePictureInEveryEncoding() {
        QFETCH(QByteArray, encodings);
        QFETCH(int, bytesPerPixel);
        Scene scene;
        QVERIFY(scene.picture.show(320, 200, Changes::Told, 20, 4096));
        scene.picture.draw(0, 0, 0xFF'0000);
        scene.picture.draw(319, 199, 0x00'00FF);
        Viewer viewer(scene.path, encodings.constData(), bytesPerPixel);
        QVERIFY(viewer.client());
        QCOMPARE(viewer.client()->width, 320);
        QCOMPARE(viewer.client()->height, 200);
        const rfbPixelFormat& format = viewer.client()->format;
        const auto red = std::uint32_t{format.redMax} << format.redShift;
        const auto blue = std::uint32_t{format.blueMax} << format.blueShift;
        QVERIFY(viewer.until(
            [&] { return viewer.pixel(0, 0) == red && viewer.pixel(319, 199) == blue; }));
        QCOMPARE(viewer.pixel(100, 100), 0U);
    }

    void changesThatAreToldArrive() {
        Scene scene;
        QVERIFY(scene.picture.show(1024, 768, Changes::Told));
        Viewer viewer(scene.path, "zrle raw");
        QVERIFY(viewer.client());
        for (std::uint32_t i = 1; i < 20; ++i) {
            scene.picture.draw(50 * i, 30 * i, i);
            scene.picture.tell({50 * i, 30 * i, 1, 1});
            QVERIFY(viewer.until([&] {
                return viewer.pixel(static_cast<int>(50 * i), static_cast<int>(30 * i)) == i;
            }));
        }
        QCOMPARE(scene.picture.watcherChanges, 1U);
    }

    void changesThatAreNotToldAreFound() {
        Scene scene;
        QVERIFY(scene.picture.show(1024, 768, Changes::Sought));
        Viewer viewer(scene.path, "tight raw");
        QVERIFY(viewer.client());
        for (std::uint32_t i = 1; i < 5; ++i) {
            scene.picture.draw(1023, 767, i);
            QVERIFY(viewer.until([&] { return viewer.pixel(1023, 767) == i; }));
        }
    }

    void anotherResolutionArrives() {
        Scene scene;
        QVERIFY(scene.picture.show(640, 480, Changes::Told));
        Viewer viewer(scene.path, "zrle raw");
        QVERIFY(viewer.client());
        QVERIFY(viewer.until([&] { return viewer.pixel(1, 1) == 0; }));
        for (const auto& [width, height] : {std::pair(1366U, 768U), std::pair(641U, 481U)}) {
            scene.picture.draw(0, 0, 0);
            QVERIFY(scene.picture.show(width, height, Changes::Told));
            scene.picture.draw(width - 1, height - 1, 0x12'3456);
            QVERIFY(viewer.until([&] {
                return viewer.client()->width == static_cast<int>(width) &&
                       viewer.pixel(static_cast<int>(width) - 1, static_cast<int>(height) - 1) ==
                           0x12'3456;
            }));
            QCOMPARE(viewer.client()->height, static_cast<int>(height));
        }
    }

    void aPictureThatGoesAwayLeavesABlackScreenOfItsSize() {
        Scene scene;
        QVERIFY(scene.picture.show(800, 600, Changes::Told));
        scene.picture.draw(5, 5, 0xFF'FFFF);
        Viewer viewer(scene.path, "zrle raw");
        QVERIFY(viewer.client());
        QVERIFY(viewer.until([&] { return viewer.pixel(5, 5) == 0xFF'FFFF; }));
        scene.picture.hide();
        QVERIFY(viewer.until([&] { return viewer.pixel(5, 5) == 0; }));
        QCOMPARE(viewer.client()->width, 800);
        QVERIFY(scene.picture.show(800, 600, Changes::Told));
        QVERIFY(viewer.until([&] { return viewer.pixel(5, 5) == 0xFF'FFFF; }));
    }

    void aMachineThatShowsNothingHasABlackScreen() {
        Scene scene;
        Viewer viewer(scene.path, "raw");
        QVERIFY(viewer.client());
        QCOMPARE(viewer.client()->width, 640);
        QCOMPARE(viewer.client()->height, 480);
        // Then its driver starts.
        QVERIFY(scene.picture.show(1024, 768, Changes::Told));
        scene.picture.draw(1000, 700, 0x77);
        scene.picture.tell({1000, 700, 1, 1});
        QVERIFY(viewer.until([&] { return viewer.pixel(1000, 700) == 0x77; }));
    }

    void keysAndPointerReachTheMachine() {
        Scene scene;
        QVERIFY(scene.picture.show(1024, 768, Changes::Told));
        Viewer viewer(scene.path, "raw");
        QVERIFY(viewer.client());
        QVERIFY(SendKeyEvent(viewer.client(), 'A', TRUE));
        QVERIFY(SendKeyEvent(viewer.client(), 'A', FALSE));
        QVERIFY(SendKeyEvent(viewer.client(), 0xFF52, TRUE));
        QTRY_COMPARE_WITH_TIMEOUT(scene.hands.keys(), std::string(" +30 -30 +72e"), kLimit);
        QVERIFY(SendPointerEvent(viewer.client(), 1023, 0, rfbButton1Mask));
        QTRY_COMPARE_WITH_TIMEOUT(scene.hands.state(), (PointerState{32767, 0, kLeftButton}),
                                  kLimit);
        QVERIFY(SendPointerEvent(viewer.client(), 0, 767, rfbWheelUpMask));
        QTRY_COMPARE_WITH_TIMEOUT(scene.hands.wheel(), 1, kLimit);
        QCOMPARE(scene.hands.state(), (PointerState{0, 32767, 0}));
        // Who goes lets go of what it holds.
        viewer.close();
        QTRY_COMPARE_WITH_TIMEOUT(scene.hands.keys(), std::string(" +30 -30 +72e -72e"), kLimit);
    }

    void keycodesAreAnnouncedAndTaken() {
        Scene scene;
        QVERIFY(scene.picture.show(640, 480, Changes::Told));
        Viewer viewer(scene.path, "raw");
        QVERIFY(viewer.client());
        QVERIFY(viewer.until(
            [&] { return SupportsClient2Server(viewer.client(), rfbQemuEvent) != 0; }));
        QVERIFY(SendExtendedKeyEvent(viewer.client(), 'z', 0x15, TRUE));
        QVERIFY(SendExtendedKeyEvent(viewer.client(), 'z', 0x9D, FALSE));
        QTRY_COMPARE_WITH_TIMEOUT(scene.hands.keys(), std::string(" +21 -29e"), kLimit);
    }

    void severalViewersSeeTheSame() {
        Scene scene;
        QVERIFY(scene.picture.show(640, 480, Changes::Told));
        Viewer one(scene.path, "raw");
        Viewer two(scene.path, "zrle");
        QVERIFY(one.client() && two.client());
        QTRY_COMPARE_WITH_TIMEOUT(scene.server->viewers(), std::size_t{2}, kLimit);
        scene.picture.draw(9, 9, 0x0A'0B0C);
        scene.picture.tell({9, 9, 1, 1});
        for (Viewer* viewer : {&one, &two})
            QVERIFY(viewer->until([&] { return viewer->pixel(9, 9) == 0x0A'0B0C; }));
        one.close();
        QTRY_COMPARE_WITH_TIMEOUT(scene.server->viewers(), std::size_t{1}, kLimit);
        scene.picture.draw(9, 9, 1);
        scene.picture.tell({9, 9, 1, 1});
        QVERIFY(two.until([&] { return two.pixel(9, 9) == 1; }));
        two.close();
        // The machine's guest is not asked for changes any more.
        QTRY_VERIFY_WITH_TIMEOUT(!scene.framebuffer.isWatched(), kLimit);
    }

    void nothingIsDoneWhileNothingChanges() {
        Scene scene;
        QVERIFY(scene.picture.show(1024, 768, Changes::Told));
        Viewer viewer(scene.path, "zrle raw");
        QVERIFY(viewer.client());
        scene.picture.draw(3, 3, 5);
        scene.picture.tell({3, 3, 1, 1});
        QVERIFY(viewer.until([&] { return viewer.pixel(3, 3) == 5; }));
        // Until then the guest might not know that it is watched.
        QVERIFY(viewer.staysQuiet(2'500));
        const std::int64_t before = processorMilliseconds();
        QVERIFY(viewer.staysQuiet(1'000));
        QVERIFY(processorMilliseconds() - before < 20);
    }

    void aViewerThatDoesNotReadIsThrownOutAndHoldsUpNobody() {
        Scene scene({.stallLimit = std::chrono::milliseconds(1'500)});
        QVERIFY(scene.picture.show(1920, 1080, Changes::Told));
        const FileDescriptor deaf = scene.connect();
        say(deaf, kHandshake);
        say(deaf, "\3\0\0\0\0\0\7\x80\4\x38"sv);
        Viewer viewer(scene.path, "zrle raw");
        QVERIFY(viewer.client());
        scene.picture.draw(3, 3, 5);
        scene.picture.tell({3, 3, 1, 1});
        QVERIFY(viewer.until([&] { return viewer.pixel(3, 3) == 5; }));
        QTRY_COMPARE_WITH_TIMEOUT(scene.server->viewers(), std::size_t{1}, kLimit);
        scene.picture.draw(3, 3, 6);
        scene.picture.tell({3, 3, 1, 1});
        QVERIFY(viewer.until([&] { return viewer.pixel(3, 3) == 6; }));
        QVERIFY(isClosed(deaf));
    }

    void aViewerThatSaysNothingIsThrownOut() {
        Scene scene({.greetingLimit = std::chrono::milliseconds(300)});
        const FileDescriptor mute = scene.connect();
        QVERIFY(isClosed(mute));
        QTRY_COMPARE_WITH_TIMEOUT(scene.server->viewers(), std::size_t{0}, kLimit);
    }

    void tooManyViewersAreTurnedAway() {
        Scene scene({.mostViewers = 2});
        const FileDescriptor one = scene.connect();
        const FileDescriptor two = scene.connect();
        QTRY_COMPARE_WITH_TIMEOUT(scene.server->viewers(), std::size_t{2}, kLimit);
        QVERIFY(isClosed(scene.connect()));
        QCOMPARE(scene.server->viewers(), std::size_t{2});
    }

    void hostileBytesLoseTheConnectionOnly() {
        Scene scene;
        QVERIFY(scene.picture.show(640, 480, Changes::Told));
        std::srand(4711);
        for (int round = 0; round < 60; ++round) {
            const FileDescriptor hostile = scene.connect();
            std::string bytes(round % 3 == 0 ? ""sv : kHandshake);
            if (round % 3 == 2)
                bytes += "\2\0\0\1\0\0\0\x10\3\0\0\0\0\0\xFF\xFF\xFF\xFF"sv;
            for (int i = 0; i < 300; ++i)
                bytes += static_cast<char>(std::rand());
            // A type that there is not ends even what is taken for a clipboard's content by chance.
            say(hostile, bytes);
            ::shutdown(hostile.get(), SHUT_WR);
            QVERIFY(isClosed(hostile));
        }
        QTRY_COMPARE_WITH_TIMEOUT(scene.server->viewers(), std::size_t{0}, kLimit);
        scene.picture.draw(3, 3, 5);
        Viewer viewer(scene.path, "zrle raw");
        QVERIFY(viewer.client());
        QVERIFY(viewer.until([&] { return viewer.pixel(3, 3) == 5; }));
    }

    void aServerThatGoesThrowsItsViewersOut() {
        Scene scene;
        QVERIFY(scene.picture.show(1920, 1080, Changes::Sought));
        const FileDescriptor deaf = scene.connect();
        say(deaf, kHandshake);
        say(deaf, "\3\0\0\0\0\0\7\x80\4\x38"sv);
        QTRY_VERIFY_WITH_TIMEOUT(scene.framebuffer.isWatched(), kLimit);
        Viewer viewer(scene.path, "raw");
        QVERIFY(viewer.client());
        scene.server.reset();
        QVERIFY(isClosed(deaf));
        QVERIFY(!viewer.until([] { return false; }));
        QVERIFY(!scene.framebuffer.isWatched());
    }
};

QTEST_GUILESS_MAIN(VncServerTest)
#include "vnc_server_test.moc"
