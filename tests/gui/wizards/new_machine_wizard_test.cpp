// SPDX-License-Identifier: GPL-3.0-or-later
//
// From the first page to a machine in a real vireod.
#include "gui/wizards/new_machine_wizard.h"

#include <QCheckBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QRadioButton>
#include <QSettings>
#include <QSpinBox>
#include <QtTest>

#include "connected_test.h"
#include "field.h"
#include "gui/appearance/banner.h"
#include "gui/wizards/quick_create_dialog.h"

using namespace gui;      // NOLINT: under test
using namespace service;  // NOLINT: what it talks to
using tests::field;
using tests::tinyMachine;

class NewMachineWizardTest : public tests::ConnectedTest {
    Q_OBJECT

    QTemporaryDir settings_;

    std::unique_ptr<NewMachineWizard> open() {
        auto wizard = std::make_unique<NewMachineWizard>(*store_);
        wizard->show();
        // Where the user's disks would go is not this test's to write to.
        field<QLineEdit>(*wizard, "diskLocation").setText(folder("disks"));
        return wizard;
    }
    [[nodiscard]] QString folder(const QString& name) const {
        return QString::fromStdString(service_->folder()) + '/' + name;
    }
    static QPushButton& button(const QDialog& dialog, const char* name) {
        return field<QPushButton>(dialog, name);
    }
    std::optional<MachineDetails> find(const std::string& name) {
        auto reply = client_->call<MachineGetMethod>({name});
        return reply ? std::optional(std::move(reply->machine)) : std::nullopt;
    }

