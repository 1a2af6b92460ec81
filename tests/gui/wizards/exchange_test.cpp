// SPDX-License-Identifier: GPL-3.0-or-later
//
// Machines exported and imported in the manager, through a real vireod.
#include <signal.h>

#include <QDir>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QRadioButton>
#include <QSettings>
#include <QtTest>
#include <algorithm>

#include "connected_test.h"
#include "field.h"
#include "gui/appearance/banner.h"
#include "gui/fields/field_note.h"
#include "gui/wizards/export_dialog.h"
#include "gui/wizards/import_wizard.h"

using namespace gui;      // NOLINT: under test
using namespace service;  // NOLINT: what it talks to
using tests::field;

namespace {

constexpr int kPatience = 60'000;
/// Steps of the wizard.
enum Step { Introduction, Folder, Machine, Type, Folders, Summary };

}  // namespace

class ExchangeTest : public tests::ConnectedTest {
    Q_OBJECT

    [[nodiscard]] QString path(const QString& name) const {
        return QString::fromStdString(service_->folder()) + '/' + name;
    }
    [[nodiscard]] QString folder(const QString& name) const {
        QDir().mkpath(path(name));
        return path(name);
    }
    static QStringList entries(const QString& folder) {
        return QDir(folder).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
    }
    static QPushButton& button(const QDialog& dialog, const char* name) {
        return field<QPushButton>(dialog, name);
    }
    /// "web" with a disk of so many megabytes; its id.
    std::string makeMachine(int megabytes) {
        QFile disk(path("web.img"));
        const QByteArray piece(1 << 20, 'x');
        bool written = disk.open(QIODevice::WriteOnly);
        for (int at = 0; written && at < megabytes; ++at)
            written = disk.write(piece) == piece.size();
        disk.close();
        MachineSettings settings = tests::tinyMachine("web", HALTED_GUEST);
        Drive drive;
        drive.path = path("web.img").toStdString();
        settings.drives = {drive};
        const auto made = client_->call<MachineCreateMethod>({settings, std::nullopt});
        if (!written || !made)
            qFatal("no machine");
        const std::string id = made->machine.settings.id;
        if (!QTest::qWaitFor([&] { return store_->find(id) != nullptr; }))
            qFatal("the machine is not listed");
        return id;
    }
    void exportTo(const std::string& id, const QString& place) {
        ExportDialog dialog(*store_, id);
        dialog.show();
        field<QLineEdit>(dialog, "location").setText(place);
        button(dialog, "export").click();
        if (!QTest::qWaitFor([&] { return !dialog.isVisible(); }, kPatience))
            qFatal("it is not exported");
    }
    void remove(const std::string& id) {
        QVERIFY(client_->call<MachineDeleteMethod>({id, std::nullopt}));
        QTRY_VERIFY(!store_->find(id));
    }
    /// At the page after the one where the folder is asked for.
    std::unique_ptr<ImportWizard> locate(const QString& place) {
        auto wizard = std::make_unique<ImportWizard>(*store_);
        wizard->show();
        field<QLineEdit>(*wizard, "folder").setText(place);
        button(*wizard, "next").click();
        if (!QTest::qWaitFor([&] { return button(*wizard, "next").isEnabled(); }))
            qFatal("the folder is not looked at");
        button(*wizard, "next").click();
        return wizard;
    }
    std::string finish(ImportWizard& wizard) {
        QSignalSpy imported(&wizard, &ImportWizard::imported);
        button(wizard, "finish").click();
        if (!QTest::qWaitFor([&] { return !wizard.isVisible(); }, kPatience))
            qWarning("%s", qPrintable(wizard.findChild<Banner*>()->text()));
        return imported.count() == 1 ? imported[0][0].value<std::string>() : std::string();
    }

  private slots:
    void init() {
        QSettings().remove("wizards");
        QVERIFY2(startService(), service_->output().c_str());
        connectStore();
        QTRY_VERIFY(store_->isComplete());
    }
    void cleanup() { stopService(); }

