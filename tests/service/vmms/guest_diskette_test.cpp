// SPDX-License-Identifier: GPL-3.0-or-later
//
// Diskettes that are changed under Debian's floppy driver, in a machine of the service.
#include <sys/stat.h>
#include <unistd.h>

#include <QFile>
#include <QtTest>
#include <memory>

#include "ordered_guest.h"
#include "service/ipc/methods.h"

using namespace service;  // NOLINT: the interface under test
using tests::OrderedGuest;
using tests::sumOf;

namespace {

constexpr int kUsual = 1440 * 1024;

QByteArray patterned(int size, char first) {
    QByteArray bytes(size, '\0');
    for (int i = 0; i < size; ++i)
        bytes[i] = static_cast<char>(first + i / 512 * 3 + i);
    return bytes;
}

}  // namespace

class GuestDisketteTest : public QObject {
    Q_OBJECT

    std::unique_ptr<OrderedGuest> guest_;

    [[nodiscard]] static QByteArray read(const std::string& path) {
        QFile file(QString::fromStdString(path));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    [[nodiscard]] RpcResult<MachineReply> setFloppy(const std::optional<FloppyDrive>& drive) {
        MachineSetParams params;
        params.machine = OrderedGuest::kName;
        params.changes.emplace("floppy", encodeValue(drive));
        return guest_->client().call<MachineSetMethod>(params);
    }
    [[nodiscard]] RpcResult<MachineReply> insert(const std::string& path) {
        return setFloppy(FloppyDrive{path});
    }
    /// Of the diskette in the drive, as the guest reads it.
    [[nodiscard]] std::string sumInGuest() { return guest_->sum("/dev/fd0"); }

  private slots:
    void initTestCase();
    void anEmptyDriveHasNothingToRead();
    void diskettesAreChanged();
    void whatIsWrittenIsInItsImage();
    void aFileThatCannotBeWrittenIsWriteProtected();
    void whatDoesNotFitIsRefused();
    void aDriveThatIsEmptyAgainLetsItsImageGo();
};

void GuestDisketteTest::initTestCase() {
    if (const auto missing = OrderedGuest::whatIsMissing())
        QSKIP(missing->c_str());
    guest_ = std::make_unique<OrderedGuest>();
    const std::string wrong = guest_->start(OrderedGuest::settings("", OrderedGuest::kStandard));
    QVERIFY2(wrong.empty(), wrong.c_str());
    QVERIFY(guest_->heard("ready"));
    QVERIFY(guest_->order("diskette"));
    QVERIFY(guest_->heard("loaded"));
    // Nothing is missing that the machine should have.
    const auto events = guest_->client().call<EventsListMethod>({});
    QVERIFY(events);
    for (const EventRecord& event : events->events)
        QVERIFY2(event.kind != "NotAttached", event.text.c_str());
}

void GuestDisketteTest::anEmptyDriveHasNothingToRead() {
    QCOMPARE(sumInGuest(), std::string());
}

void GuestDisketteTest::diskettesAreChanged() {
    for (const char first : {'a', 'b', 'c'}) {
        const QByteArray content = patterned(kUsual, first);
        const std::string path = guest_->write(std::string("disk-") + first + ".img", content);
        const auto inserted = insert(path);
        QVERIFY2(inserted, inserted ? "" : describe(inserted.error()).c_str());
        QCOMPARE(guest_->details().settings.floppy->path, path);
        QCOMPARE(sumInGuest(), sumOf(content));
    }
    // One of half the density, which the driver has to find out.
    const QByteArray content = patterned(kUsual / 2, 'd');
    QVERIFY(insert(guest_->write("disk-d.vfd", content)));
    QCOMPARE(sumInGuest(), sumOf(content));
}

void GuestDisketteTest::whatIsWrittenIsInItsImage() {
    const QByteArray content = patterned(kUsual, 'w');
    const std::string path = guest_->write("written.img", content);
    QVERIFY(insert(path));
    QCOMPARE(sumInGuest(), sumOf(content));
    QVERIFY(guest_->order("write /dev/fd0"));
    QVERIFY(guest_->heard("written"));
    QVERIFY(setFloppy(std::nullopt));
    const QByteArray sector = QByteArray("written\n").repeated(64);
    QCOMPARE(read(path).first(512), sector);
    QCOMPARE(read(path).sliced(512), content.sliced(512));
    QCOMPARE(sumInGuest(), std::string());
}

void GuestDisketteTest::aFileThatCannotBeWrittenIsWriteProtected() {
    const QByteArray content = patterned(kUsual, 'p');
    const std::string path = guest_->write("protected.img", content);
    QCOMPARE(::chmod(path.c_str(), 0444), 0);
    if (::access(path.c_str(), W_OK) == 0)
        QSKIP("root writes to any file");
    QVERIFY(insert(path));
    QCOMPARE(sumInGuest(), sumOf(content));
    QVERIFY(guest_->order("write /dev/fd0"));
    QVERIFY(guest_->heard("refused"));
    QVERIFY(insert(""));
    QCOMPARE(read(path), content);
}

void GuestDisketteTest::whatDoesNotFitIsRefused() {
    const QByteArray content = patterned(kUsual, 's');
    const std::string stays = guest_->write("stays.img", content);
    QVERIFY(insert(stays));
    for (const auto& [name, size] :
         {std::pair{"wide.img", 1200 * 1024}, {"dense.img", 2880 * 1024}, {"none.img", 5 << 20}}) {
        const auto refused = insert(guest_->write(name, QByteArray(size, '\0')));
        QVERIFY(!refused);
        QCOMPARE(refused.error().data.field, std::string("floppy.path"));
    }
    const auto missing = insert("/nowhere/at-all.img");
    QVERIFY(!missing);
    QCOMPARE(missing.error().data.field, std::string("floppy.path"));
    QCOMPARE(guest_->details().settings.floppy->path, stays);
    QCOMPARE(sumInGuest(), sumOf(content));
}

void GuestDisketteTest::aDriveThatIsEmptyAgainLetsItsImageGo() {
    const std::string path = guest_->write("let-go.img", patterned(kUsual, 'l'));
    QVERIFY(insert(path));
    QVERIFY(insert(""));
    QVERIFY(guest_->details().settings.floppy == FloppyDrive{});
    // Its lock has gone with it.
    QVERIFY(insert(path));
    QVERIFY(setFloppy(std::nullopt));
}

QTEST_GUILESS_MAIN(GuestDisketteTest)
#include "guest_diskette_test.moc"
