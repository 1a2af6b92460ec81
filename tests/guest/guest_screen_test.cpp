// SPDX-License-Identifier: GPL-3.0-or-later
//
// The screen, keyboard and mouse of Debian's unmodified kernels, in `vireo run`, with the manager's
// client of screens.
#include <QFileInfo>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <array>

#include "guest_machine.h"
#include "screen_text.h"
#include "screen_viewer.h"

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
    QTest::addColumn<bool>("isPs2");
    QTest::newRow("cloud-1") << "cloud" << 1 << "hyperv_fb" << false;
    QTest::newRow("standard-1") << "standard" << 1 << "hyperv_drmdrmfb" << false;
    QTest::newRow("standard-2") << "standard" << 2 << "hyperv_drmdrmfb" << false;
    QTest::newRow("standard-ps2") << "standard" << 1 << "hyperv_drmdrmfb" << true;
}

void GuestScreenTest::aConsoleIsShownAndUsed() {
    QFETCH(QString, kernel);
    QFETCH(int, processors);
    QFETCH(QString, driver);
    QFETCH(bool, isPs2);
    GuestSettings settings;
    settings.kernel = kImages + "/" + kernel + QStringLiteral("/vmlinuz");
    settings.initialRamDisk = kRamDisk;
    settings.furtherRamDisks = {kDrivers};
    settings.processors = processors;
    settings.append = QStringLiteral("quiet vireo.recipe=screen");
    if (isPs2)
        settings.append +=
            QStringLiteral(" vireo.input=ps2 module_blacklist=hyperv_keyboard,hid_hyperv");
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

    if (isPs2)
        for (const char* input :
             {"AT Translated Set 2 keyboard", "ImExPS/2 Generic Explorer Mouse"})
            QVERIFY2(before.contains(QByteArray("@@input ") + input), before.constData());

    tests::ScreenViewer viewer(settings.screen);
    QTRY_COMPARE_WITH_TIMEOUT(viewer.picture().size(), QSize(1024, 768), kPatience);
    std::optional<ScreenText> text;
    QTRY_VERIFY_WITH_TIMEOUT((text = ScreenText::learn(viewer.picture(), 0)).has_value(),
                             kPatience);
    QTRY_COMPARE_WITH_TIMEOUT(text->read(viewer.picture(), 1), said(before, "text"), kPatience);

    // What is typed comes back on the screen, and reaches the guest's program.
    viewer.type(QStringLiteral("Screen 1: [y/N]? {ok}"));
    QTRY_COMPARE_WITH_TIMEOUT(text->read(viewer.picture(), 2),
                              QStringLiteral("Screen 1: [y/N]? {ok}"), kPatience);
    viewer.type(QStringLiteral("\n"));
    QVERIFY(waitFor("@@click"));
    QCOMPARE(said(machine.output(), "typed"), QStringLiteral("Screen 1: [y/N]? {ok}"));

    // A screen that does not change sends nothing.
    QTest::qWait(300);
    const int pieces = viewer.pieces();
    QTest::qWait(1'000);
    QCOMPARE(viewer.pieces(), pieces);

    viewer.point(256, 576, 0);
    viewer.point(256, 576, 1);
    viewer.point(256, 576, 0);
    viewer.point(767, 191, 4);
    viewer.point(767, 191, 0);
    QVERIFY(waitFor("@@done"));
    // Of Linux' numbers: the left button, then the right one.
    const std::array<QPoint, 4> places{QPoint(256, 576), QPoint(256, 576), QPoint(767, 191),
                                       QPoint(767, 191)};
    constexpr std::array<std::array<int, 2>, 4> kEvents{{{272, 1}, {272, 0}, {273, 1}, {273, 0}}};
    QStringList clicks;
    for (const QByteArray& line : machine.output().split('\n'))
        if (line.startsWith("@@button "))
            clicks += QString::fromUtf8(line.mid(9));
    QCOMPARE(clicks.size(), 4);
    const QString all = clicks.join(QStringLiteral(", "));
    const QPoint first(clicks[0].section(u' ', 2, 2).toInt(),
                       clicks[0].section(u' ', 3, 3).toInt());
    for (std::size_t i = 0; i < places.size(); ++i) {
        const QStringList words = clicks[static_cast<qsizetype>(i)].split(u' ');
        QVERIFY2(words.size() == 4 && words[0].toInt() == kEvents[i][0] &&
                     words[1].toInt() == kEvents[i][1],
                 qPrintable(all));
        const QPoint at(words[2].toInt(), words[3].toInt());
        if (isPs2) {
            // In pixels, from wherever the guest's pointer was at first.
            QVERIFY2(at - first == places[i] - places[0], qPrintable(all));
            continue;
        }
        // On an axis of 32,768 steps.
        const auto close = [](int is, int pixel, int pixels) {
            return std::abs(is - pixel * 32'767 / (pixels - 1)) <= 32;
        };
        QVERIFY2(close(at.x(), places[i].x(), 1024) && close(at.y(), places[i].y(), 768),
                 qPrintable(all));
    }
    QCOMPARE(said(machine.output(), "complaints"), QStringLiteral("0"));

    QVERIFY(machine.waitForEnd(60s));
    QCOMPARE(machine.exitStatus(), 0);
    QTRY_VERIFY_WITH_TIMEOUT(viewer.hasEnded(), kPatience);
    QVERIFY(!QFileInfo::exists(settings.screen));
}

QTEST_GUILESS_MAIN(GuestScreenTest)
#include "guest_screen_test.moc"
