// SPDX-License-Identifier: GPL-3.0-or-later
//
// Discs that are changed under Debian's ata_piix and sr_mod, in a machine of the service, discs
// that the guest ejects, images that are damaged while they are in use, and a machine that finds
// nothing to boot.
#include <unistd.h>

#include <QElapsedTimer>
#include <QFile>
#include <QRegularExpression>
#include <QtTest>
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "ordered_guest.h"
#include "service/ipc/methods.h"

using namespace service;  // NOLINT: the interface under test
using namespace std::chrono_literals;
using tests::eventually;
using tests::OrderedGuest;
using tests::sumOf;

namespace {

constexpr int kBlock = 2048;
constexpr unsigned kDiscs = 5;
constexpr int kChanges = 100;
/// Blocks at least of what the watching guest reads.
constexpr int kWatched = 4000;

/// A disc whose blocks begin with its number, that of the volume's descriptor too, whose type it is
/// there.
QByteArray disc(unsigned number, int blocks) {
    QByteArray content(qsizetype{blocks} * kBlock, '\0');
    for (int block = 0; block < blocks; ++block) {
        const std::array<std::uint32_t, 2> head{number, static_cast<std::uint32_t>(block)};
        std::memcpy(content.data() + qsizetype{block} * kBlock, head.data(), sizeof head);
    }
    content.replace(16 * kBlock, 6, QByteArray(1, static_cast<char>(number)) + "CD001");
    return content;
}

}  // namespace

class GuestDvdTest : public QObject {
    Q_OBJECT

    std::unique_ptr<OrderedGuest> guest_;

    [[nodiscard]] RpcResult<MachineReply> insert(const std::string& path) {
        std::vector<Drive> drives = guest_->details().settings.drives;
        for (Drive& drive : drives)
            if (drive.kind == DriveKind::Dvd)
                drive.path = path;
        MachineSetParams params;
        params.machine = OrderedGuest::kName;
        params.changes.emplace("drives", encodeValue(drives));
        return guest_->client().call<MachineSetMethod>(params);
    }
    [[nodiscard]] std::string inDrive() {
        for (const Drive& drive : guest_->details().settings.drives)
            if (drive.kind == DriveKind::Dvd)
                return drive.path;
        return "no drive";
    }
    /// Of the disc in the drive, as the guest reads it.
    [[nodiscard]] std::string sumInGuest() { return guest_->sum("/dev/sr0"); }
    [[nodiscard]] std::string did(const std::string& program) {
        return guest_->order("do " + program) ? guest_->heard("did").value_or("") : "";
    }
    /// Texts of the machine's events of a kind.
    [[nodiscard]] std::vector<std::string> events(const std::string& kind) {
        std::vector<std::string> texts;
        const auto reply = guest_->client().call<EventsListMethod>({});
        if (reply)
            for (const EventRecord& event : reply->events)
                if (event.kind == kind)
                    texts.push_back(event.text);
        return texts;
    }

  private slots:
    void initTestCase();
    void discsAreChangedAHundredTimes();
    void aDiscThatIsChangedWhileItIsReadIsNoMixture();
    void theGuestEjectsWhenNothingPreventsIt();
    void whatCannotBeOpenedIsRefused();
    void anImageThatIsCutOffIsAnErrorForTheGuestAndAnEvent();
    void anImageThatIsRemovedServesOn();
    void theOwnerLearnsThatThereIsNothingToBoot();
};

void GuestDvdTest::initTestCase() {
    if (const auto missing = OrderedGuest::whatIsMissing())
        QSKIP(missing->c_str());
    guest_ = std::make_unique<OrderedGuest>();
    QVERIFY(guest_->service().start());
    MachineSettings settings = OrderedGuest::settings();
    Drive disk;
    disk.path = guest_->write("disk.img", QByteArray(4 << 20, 'd'));
    Drive dvd;
    dvd.controllerNumber = 1;
    dvd.kind = DriveKind::Dvd;
    settings.drives = {disk, dvd};
    const std::string wrong = guest_->start(settings);
    QVERIFY2(wrong.empty(), wrong.c_str());
    QVERIFY(guest_->heard("ready"));
    QVERIFY(guest_->order("ide"));
    QVERIFY(guest_->heard("loaded"));
    QCOMPARE(sumInGuest(), std::string());
}

