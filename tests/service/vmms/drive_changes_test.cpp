// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/vmms/drive_changes.h"

#include <QtTest>
#include <vector>

using namespace service;

namespace {

Drive disk(ControllerKind controller, std::uint32_t location, const char* path) {
    return {controller, 0, location, DriveKind::HardDisk, path, false};
}
Drive dvd(ControllerKind controller, std::uint32_t location, const char* path) {
    return {controller, 0, location, DriveKind::Dvd, path, false};
}

}  // namespace

class DriveChangesTest : public QObject {
    Q_OBJECT

  private slots:
    void disksAtScsiControllersComeAndGo() {
        const auto changes = driveChanges(
            {disk(ControllerKind::Scsi, 0, "/a"), disk(ControllerKind::Scsi, 1, "/b")},
            {disk(ControllerKind::Scsi, 0, "/a"), disk(ControllerKind::Scsi, 1, "/c")});
        QCOMPARE(changes.size(), std::size_t{2});
        QCOMPARE(changes[0].kind, DriveChange::Kind::Detach);
        QCOMPARE(changes[0].drive.path, std::string("/b"));
        QCOMPARE(changes[1].kind, DriveChange::Kind::Attach);
        QCOMPARE(changes[1].drive.path, std::string("/c"));
        QCOMPARE(changes[1].field, std::string("drives[1].path"));
    }

    void discsChangeAtAnyController() {
        for (const ControllerKind kind : {ControllerKind::Ide, ControllerKind::Scsi}) {
            const auto changes = driveChanges({dvd(kind, 1, "/a.iso")}, {dvd(kind, 1, "")});
            QCOMPARE(changes.size(), std::size_t{1});
            QCOMPARE(changes[0].kind, DriveChange::Kind::Attach);
            QCOMPARE(changes[0].drive.path, std::string());
        }
    }

    void diskettesChange() {
        const auto change = disketteChange(FloppyDrive{"/a.img"}, FloppyDrive{"/b.img"});
        QVERIFY(change && change->kind == DriveChange::Kind::Diskette);
        QCOMPARE(change->drive.path, std::string("/b.img"));
        QCOMPARE(change->field, std::string("floppy.path"));
        // An empty drive, whether the settings have it or not.
        const auto ejected = disketteChange(FloppyDrive{"/a.img"}, std::nullopt);
        QVERIFY(ejected && ejected->drive.path.empty());
        QVERIFY(disketteChange(std::nullopt, FloppyDrive{"/a.img"}));
        QVERIFY(!disketteChange(std::nullopt, FloppyDrive{}));
        QVERIFY(!disketteChange(FloppyDrive{"/a.img"}, FloppyDrive{"/a.img"}));
    }

    void drivesAtIdeControllersStay() {
        using Drives = std::vector<Drive>;
        constexpr ControllerKind kIde = ControllerKind::Ide;
        for (const auto& [before, after] :
             {std::pair{Drives{disk(kIde, 0, "/a")}, Drives{disk(kIde, 0, "/b")}},
              {Drives{disk(kIde, 0, "/a")}, Drives{}},
              {Drives{}, Drives{dvd(kIde, 0, "/a.iso")}},
              {Drives{dvd(kIde, 0, "/a.iso")}, Drives{disk(kIde, 0, "/a.iso")}}})
            QVERIFY(driveChanges(before, after).empty());
    }
};

QTEST_APPLESS_MAIN(DriveChangesTest)
#include "drive_changes_test.moc"
