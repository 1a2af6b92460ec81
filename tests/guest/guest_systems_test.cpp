// SPDX-License-Identifier: GPL-3.0-or-later
//
// Systems of Debian's packages that the firmware starts, on a VGA, in `vireo run`: judged by the
// text that they show.
#include <QFile>
#include <QFileInfo>
#include <QImage>
#include <QRegularExpression>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>
#include <optional>

#include "guest_machine.h"
#include "screen_text.h"
#include "screen_viewer.h"

using namespace std::chrono_literals;

namespace {

using tests::GuestMachine;
using tests::GuestSettings;
using tests::ScreenText;
using tests::ScreenViewer;

const QString kMemoryTest =
    QStringLiteral(VIREO_GUEST_IMAGES "/memtest/usr/lib/memtest86+/memtest86+x64.iso");
const QString kBootLoader =
    QStringLiteral(VIREO_GUEST_IMAGES "/grub/usr/lib/grub-rescue/grub-rescue-cdrom.iso");
const QString kVideoBios = QStringLiteral("/usr/share/seabios/vgabios-stdvga.bin");

constexpr int kPatience = 120'000;

}  // namespace

class GuestSystemsTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void memoryIsFoundGood_data();
    void memoryIsFoundGood();
    void aPictureIsLeftInTheEnd();
    void aBootLoaderDrawsItsScreen();

  private:
    QTemporaryDir folder_;
    std::optional<ScreenText> text_;
};

void GuestSystemsTest::initTestCase() {
    for (const QString& file : {kMemoryTest, kBootLoader, kVideoBios})
        if (!QFileInfo::exists(file))
            QSKIP(qPrintable(file + " is missing: run installer/packages.sh run and "
                                    "installer/guest-images.sh"));
    QFile bios(kVideoBios);
    QVERIFY(bios.open(QIODevice::ReadOnly));
    text_ = ScreenText::ofVideoBios(bios.readAll());
    QVERIFY2(text_, "the video BIOS has no font that is known");
}

void GuestSystemsTest::memoryIsFoundGood_data() {
    QTest::addColumn<int>("processors");
    QTest::newRow("memtest-1") << 1;
    QTest::newRow("memtest-2") << 2;
}

void GuestSystemsTest::memoryIsFoundGood() {
    QFETCH(int, processors);
    GuestSettings settings;
    settings.ideDiscs = {kMemoryTest};
    settings.memory = 64;
    settings.processors = processors;
    settings.screen = folder_.filePath(QLatin1String(QTest::currentDataTag()));
    GuestMachine machine(settings);
    QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(settings.screen), kPatience);
    ScreenViewer viewer(settings.screen);
    const auto shows = [&](const char* pattern) {
        return text_->read(viewer.picture())
            .contains(QRegularExpression(QLatin1String(pattern),
                                         QRegularExpression::DotMatchesEverythingOption));
    };
    const auto shown = [&] {
        return text_->read(viewer.picture()).toUtf8() + machine.complaints();
    };
    QTRY_VERIFY2_WITH_TIMEOUT(shows("Memtest86. v6.*Errors: 0"), shown().constData(), kPatience);
    // All of it, and by all processors.
    QTRY_VERIFY2_WITH_TIMEOUT(shows("Memory +: +64MB"), shown().constData(), kPatience);
    QTRY_VERIFY2_WITH_TIMEOUT(
        shows(qPrintable(QStringLiteral("CPU: %1 Cores %1 Threads").arg(processors))),
        shown().constData(), kPatience);
    // Its tests take some minutes on a busy host.
    QTRY_VERIFY2_WITH_TIMEOUT(shows("Pass: +[1-9].*Errors: ") || shows("Errors: +[1-9]"),
                              shown().constData(), 6 * kPatience);
    QVERIFY2(shows("Pass: +[1-9].*Errors: 0"), shown().constData());
}

void GuestSystemsTest::aPictureIsLeftInTheEnd() {
    const QString empty = folder_.filePath(QStringLiteral("empty.img"));
    QFile file(empty);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.resize(1 << 20));
    GuestSettings settings;
    settings.ideDisks = {empty};
    settings.memory = 64;
    settings.screen = folder_.filePath(QStringLiteral("screen"));
    settings.screenshot = folder_.filePath(QStringLiteral("picture.png"));
    GuestMachine machine(settings);
    QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(settings.screen), kPatience);
    ScreenViewer viewer(settings.screen);
    const QString expected = QStringLiteral("No bootable device");
    QTRY_VERIFY2_WITH_TIMEOUT(text_->read(viewer.picture()).contains(expected),
                              machine.complaints().constData(), kPatience);
    QVERIFY(!QFileInfo::exists(settings.screenshot));
    machine.end();
    QVERIFY(machine.waitForEnd(60s));
    const QImage picture(settings.screenshot, "PNG");
    QVERIFY2(text_->read(picture).contains(expected), machine.complaints().constData());
}

void GuestSystemsTest::aBootLoaderDrawsItsScreen() {
    GuestSettings settings;
    settings.ideDiscs = {kBootLoader};
    settings.memory = 64;
    settings.screen = folder_.filePath(QStringLiteral("drawn"));
    GuestMachine machine(settings);
    QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(settings.screen), kPatience);
    ScreenViewer viewer(settings.screen);
    const auto shows = [&](const QString& words) {
        return text_->read(viewer.picture()).contains(words);
    };
    QTRY_VERIFY_WITH_TIMEOUT(shows(QStringLiteral("GNU GRUB")), kPatience);
    viewer.type(QStringLiteral("c"));
    QTRY_VERIFY_WITH_TIMEOUT(shows(QStringLiteral("grub>")), kPatience);
    // The firmware's keyboard buffer takes 15 characters at once.
    for (const char* const piece : {"insmod ", "all_video", "\n", "loadfont", " unicode", "\n",
                                    "terminal", "_output ", "gfxterm"}) {
        viewer.type(QLatin1String(piece));
        QTRY_VERIFY_WITH_TIMEOUT(shows(QString::fromLatin1(piece).trimmed()), kPatience);
    }
    viewer.type(QStringLiteral("\n"));
    // A mode of the video BIOS's, in whose linear framebuffer it shows its prompt.
    const auto isDrawn = [&] {
        const QImage& picture = viewer.picture();
        QSet<QRgb> colours;
        for (int y = 0; y < picture.height(); ++y)
            for (int x = 0; x < picture.width(); ++x)
                colours.insert(picture.pixel(x, y));
        return picture.size() != QSize(720, 400) && colours.size() > 1;
    };
    QTRY_VERIFY_WITH_TIMEOUT(isDrawn(), kPatience);
}

QTEST_GUILESS_MAIN(GuestSystemsTest)
#include "guest_systems_test.moc"