    void aMachineIsExportedAndErrorsAreSaidAtTheField() {
        const std::string id = makeMachine(2);
        ExportDialog dialog(*store_, id);
        dialog.show();
        auto& location = field<QLineEdit>(dialog, "location");
        const auto& note = field<FieldNote>(dialog, "locationNote");
        QVERIFY(!button(dialog, "export").isEnabled());
        location.setText("relative");
        QVERIFY(!button(dialog, "export").isEnabled());
        location.setText(path("nowhere"));
        button(dialog, "export").click();
        QTRY_VERIFY(note.isVisible());
        QCOMPARE(note.kind(), FieldNote::Kind::Problem);
        location.setText(folder("out"));
        QVERIFY(!note.isVisible());
        button(dialog, "export").click();
        QTRY_VERIFY_WITH_TIMEOUT(!dialog.isVisible(), kPatience);
        QCOMPARE(dialog.result(), static_cast<int>(QDialog::Accepted));
        QVERIFY(QFile::exists(path("out/web/Virtual Hard Disks/web.img")));

        ExportDialog again(*store_, id);
        again.show();
        field<QLineEdit>(again, "location").setText(path("out"));
        button(again, "export").click();
        QTRY_VERIFY(field<FieldNote>(again, "locationNote").isVisible());
        QVERIFY(button(again, "export").isEnabled());
    }

    void aCancelledExportLeavesNothingAndCanBeTriedAgain() {
        const std::string id = makeMachine(512);
        ExportDialog dialog(*store_, id);
        dialog.show();
        field<QLineEdit>(dialog, "location").setText(folder("out"));
        button(dialog, "export").click();
        QVERIFY(!button(dialog, "export").isEnabled());
        QTRY_VERIFY(QFile::exists(path("out/.web.exporting")));
        // It gets the cancellation in the middle of it.
        ::kill(service_->process(), SIGSTOP);
        const bool caught = QFile::exists(path("out/.web.exporting"));
        button(dialog, "cancel").click();
        QTest::qWait(0);
        ::kill(service_->process(), SIGCONT);
        if (!caught)
            QSKIP("this file system copies at once");
        QTRY_VERIFY_WITH_TIMEOUT(button(dialog, "export").isEnabled(), kPatience);
        QVERIFY(dialog.isVisible());
        QVERIFY(entries(path("out")).isEmpty());
        button(dialog, "cancel").click();
        QVERIFY(!dialog.isVisible());
    }

    void aMachineIsRegisteredInPlaceFromBeginningToEnd() {
        const std::string id = makeMachine(2);
        exportTo(id, folder("out"));
        remove(id);
        ImportWizard wizard(*store_);
        wizard.show();
        QCOMPARE(wizard.current(), Introduction);
        QCOMPARE(field<QListWidget>(wizard, "steps").count(), 6);
        QVERIFY(!button(wizard, "finish").isEnabled());
        button(wizard, "next").click();
        QCOMPARE(wizard.current(), Folder);
        field<QLineEdit>(wizard, "folder").setText(path("out"));
        QTRY_COMPARE(field<FieldNote>(wizard, "folderNote").kind(), FieldNote::Kind::Problem);
        QVERIFY(!button(wizard, "next").isEnabled());
        field<QLineEdit>(wizard, "folder").setText(path("out/web"));
        QTRY_VERIFY(button(wizard, "next").isEnabled());
        QCOMPARE(field<FieldNote>(wizard, "folderNote").kind(), FieldNote::Kind::Explanation);
        button(wizard, "next").click();
        QCOMPARE(wizard.current(), Machine);
        const auto says = [&](const QString& text) {
            return std::ranges::any_of(wizard.findChildren<QLabel*>(), [&](const QLabel* label) {
                return label->isVisible() && label->accessibleDescription() == text;
            });
        };
        QTRY_VERIFY(says("web"));
        QVERIFY(!field<FieldNote>(wizard, "problems").isVisible());
        button(wizard, "next").click();
        QCOMPARE(wizard.current(), Type);
        QVERIFY(field<QRadioButton>(wizard, "register").isChecked());
        button(wizard, "next").click();
        QCOMPARE(wizard.current(), Folders);
        QCOMPARE(field<QLineEdit>(wizard, "name").text(), "web");
        QVERIFY(!field<QLineEdit>(wizard, "diskFolder").isEnabled());
        button(wizard, "next").click();
        QCOMPARE(wizard.current(), Summary);
        QCOMPARE(finish(wizard), id);
        const auto machine = client_->call<MachineGetMethod>({"web"});
        QVERIFY(machine);
        QCOMPARE(QString::fromStdString(machine->machine.settings.drives[0].path),
                 path("out/web/Virtual Hard Disks/web.img"));
    }

