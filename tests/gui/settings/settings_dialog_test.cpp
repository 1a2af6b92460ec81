// SPDX-License-Identifier: GPL-3.0-or-later
//
// The dialog against a real vireod.
#include "gui/settings/settings_dialog.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QSpinBox>
#include <QStackedWidget>
#include <QtTest>

#include "connected_test.h"
#include "field.h"
#include "gui/appearance/banner.h"
#include "gui/connection/machine_store.h"

using namespace gui;      // NOLINT: under test
using namespace service;  // NOLINT: what it talks to
using tests::field;
using tests::tinyMachine;

class SettingsDialogTest : public tests::ConnectedTest {
    Q_OBJECT

    std::string id_;

    MachineDetails details() {
        const auto reply = client_->call<MachineGetMethod>({id_});
        return reply ? reply->machine : MachineDetails{};
    }
    bool change(boost::json::object changes) {
        return client_->call<MachineSetMethod>({id_, std::move(changes)}).has_value();
    }
    /// With the machine's settings in it.
    std::unique_ptr<SettingsDialog> open(ProcessorPageExtras extras = {}) {
        auto dialog = std::make_unique<SettingsDialog>(*store_, id_, std::move(extras));
        dialog->show();
        auto* const ok = dialog->findChild<QPushButton*>("ok");
        if (!QTest::qWaitFor([ok] { return ok->isEnabled(); }))
            qFatal("no settings came");
        return dialog;
    }
    QString file(const QString& name, int bytes) {
        QFile image(QString::fromStdString(service_->folder()) + "/" + name);
        if (!image.open(QIODevice::WriteOnly) || image.write(QByteArray(bytes, 'x')) != bytes)
            qFatal("no image");
        return image.fileName();
    }
    static QWidgetList pagesOf(const SettingsDialog& dialog, QLatin1String kind) {
        QWidgetList pages = dialog.findChildren<QWidget*>();
        pages.removeIf([kind](const QWidget* page) {
            return QLatin1String(page->metaObject()->className()) != kind;
        });
        return pages;
    }
    static void press(const SettingsDialog& dialog, const char* name) {
        field<QPushButton>(dialog, name).click();
    }
    static bool applyIsDone(const SettingsDialog& dialog) {
        return QTest::qWaitFor([&dialog] {
            return field<QPushButton>(dialog, "ok").isEnabled() &&
                   !field<QPushButton>(dialog, "apply").isEnabled();
        });
    }

  private slots:
    void init() {
        QVERIFY2(startService(), service_->output().c_str());
        const auto made =
            client_->call<MachineCreateMethod>({tinyMachine("one", HALTED_GUEST), std::nullopt});
        QVERIFY(made);
        id_ = made->machine.settings.id;
        connectStore();
        QTRY_VERIFY(store_->isComplete() && store_->host());
    }
    void cleanup() { stopService(); }

    void percentsOfTotalFollowWhatIsTyped() {
        const auto dialog = open();
        const auto lps = store_->host()->logicalProcessors;
        field<QSpinBox>(*dialog, "processors").setValue(2);
        field<QDoubleSpinBox>(*dialog, "reserve").setValue(25);
        field<QDoubleSpinBox>(*dialog, "limit").setValue(75);
        QCOMPARE(field<QLineEdit>(*dialog, "reserveOfTotal").text().toInt(), int(50 / lps));
        QCOMPARE(field<QLineEdit>(*dialog, "limitOfTotal").text().toInt(), int(150 / lps));
        field<QDoubleSpinBox>(*dialog, "limit").setValue(100);
        QCOMPARE(field<QLineEdit>(*dialog, "limitOfTotal").text().toInt(), int(200 / lps));
    }

