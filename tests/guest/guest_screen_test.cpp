// SPDX-License-Identifier: GPL-3.0-or-later
//
// The screen, keyboard and mouse of Debian's unmodified kernels, in `vireo run`, with the manager's
// client of screens.
#include <QFileInfo>
#include <QPainter>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include "guest_machine.h"
#include "gui/console/screen_client.h"
#include "screen_text.h"

using namespace std::chrono_literals;

namespace {

using tests::GuestMachine;
using tests::GuestSettings;
using tests::ScreenText;

const QString kImages = QStringLiteral(VIREO_GUEST_IMAGES);
const QString kRamDisk = QStringLiteral(VIREO_TEST_RAM_DISK);
const QString kDrivers = kImages + QStringLiteral("/drivers.cpio");

constexpr std::chrono::milliseconds kSilence = 120s;
constexpr int kPatience = 30'000;

/// The rest of the first line that begins with "@@`word` ".
QString said(const QByteArray& output, const QByteArray& word) {
    for (const QByteArray& line : output.split('\n'))
        if (line.startsWith("@@" + word + " "))
            return QString::fromUtf8(line.mid(word.size() + 3));
    return {};
}

/// Somebody who looks at the screen.
class Viewer : public QObject {
  public:
    explicit Viewer(const QString& socket) : client(socket) {
        connect(&client, &gui::ScreenClient::shown, this,
                [this](const QImage& piece, const QPoint& at, const QSize& size) {
                    if (picture.size() != size) {
                        picture = QImage(size, QImage::Format_RGB32);
                        picture.fill(Qt::black);
                    }
                    QPainter(&picture).drawImage(at, piece);
                    ++pieces;
                    client.taken();
                });
        connect(&client, &gui::ScreenClient::ended, this, [this](const QString& problem) {
            hasEnded = true;
            qInfo("the screen's connection has ended: %s", qPrintable(problem));
        });
        client.start();
    }
    void type(const QString& text) {
        for (const gui::ScreenStroke& stroke : gui::strokesOfText(text))
            client.send(stroke);
    }
    void point(int x, int y, std::uint8_t buttons) {
        client.send(gui::ScreenPointer{{x, y}, buttons});
    }

    gui::ScreenClient client;
    QImage picture;
    int pieces = 0;
    bool hasEnded = false;
};

}  // namespace

class GuestScreenTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void aConsoleIsShownAndUsed_data();
    void aConsoleIsShownAndUsed();

  private:
    QTemporaryDir folder_;
};

void GuestScreenTest::initTestCase() {
    for (const QString& file : {kImages + QStringLiteral("/standard/vmlinuz"), kRamDisk, kDrivers})
        if (!QFileInfo::exists(file))
            QSKIP(qPrintable(file + " is missing: run installer/guest-images.sh and build again"));
}

void GuestScreenTest::aConsoleIsShownAndUsed_data() {
    QTest::addColumn<QString>("kernel");
    QTest::addColumn<int>("processors");
    QTest::addColumn<QString>("driver");
    QTest::newRow("cloud-1") << "cloud" << 1 << "hyperv_fb";
    QTest::newRow("standard-1") << "standard" << 1 << "hyperv_drmdrmfb";
    QTest::newRow("standard-2") << "standard" << 2 << "hyperv_drmdrmfb";
}

void GuestScreenTest::aConsoleIsShownAndUsed() {
    QFETCH(QString, kernel);
    QFETCH(int, processors);
    QFETCH(QString, driver);
    GuestSettings settings;
    settings.kernel = kImages + "/" + kernel + QStringLiteral("/vmlinuz");
    settings.initialRamDisk = kRamDisk;
    settings.furtherRamDisks = {kDrivers};
    settings.processors = processors;
    settings.append = QStringLiteral("quiet vireo.recipe=screen");
    settings.screen = folder_.filePath(QLatin1String(QTest::currentDataTag()));
    GuestMachine machine(settings);
    const auto waitFor = [&machine](const char* text) {
        if (machine.waitFor(text, kSilence) == GuestMachine::Seen::text)
            return true;
        qWarning("%s\n%s", machine.output().constData(), machine.complaints().constData());
        return false;
    };
    // What was drawn before anybody looked is seen too.
    QVERIFY(waitFor("@@type"));
    const QByteArray before = machine.output();
    QCOMPARE(said(before, "framebuffer").section(u' ', 0, 0), driver);
    QCOMPARE(said(before, "framebuffer").section(u' ', 1), QStringLiteral("1024,768"));

    Viewer viewer(settings.screen);
    QTRY_COMPARE_WITH_TIMEOUT(viewer.picture.size(), QSize(1024, 768), kPatience);
    std::optional<ScreenText> text;
    QTRY_VERIFY_WITH_TIMEOUT((text = ScreenText::learn(viewer.picture, 0)).has_value(), kPatience);
    QTRY_COMPARE_WITH_TIMEOUT(text->read(viewer.picture, 1), said(before, "text"), kPatience);

    // What is typed comes back on the screen, and reaches the guest's program.
    viewer.type(QStringLiteral("Screen 1: [y/N]? {ok}"));
    QTRY_COMPARE_WITH_TIMEOUT(text->read(viewer.picture, 2),
                              QStringLiteral("Screen 1: [y/N]? {ok}"), kPatience);
    viewer.type(QStringLiteral("\n"));
    QVERIFY(waitFor("@@click"));
    QCOMPARE(said(machine.output(), "typed"), QStringLiteral("Screen 1: [y/N]? {ok}"));

    // A screen that does not change sends nothing.
    QTest::qWait(300);
    const int pieces = viewer.pieces;
    QTest::qWait(1'000);
    QCOMPARE(viewer.pieces, pieces);

    viewer.point(256, 576, 0);
    viewer.point(256, 576, 1);
    viewer.point(256, 576, 0);
    viewer.point(767, 191, 4);
    viewer.point(767, 191, 0);
    QVERIFY(waitFor("@@done"));
    // Of Linux' numbers: the left button, then the right one.
    QStringList clicks;
    for (const QByteArray& line : machine.output().split('\n'))
        if (line.startsWith("@@button "))
            clicks += QString::fromUtf8(line.mid(9));
    QCOMPARE(clicks.size(), 4);
    const auto near = [](const QString& click, int button, int down, int x, int y) {
        const QStringList words = click.split(u' ');
        // On an axis of 32,768 steps.
        const auto close = [](int is, int pixel, int pixels) {
            return std::abs(is - pixel * 32'767 / (pixels - 1)) <= 32;
        };
        return words.size() == 4 && words[0].toInt() == button && words[1].toInt() == down &&
               close(words[2].toInt(), x, 1024) && close(words[3].toInt(), y, 768);
    };
    const QString all = clicks.join(QStringLiteral(", "));
    QVERIFY2(near(clicks[0], 272, 1, 256, 576), qPrintable(all));
    QVERIFY2(near(clicks[1], 272, 0, 256, 576), qPrintable(all));
    QVERIFY2(near(clicks[2], 273, 1, 767, 191), qPrintable(all));
    QVERIFY2(near(clicks[3], 273, 0, 767, 191), qPrintable(all));
    QCOMPARE(said(machine.output(), "complaints"), QStringLiteral("0"));

    QVERIFY(machine.waitForEnd(60s));
    QCOMPARE(machine.exitStatus(), 0);
    QTRY_VERIFY_WITH_TIMEOUT(viewer.hasEnded, kPatience);
    QVERIFY(!QFileInfo::exists(settings.screen));
}

QTEST_GUILESS_MAIN(GuestScreenTest)
#include "guest_screen_test.moc"