    void whatCannotBeIsGreyedWithItsReasonAndACopyIsMade() {
        const std::string id = makeMachine(2);
        exportTo(id, folder("out"));
        const auto wizard = locate(path("out/web"));
        QVERIFY(field<FieldNote>(*wizard, "warnings").text().contains("\"web\""));
        for (const char* const name : {"register", "restore"}) {
            QVERIFY(!field<QRadioButton>(*wizard, name).isEnabled());
            QVERIFY(field<QRadioButton>(*wizard, name).toolTip().contains("\"web\""));
        }
        QVERIFY(field<QRadioButton>(*wizard, "copy").isChecked());
        auto& name = field<QLineEdit>(*wizard, "name");
        QCOMPARE(name.text(), "web 2");
        name.setText("web");
        QVERIFY(!button(*wizard, "finish").isEnabled());
        name.setText("second");
        auto& disks = field<QLineEdit>(*wizard, "diskFolder");
        disks.setText("relative");
        QVERIFY(!button(*wizard, "finish").isEnabled());
        // Made when it is needed.
        disks.setText(path("new/disks"));
        QVERIFY(button(*wizard, "finish").isEnabled());
        const std::string copied = finish(*wizard);
        QVERIFY(!copied.empty() && copied != id);
        QTRY_VERIFY(store_->find(copied));
        QVERIFY(QFile::exists(path("new/disks/second/web.img")));
    }

    void whatTheServiceRefusesIsSaidAtItsFieldOnItsPage() {
        exportTo(makeMachine(2), folder("out"));
        const auto wizard = locate(path("out/web"));
        field<QLineEdit>(*wizard, "name").setText(" second ");
        field<QLineEdit>(*wizard, "diskFolder").setText(folder("disks"));
        button(*wizard, "finish").click();
        QTRY_COMPARE(wizard->current(), static_cast<int>(Folders));
        QVERIFY(field<FieldNote>(*wizard, "nameNote").isVisible());
        field<QLineEdit>(*wizard, "name").setText("second");
        QVERIFY(!field<FieldNote>(*wizard, "nameNote").isVisible());
        QVERIFY(QDir().mkpath(path("disks/second")));
        button(*wizard, "finish").click();
        QTRY_VERIFY(field<FieldNote>(*wizard, "diskNote").isVisible());
        QCOMPARE(entries(path("disks")), QStringList{"second"});
        // What only the job finds out stands above the page.
        field<QLineEdit>(*wizard, "name").setText("third");
        QVERIFY(QFile::remove(path("out/web/Virtual Hard Disks/web.img")));
        button(*wizard, "finish").click();
        QTRY_VERIFY(wizard->findChild<Banner*>()->isVisible());
        QVERIFY(wizard->findChild<Banner*>()->text().contains("web.img"));
        QCOMPARE(entries(path("disks")), QStringList{"second"});
    }

    void aMachineWithoutItsDiskCannotBeImported() {
        const std::string id = makeMachine(2);
        exportTo(id, folder("out"));
        remove(id);
        QVERIFY(QFile::remove(path("out/web/Virtual Hard Disks/web.img")));
        const auto wizard = locate(path("out/web"));
        QCOMPARE(wizard->current(), static_cast<int>(Machine));
        QVERIFY(field<FieldNote>(*wizard, "problems").text().contains("web.img"));
        QVERIFY(!button(*wizard, "next").isEnabled());
        QVERIFY(!button(*wizard, "finish").isEnabled());
    }
};

QTEST_MAIN(ExchangeTest)
#include "exchange_test.moc"