    void aReserveOverTheLimitIsSaidBeforeItIsApplied() {
        const auto dialog = open();
        field<QDoubleSpinBox>(*dialog, "limit").setValue(50);
        QVERIFY(field<QPushButton>(*dialog, "apply").isEnabled());
        field<QDoubleSpinBox>(*dialog, "reserve").setValue(51);
        QVERIFY(field<QLabel>(*dialog, "reserveNote").isVisible());
        QVERIFY(!field<QPushButton>(*dialog, "apply").isEnabled());
        press(*dialog, "ok");
        QVERIFY(dialog->isVisible());
        field<QDoubleSpinBox>(*dialog, "reserve").setValue(50);
        QVERIFY(!field<QLabel>(*dialog, "reserveNote").isVisible());
        QVERIFY(field<QPushButton>(*dialog, "apply").isEnabled());
    }

    void whatIsAppliedIsInTheService() {
        const auto dialog = open();
        QVERIFY(!field<QPushButton>(*dialog, "apply").isEnabled());
        field<QSpinBox>(*dialog, "processors").setValue(4);
        field<QDoubleSpinBox>(*dialog, "limit").setValue(62.5);
        field<QSpinBox>(*dialog, "memory").setValue(64);
        field<QLineEdit>(*dialog, "name").setText("another");
        field<QPlainTextEdit>(*dialog, "notes").setPlainText("said");
        press(*dialog, "apply");
        QVERIFY(applyIsDone(*dialog));
        const MachineSettings settings = details().settings;
        QCOMPARE(settings.processor.count, 4U);
        QCOMPARE(settings.processor.limit, 62'500U);
        QCOMPARE(settings.memory.startupBytes, 64ULL << 20);
        QCOMPARE(settings.name, std::string("another"));
        QCOMPARE(settings.notes, std::string("said"));
        QVERIFY(dialog->windowTitle().contains("another"));
    }

    void okClosesWhenTheServiceHasSaidYes() {
        const auto dialog = open();
        field<QSpinBox>(*dialog, "weight").setValue(200);
        press(*dialog, "ok");
        QVERIFY(dialog->isVisible());
        QTRY_VERIFY(!dialog->isVisible());
        QCOMPARE(dialog->result(), int(QDialog::Accepted));
        QCOMPARE(details().settings.processor.weight, 200U);
    }

    void aRunningMachineTakesWhatItCanAtOnce() {
        QVERIFY(client_->call<MachineStartMethod>({id_}));
        const auto dialog = open();
        QVERIFY(!field<QSpinBox>(*dialog, "processors").isEnabled());
        QVERIFY(!field<QSpinBox>(*dialog, "memory").isEnabled());
        QVERIFY(field<QDoubleSpinBox>(*dialog, "limit").isEnabled());
        field<QDoubleSpinBox>(*dialog, "limit").setValue(40);
        field<QSpinBox>(*dialog, "weight").setValue(300);
        press(*dialog, "apply");
        QVERIFY(applyIsDone(*dialog));
        const MachineDetails now = details();
        QCOMPARE(now.summary.state, MachineState::Running);
        QCOMPARE(now.settings.processor.limit, 40'000U);
        QCOMPARE(now.settings.processor.weight, 300U);
        // Off again: all can change.
        QVERIFY(client_->call<MachineTurnOffMethod>({id_}));
        QTRY_VERIFY(field<QSpinBox>(*dialog, "processors").isEnabled());
    }

    void aRunningMachineTakesMediaDrivesAndMemoryToo() {
        const QString disc = file("disc.iso", 64 << 10);
        const QString disk = file("disk.img", 64 << 10);
        const QString diskette = file("diskette.img", 1'440 << 10);
        MachineSettings machine = tinyMachine("media", HALTED_GUEST);
        Drive dvd;
        dvd.controllerNumber = 1;
        dvd.kind = DriveKind::Dvd;
        machine.drives = {dvd};
        machine.memory = {64 << 20, true, 48 << 20, 128 << 20, 20, 5'000};
        const auto made = client_->call<MachineCreateMethod>({machine, std::nullopt});
        QVERIFY(made);
        id_ = made->machine.settings.id;
        QVERIFY(client_->call<MachineStartMethod>({id_}));
        const auto dialog = open();
        const auto setImage = [](const QWidget& page, const QString& path) {
            field<QRadioButton>(page, "imageFile").click();
            field<QLineEdit>(page, "path").setText(path);
        };
        const QWidget* const drive = pagesOf(*dialog, QLatin1String("gui::DrivePage")).value(0);
        QVERIFY(drive);
        QVERIFY(!field<QPushButton>(*drive, "remove").isEnabled());
        QVERIFY(!field<QComboBox>(*drive, "location").isEnabled());
        setImage(*drive, disc);
        setImage(*pagesOf(*dialog, QLatin1String("gui::DiskettePage")).at(0), diskette);
        QVERIFY(!field<QSpinBox>(*dialog, "maximum").isEnabled());
        field<QSpinBox>(*dialog, "minimum").setValue(40);
        field<QSpinBox>(*dialog, "buffer").setValue(50);
        field<QSpinBox>(*dialog, "memoryWeight").setValue(7'000);
        const auto controllers = pagesOf(*dialog, QLatin1String("gui::ControllerPage"));
        const auto mayAdd = [](const QWidget* page) {
            return field<QPushButton>(*page, "addDrive").isEnabled();
        };
        QCOMPARE(std::ranges::count_if(controllers, mayAdd), 1);
        field<QPushButton>(**std::ranges::find_if(controllers, mayAdd), "addDrive").click();
        auto* const stack = dialog->findChild<QStackedWidget*>();
        field<QLineEdit>(*stack->currentWidget(), "path").setText(disk);
        press(*dialog, "apply");
        QVERIFY(applyIsDone(*dialog));
        const MachineDetails now = details();
        QCOMPARE(now.summary.state, MachineState::Running);
        QCOMPARE(now.settings.drives.size(), 2U);
        QCOMPARE(now.settings.drives[0].path, disc.toStdString());
        QCOMPARE(now.settings.drives[1].path, disk.toStdString());
        QCOMPARE(now.settings.floppy->path, diskette.toStdString());
        QCOMPARE(now.settings.memory.minimumBytes, 40ULL << 20);
        QCOMPARE(now.settings.memory.bufferPercent, 50U);
        QCOMPARE(now.settings.memory.weight, 7'000U);
        // More than others were told that it may come down to.
        field<QSpinBox>(*dialog, "minimum").setValue(60);
        press(*dialog, "apply");
        QTRY_VERIFY(dialog->findChild<Banner*>()->isVisible());
        QCOMPARE(details().settings.memory.minimumBytes, 40ULL << 20);
    }

    void aReserveThatTheHostCantHoldIsAProblemOnlyWhileTheMachineRuns() {
        const auto dialog = open();
        field<QSpinBox>(*dialog, "processors").setValue(64);
        field<QDoubleSpinBox>(*dialog, "reserve").setValue(100);
        QVERIFY(field<QLabel>(*dialog, "reserveNote").isVisible());
        QVERIFY(field<QPushButton>(*dialog, "apply").isEnabled());
        QVERIFY(change({{"processor", {{"count", 64}}}}));
        QVERIFY(client_->call<MachineStartMethod>({id_}));
        QTRY_VERIFY(!field<QPushButton>(*dialog, "apply").isEnabled());
        QVERIFY(field<QLabel>(*dialog, "reserveNote").isVisible());
    }

    void aRefusalIsShownAtItsField() {
        QVERIFY(
            client_->call<MachineCreateMethod>({tinyMachine("taken", HALTED_GUEST), std::nullopt}));
        const auto dialog = open();
        QLineEdit& name = field<QLineEdit>(*dialog, "name");
        name.setText("taken");
        press(*dialog, "ok");
        QTRY_VERIFY(name.isVisible());
        const auto labels = name.window()->findChildren<QLabel*>();
        QVERIFY(std::ranges::any_of(labels, [](const QLabel* label) {
            return label->isVisible() && label->text().contains("already");
        }));
        QVERIFY(!dialog->findChild<Banner*>()->isVisible());
        QCOMPARE(details().settings.name, std::string("one"));
    }

    void aKernelThatIsNotThereIsRefusedAtItsField() {
        const auto dialog = open();
        QLineEdit& kernel = field<QLineEdit>(*dialog, "kernel");
        kernel.setText("/nowhere/vmlinuz");
        press(*dialog, "apply");
        QTRY_VERIFY(kernel.isVisible());
        QVERIFY(kernel.hasFocus());
        QCOMPARE(details().settings.firmware.kernel->path, std::string(HALTED_GUEST));
    }

    void whatSomebodyElseChangesIsFollowedWhereItWasNotEdited() {
        const auto dialog = open();
        field<QSpinBox>(*dialog, "weight").setValue(500);
        QVERIFY(change({{"processor", {{"limit", 30'000}}}, {"notes", "from elsewhere"}}));
        QTRY_COMPARE(field<QDoubleSpinBox>(*dialog, "limit").value(), 30.0);
        QCOMPARE(field<QPlainTextEdit>(*dialog, "notes").toPlainText(), QString("from elsewhere"));
        QCOMPARE(field<QSpinBox>(*dialog, "weight").value(), 500);
        press(*dialog, "apply");
        QVERIFY(applyIsDone(*dialog));
        QCOMPARE(details().settings.processor.limit, 30'000U);
        QCOMPARE(details().settings.processor.weight, 500U);
    }

    void drivesAndAdaptersAreAddedAndRemoved() {
        const QString image = file("disk.img", 4096);
        const auto dialog = open();
        auto* const stack = dialog->findChild<QStackedWidget*>();
        field<QListWidget>(*dialog, "hardware").setCurrentRow(1);
        press(*dialog, "add");
        // The new drive's page is shown, and wants its image.
        QVERIFY(!field<QPushButton>(*dialog, "apply").isEnabled());
        auto* const path = stack->currentWidget()->findChild<QLineEdit*>("path");
        QVERIFY(path);
        path->setText(image);
        field<QListWidget>(*dialog, "hardware").setCurrentRow(3);
        press(*dialog, "add");
        press(*dialog, "apply");
        QVERIFY(applyIsDone(*dialog));
        MachineSettings settings = details().settings;
        QCOMPARE(settings.drives.size(), 1U);
        QCOMPARE(settings.drives[0].path, image.toStdString());
        QCOMPARE(settings.networkAdapters.size(), 1U);
        // The service has made its address, and the page shows it.
        QTRY_COMPARE(field<QLineEdit>(*dialog, "macAddress").text().toStdString(),
                     settings.networkAdapters[0].macAddress);
        stack->currentWidget()->findChild<QPushButton*>("remove")->click();
        press(*dialog, "apply");
        QVERIFY(applyIsDone(*dialog));
        QVERIFY(details().settings.networkAdapters.empty());
    }

    void aDeletedMachineCantBeEdited() {
        const auto dialog = open();
        QVERIFY(client_->call<MachineDeleteMethod>({id_, std::nullopt}));
        QTRY_VERIFY(dialog->findChild<Banner*>()->isVisible());
        QVERIFY(!field<QPushButton>(*dialog, "ok").isEnabled());
        QVERIFY(!field<QSpinBox>(*dialog, "weight").isEnabled());
        QVERIFY(field<QPushButton>(*dialog, "cancel").isEnabled());
    }

    void graphsAreGivenTheLinesThatAreTyped() {
        double reserve = -1;
        double limit = -1;
        double own = -1;
        ProcessorPageExtras extras;
        extras.strip = [](const std::string&, QWidget* parent) { return new QWidget(parent); };
        extras.bar = [](QWidget* parent) { return new QWidget(parent); };
        extras.setLines = [&](QWidget*, double one, double other) {
            reserve = one;
            limit = other;
        };
        extras.setBar = [&](QWidget*, const HostReply&, const std::string&, double percent) {
            own = percent;
        };
        const auto dialog = open(std::move(extras));
        field<QDoubleSpinBox>(*dialog, "limit").setValue(80);
        field<QDoubleSpinBox>(*dialog, "reserve").setValue(30);
        QCOMPARE(reserve, 30.0);
        QCOMPARE(limit, 80.0);
        QCOMPARE(own, 30.0 / store_->host()->logicalProcessors);
    }
};

QTEST_MAIN(SettingsDialogTest)
#include "settings_dialog_test.moc"