void GuestDvdTest::discsAreChangedAHundredTimes() {
    std::array<std::string, kDiscs> paths;
    std::array<std::string, kDiscs> sums;
    for (unsigned number = 0; number < kDiscs; ++number) {
        // All of other sizes.
        const QByteArray content = disc(number + 1, 100 + static_cast<int>(number) * 37);
        paths[number] = guest_->write("disc" + std::to_string(number) + ".iso", content);
        sums[number] = sumOf(content);
    }
    for (unsigned turn = 0; turn < kChanges; ++turn) {
        const auto inserted = insert(paths[turn % kDiscs]);
        QVERIFY2(inserted, inserted ? "" : describe(inserted.error()).c_str());
        QCOMPARE(sumInGuest(), sums[turn % kDiscs]);
    }
    QVERIFY(insert(""));
    QCOMPARE(sumInGuest(), std::string());
}

void GuestDvdTest::aDiscThatIsChangedWhileItIsReadIsNoMixture() {
    constexpr int kSeconds = 8;
    std::array<std::string, 4> paths;
    for (unsigned number = 0; number < paths.size(); ++number)
        paths[number] = guest_->write("watched" + std::to_string(number) + ".iso",
                                      disc(number + 1, kWatched + static_cast<int>(number) * 10));
    QVERIFY(insert(paths[0]));
    QVERIFY(guest_->order("do disc watch /dev/sr0 " + std::to_string(kSeconds)));
    QElapsedTimer passed;
    passed.start();
    unsigned changes = 0;
    // The kernel prevents removal while the drive is open, which holds for the guest alone.
    while (passed.elapsed() < kSeconds * 900) {
        // Now and then the drive is empty for a moment.
        if (++changes % 5 == 0)
            QVERIFY(insert(""));
        else
            QVERIFY(insert(paths[changes % paths.size()]));
        QTest::qWait(100);
    }
    const QString seen = QString::fromStdString(guest_->heard("did").value_or(""));
    qInfo("%u changes: %s", changes, qPrintable(seen));
    static const QRegularExpression kSeen(
        QStringLiteral("passes (\\d+) failures (\\d+) discs (\\d+) mixed (\\d+)"));
    const auto match = kSeen.match(seen);
    QVERIFY2(match.hasMatch(), qPrintable(seen));
    QVERIFY(match.captured(1).toInt() > 0);
    QVERIFY(match.captured(2).toInt() > 0);
    QVERIFY(match.captured(3).toInt() > 1);
    QCOMPARE(match.captured(4).toInt(), 0);
    QVERIFY(insert(""));
}

void GuestDvdTest::theGuestEjectsWhenNothingPreventsIt() {
    const QByteArray content = disc(9, 120);
    const std::string path = guest_->write("ejected.iso", content);
    QVERIFY(insert(path));
    QCOMPARE(sumInGuest(), sumOf(content));
    // Medium removal prevented.
    QCOMPARE(did("disc prevent,eject,allow /dev/sr0"), std::string("done 5/53/02 done"));
    QCOMPARE(inDrive(), path);
    QCOMPARE(sumInGuest(), sumOf(content));
    const std::size_t before = events("DiscEjected").size();
    QCOMPARE(did("disc eject /dev/sr0"), std::string("done"));
    QVERIFY(eventually([&] { return inDrive().empty(); }));
    const auto told = events("DiscEjected");
    QCOMPARE(told.size(), before + 1);
    QVERIFY2(told.back().find("IDE 1:0") != std::string::npos, told.back().c_str());
    // The tray closes empty, and the disc that is put in again is the same.
    QCOMPARE(did("disc load /dev/sr0"), std::string("done"));
    QCOMPARE(sumInGuest(), std::string());
    QVERIFY(insert(path));
    QCOMPARE(sumInGuest(), sumOf(content));
    QVERIFY(insert(""));
    QCOMPARE(events("DiscEjected").size(), before + 1);
}

