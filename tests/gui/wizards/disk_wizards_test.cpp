// SPDX-License-Identifier: GPL-3.0-or-later
//
// Disks made, changed and looked at through a real vireod.
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QSpinBox>
#include <QtTest>
#include <algorithm>

#include "connected_test.h"
#include "field.h"
#include "gui/appearance/banner.h"
#include "gui/wizards/edit_disk_wizard.h"
#include "gui/wizards/inspect_disk_dialog.h"
#include "gui/wizards/new_disk_wizard.h"

using namespace gui;      // NOLINT: under test
using namespace service;  // NOLINT: what it talks to
using tests::field;

class DiskWizardsTest : public tests::ConnectedTest {
    Q_OBJECT

    [[nodiscard]] QString folder(const QString& name = {}) const {
        return QString::fromStdString(service_->folder()) + '/' + name;
    }
    static void press(const QDialog& dialog, const char* name) {
        field<QPushButton>(dialog, name).click();
    }
    std::optional<DiskInspectReply> inspect(const QString& path) {
        auto reply = client_->call<DiskInspectMethod>({path.toStdString()});
        return reply ? std::optional(std::move(*reply)) : std::nullopt;
    }
    /// A dynamic VHDX of 1 GB.
    QString make(const QString& name) {
        DiskCreateParams disk;
        disk.path = folder(name).toStdString();
        disk.sizeBytes = 1ULL << 30;
        if (!client_->call<DiskCreateMethod>(disk) ||
            !tests::eventually([&] { return inspect(folder(name)).has_value(); }))
            qFatal("no disk");
        return folder(name);
    }
    /// With its disk inspected.
    std::unique_ptr<EditDiskWizard> edit(const QString& path) {
        auto wizard = std::make_unique<EditDiskWizard>(*store_, nullptr, path);
        wizard->show();
        auto* const next = wizard->findChild<QPushButton*>("next");
        if (!QTest::qWaitFor([next] { return next->isEnabled(); }))
            qFatal("the disk is not inspected");
        return wizard;
    }

  private slots:
    void init() {
        QVERIFY2(startService(), service_->output().c_str());
        connectStore();
        QTRY_VERIFY(store_->isComplete());
    }
    void cleanup() { stopService(); }

    void aDiskIsMadeAsChosen() {
        NewDiskWizard wizard(*store_);
        wizard.show();
        field<QLineEdit>(wizard, "location").setText(folder("new/disks"));
        field<QRadioButton>(wizard, "vhd").click();
        QVERIFY(field<QLineEdit>(wizard, "name").text().endsWith(".vhd"));
        QCOMPARE(field<QSpinBox>(wizard, "size").maximum(), 2'040);
        field<QRadioButton>(wizard, "fixed").click();
        field<QLineEdit>(wizard, "name").setText("small.vhd");
        field<QSpinBox>(wizard, "size").setValue(1);
        QSignalSpy created(&wizard, &NewDiskWizard::created);
        press(wizard, "finish");
        QTRY_VERIFY_WITH_TIMEOUT(!wizard.isVisible(), 60'000);
        QCOMPARE(created.count(), 1);
        const auto disk = inspect(folder("new/disks/small.vhd"));
        QVERIFY(disk);
        QCOMPARE(disk->format, DiskFormat::Vhd);
        QCOMPARE(disk->type, DiskType::Fixed);
        QCOMPARE(disk->sizeBytes, 1ULL << 30);
    }

    void aDifferencingDiskWantsItsParent() {
        const QString parent = make("parent.vhdx");
        NewDiskWizard wizard(*store_);
        wizard.show();
        field<QLineEdit>(wizard, "location").setText(folder());
        field<QRadioButton>(wizard, "differencing").click();
        QVERIFY(!field<QPushButton>(wizard, "finish").isEnabled());
        field<QLineEdit>(wizard, "parent").setText(parent);
        QVERIFY(field<QPushButton>(wizard, "finish").isEnabled());
        press(wizard, "finish");
        QTRY_VERIFY(!wizard.isVisible());
        const auto disk = inspect(folder("New Virtual Hard Disk.vhdx"));
        QVERIFY(disk);
        QCOMPARE(disk->type, DiskType::Differencing);
    }

    void aDiskIsExpanded() {
        const QString path = make("one.vhdx");
        const auto wizard = edit(path);
        field<QRadioButton>(*wizard, "expand").click();
        field<QSpinBox>(*wizard, "size").setValue(3);
        press(*wizard, "finish");
        QTRY_VERIFY(!wizard->isVisible());
        QCOMPARE(inspect(path)->sizeBytes, 3ULL << 30);
    }

    void aDiskIsConverted() {
        const auto wizard = edit(make("one.vhdx"));
        QVERIFY(!field<QRadioButton>(*wizard, "merge").isEnabled());
        auto& format = field<QComboBox>(*wizard, "format");
        format.setCurrentIndex(1);
        QVERIFY(field<QLineEdit>(*wizard, "name").text().endsWith(".vhd"));
        field<QLineEdit>(*wizard, "name").setText("two.vhd");
        press(*wizard, "finish");
        QTRY_VERIFY(!wizard->isVisible());
        const auto disk = inspect(folder("two.vhd"));
        QVERIFY(disk);
        QCOMPARE(disk->format, DiskFormat::Vhd);
        QCOMPARE(disk->type, DiskType::Dynamic);
    }

    void whatIsNoDiskIsSaid() {
        QFile wrong(folder("wrong.vhdx"));
        QVERIFY(wrong.open(QIODevice::WriteOnly));
        wrong.write("no disk");
        wrong.close();
        EditDiskWizard wizard(*store_, nullptr, wrong.fileName());
        wizard.show();
        QTRY_VERIFY(field<QLabel>(wizard, "inspected").isVisible());
        QVERIFY(!field<QPushButton>(wizard, "next").isEnabled());
        InspectDiskDialog dialog(*connection_);
        dialog.setPath(wrong.fileName());
        dialog.open();
        QTRY_VERIFY(dialog.findChild<Banner*>()->isVisible());
    }

    void aDiskTellsOfItself() {
        InspectDiskDialog dialog(*connection_);
        dialog.setPath(make("one.vhdx"));
        dialog.open();
        QTRY_VERIFY(std::ranges::any_of(dialog.findChildren<QLineEdit*>(), [](QLineEdit* line) {
            return line->text() == QLatin1String("VHDX");
        }));
    }
};

QTEST_MAIN(DiskWizardsTest)
#include "disk_wizards_test.moc"