  private slots:
    void initTestCase() {
        QCoreApplication::setOrganizationName("vireo-test");
        QCoreApplication::setApplicationName("wizard");
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, settings_.path());
    }
    void init() {
        QSettings().clear();
        QVERIFY2(startService(), service_->output().c_str());
        connectStore();
        QTRY_VERIFY(store_->isComplete() && store_->host());
    }
    void cleanup() { stopService(); }

    void defaultsMakeAMachine() {
        const auto wizard = open();
        QVERIFY(button(*wizard, "finish").isEnabled());
        QVERIFY(!button(*wizard, "previous").isEnabled());
        QSignalSpy created(wizard.get(), &NewMachineWizard::created);
        button(*wizard, "finish").click();
        QTRY_VERIFY(!wizard->isVisible());
        QCOMPARE(wizard->result(), int(QDialog::Accepted));
        QCOMPARE(created.count(), 1);
        const auto machine = find("New Virtual Machine");
        QVERIFY(machine);
        QCOMPARE(machine->settings.memory.startupBytes, 1ULL << 30);
        QCOMPARE(machine->settings.generation, 1U);
        QCOMPARE(machine->settings.drives.size(), 2U);
        QCOMPARE(QString::fromStdString(machine->settings.drives[0].path),
                 folder("disks/New Virtual Machine.vhdx"));
        QVERIFY(QFile::exists(folder("disks/New Virtual Machine.vhdx")));
    }

    void everyPageSaysWhatTheMachineIs() {
        const auto wizard = open();
        QPushButton& next = button(*wizard, "next");
        QListWidget& steps = field<QListWidget>(*wizard, "steps");
        QVERIFY(!(steps.item(5)->flags() & Qt::ItemIsEnabled));
        next.click();
        field<QLineEdit>(*wizard, "name").setText("from the wizard");
        next.click();
        QVERIFY(!field<QRadioButton>(*wizard, "generation2").isEnabled());
        next.click();
        field<QSpinBox>(*wizard, "memory").setValue(32);
        next.click();
        next.click();
        field<QRadioButton>(*wizard, "diskLater").click();
        next.click();
        QCheckBox& start = field<QCheckBox>(*wizard, "start");
        field<QRadioButton>(*wizard, "installKernel").click();
        // A kernel is wanted now.
        QVERIFY(!next.isEnabled());
        QVERIFY(!button(*wizard, "finish").isEnabled());
        field<QLineEdit>(*wizard, "kernel").setText(HALTED_GUEST);
        field<QLineEdit>(*wizard, "commandLine").setText("said to the kernel");
        QVERIFY(next.isEnabled());
        next.click();
        QCOMPARE(wizard->current(), 7);
        QVERIFY(!next.isEnabled());
        QVERIFY(start.isEnabled());
        start.setChecked(true);
        // Reached steps can be gone back to.
        steps.setCurrentRow(1);
        QCOMPARE(wizard->current(), 1);
        QVERIFY(field<QLineEdit>(*wizard, "name").isVisible());
        QSignalSpy created(wizard.get(), &NewMachineWizard::created);
        button(*wizard, "finish").click();
        QTRY_VERIFY(!wizard->isVisible());
        QCOMPARE(created.count(), 1);
        const auto machine = find("from the wizard");
        QVERIFY(machine);
        QCOMPARE(machine->summary.state, MachineState::Running);
        QCOMPARE(machine->settings.memory.startupBytes, 32ULL << 20);
        QCOMPARE(machine->settings.firmware.kernel->path, std::string(HALTED_GUEST));
        QCOMPARE(machine->settings.firmware.kernel->commandLine, std::string("said to the kernel"));
        QCOMPARE(machine->settings.drives.size(), 1U);
    }

    void aNameThatIsTakenIsSaidOnItsPage() {
        QVERIFY(client_->call<MachineCreateMethod>(
            {tinyMachine("New Virtual Machine", HALTED_GUEST), std::nullopt}));
        QTRY_COMPARE(store_->machines().size(), 1U);
        const auto wizard = open();
        QLineEdit& name = field<QLineEdit>(*wizard, "name");
        QCOMPARE(name.text(), QString("New Virtual Machine 2"));
        name.setText("New Virtual Machine");
        QVERIFY(!button(*wizard, "finish").isEnabled());
        name.clear();
        QVERIFY(!button(*wizard, "finish").isEnabled());
        name.setText("free");
        QVERIFY(button(*wizard, "finish").isEnabled());
    }

    void aRefusalLeadsToItsPageAndLeavesNoDisk() {
        const auto wizard = open();
        field<QLineEdit>(*wizard, "name").setText("half");
        field<QRadioButton>(*wizard, "installKernel").click();
        QLineEdit& kernel = field<QLineEdit>(*wizard, "kernel");
        kernel.setText("/nowhere/vmlinuz");
        button(*wizard, "finish").click();
        QTRY_VERIFY(kernel.isVisible());
        QVERIFY(kernel.hasFocus());
        QVERIFY(std::ranges::any_of(wizard->findChildren<QLabel*>(), [](const QLabel* label) {
            return label->isVisible() && label->text().contains("/nowhere/vmlinuz");
        }));
        QVERIFY(!find("half"));
        QVERIFY(!QFile::exists(folder("disks/half.vhdx")));
        // Mended, it goes on from there.
        kernel.setText(HALTED_GUEST);
        button(*wizard, "finish").click();
        QTRY_VERIFY(!wizard->isVisible());
        QVERIFY(find("half"));
        QVERIFY(QFile::exists(folder("disks/half.vhdx")));
    }

    void anExistingDiskIsInspectedAtOnce() {
        QFile wrong(folder("wrong.vhdx"));
        QVERIFY(wrong.open(QIODevice::WriteOnly));
        wrong.write("no disk");
        wrong.close();
        const std::string path = folder("right.vhdx").toStdString();
        DiskCreateParams disk;
        disk.path = path;
        disk.sizeBytes = 1ULL << 30;
        QVERIFY(client_->call<DiskCreateMethod>(disk));
        QTRY_VERIFY(client_->call<DiskInspectMethod>({path}));
        const auto wizard = open();
        field<QRadioButton>(*wizard, "existingDisk").click();
        QVERIFY(!button(*wizard, "finish").isEnabled());
        QLabel& note = field<QLabel>(*wizard, "existingNote");
        field<QLineEdit>(*wizard, "existingPath").setText(wrong.fileName());
        QTRY_VERIFY(!note.text().isEmpty());
        QVERIFY(!button(*wizard, "finish").isEnabled());
        field<QLineEdit>(*wizard, "existingPath").setText(QString::fromStdString(path));
        QTRY_VERIFY(note.text().contains("VHDX"));
        QVERIFY(button(*wizard, "finish").isEnabled());
        button(*wizard, "finish").click();
        QTRY_VERIFY(!wizard->isVisible());
        QCOMPARE(find("New Virtual Machine")->settings.drives[0].path, path);
    }

    void theFirstPageIsShownUntilItIsUnwanted() {
        {
            const auto wizard = open();
            QCOMPARE(wizard->current(), 0);
            field<QCheckBox>(*wizard, "doNotShow").setChecked(true);
        }
        QCOMPARE(open()->current(), 1);
    }

    void enterGoesToTheNextPage() {
        const auto wizard = open();
        QTest::keyClick(wizard.get(), Qt::Key_Return);
        QCOMPARE(wizard->current(), 1);
        QTest::keyClick(&field<QLineEdit>(*wizard, "name"), Qt::Key_Return);
        QCOMPARE(wizard->current(), 2);
        QTest::keyClick(wizard.get(), Qt::Key_Escape);
        QVERIFY(!wizard->isVisible());
        QVERIFY(store_->machines().empty());
    }

    void quickCreateMakesAMachineThatRuns() {
        QuickCreateDialog dialog(*store_);
        dialog.show();
        field<QLineEdit>(dialog, "name").setText("quick");
        field<QSpinBox>(dialog, "memory").setValue(16);
        field<QSpinBox>(dialog, "processors").setValue(2);
        field<QLineEdit>(dialog, "kernel").setText("/nowhere/vmlinuz");
        field<QLineEdit>(dialog, "initrd").clear();
        button(dialog, "create").click();
        QTRY_VERIFY(field<QLineEdit>(dialog, "kernel").hasFocus());
        QVERIFY(!find("quick"));
        field<QLineEdit>(dialog, "kernel").setText(HALTED_GUEST);
        button(dialog, "create").click();
        QTRY_VERIFY(!dialog.isVisible());
        const auto machine = find("quick");
        QVERIFY(machine);
        QCOMPARE(machine->summary.state, MachineState::Running);
        QCOMPARE(machine->settings.processor.count, 2U);
    }
};

QTEST_MAIN(NewMachineWizardTest)
#include "new_machine_wizard_test.moc"