void GuestDvdTest::whatCannotBeOpenedIsRefused() {
    const QByteArray content = disc(6, 100);
    const std::string stays = guest_->write("stays.iso", content);
    QVERIFY(insert(stays));
    for (const std::string& bad :
         {std::string("/nowhere/at-all.iso"), guest_->service().folder()}) {
        const auto refused = insert(bad);
        QVERIFY2(!refused, bad.c_str());
        QVERIFY2(refused.error().data.field.ends_with(".path"), describe(refused.error()).c_str());
        QCOMPARE(inDrive(), stays);
        QCOMPARE(sumInGuest(), sumOf(content));
    }
    QVERIFY(insert(""));
}

void GuestDvdTest::anImageThatIsCutOffIsAnErrorForTheGuestAndAnEvent() {
    const QByteArray content = disc(7, 3000);
    const std::string path = guest_->write("cut.iso", content);
    QVERIFY(insert(path));
    QVERIFY(events("DriveFailed").empty());
    QCOMPARE(::truncate(path.c_str(), 1000 * kBlock), 0);
    QVERIFY(sumInGuest() != sumOf(content));
    QVERIFY(eventually([this] { return !events("DriveFailed").empty(); }));
    const auto told = events("DriveFailed");
    // Not of each read.
    QCOMPARE(told.size(), std::size_t{1});
    QVERIFY2(told.front().find(path) != std::string::npos &&
                 told.front().find("IDE 1:0") != std::string::npos &&
                 told.front().find("shorter") != std::string::npos,
             told.front().c_str());
    // The drive goes on with another disc.
    const QByteArray sound = disc(8, 100);
    QVERIFY(insert(guest_->write("sound.iso", sound)));
    QCOMPARE(sumInGuest(), sumOf(sound));
    QVERIFY(insert(""));
}

void GuestDvdTest::anImageThatIsRemovedServesOn() {
    const QByteArray content = disc(5, 2000);
    const std::string path = guest_->write("removed.iso", content);
    QVERIFY(insert(path));
    QCOMPARE(::unlink(path.c_str()), 0);
    QCOMPARE(sumInGuest(), sumOf(content));
    QVERIFY(insert(""));
    QVERIFY(!insert(path));
    QCOMPARE(sumInGuest(), std::string());
}

void GuestDvdTest::theOwnerLearnsThatThereIsNothingToBoot() {
    constexpr const char* kOther = "without a system";
    MachineSettings settings = OrderedGuest::settings();
    settings.name = kOther;
    settings.firmware.kernel.reset();
    settings.memory.startupBytes = settings.memory.minimumBytes = 64U << 20U;
    Drive disk;
    disk.path = guest_->write("no-system.img", QByteArray(1 << 20, '\0'));
    settings.drives = {disk};
    auto& client = guest_->client();
    QVERIFY(client.call<MachineCreateMethod>({settings, std::nullopt}));
    QVERIFY(client.call<MachineStartMethod>({kOther}));
    QVERIFY(eventually([this] { return !events("NothingToBoot").empty(); }));
    const std::string told = events("NothingToBoot").front();
    QVERIFY2(told.find("Hard Disk: not a bootable disk") != std::string::npos, told.c_str());
    // It waits, and is told once.
    QTest::qWait(1000);
    QCOMPARE(events("NothingToBoot").size(), std::size_t{1});
    const auto reply = client.call<MachineGetMethod>({kOther});
    QVERIFY(reply);
    QCOMPARE(reply->machine.summary.state, MachineState::Running);
}

QTEST_GUILESS_MAIN(GuestDvdTest)
#include "guest_dvd_test.moc"
