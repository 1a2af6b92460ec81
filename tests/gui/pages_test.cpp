// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every window and page of the manager: room for every text, names for every field, a way to each
// with the keyboard, colours that can be read; in other languages, directions and colours. CTest
// runs it at several scales.
#include <QDialog>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTabWidget>
#include <QTranslator>
#include <QTreeWidget>
#include <QtTest>

#include "gui/appearance/style.h"
#include "gui/console/console_window.h"
#include "gui/host_actions.h"
#include "gui/performance/performance_monitor.h"
#include "gui/settings/settings_dialog.h"
#include "gui/switches/switch_page.h"
#include "manager.h"
#include "service/ipc/methods.h"
#include "window_walk.h"

using namespace gui;      // NOLINT: under test
using namespace service;  // NOLINT: what stands behind it
using tests::Manager;
using tests::RpcClient;
using tests::SessionService;

namespace {

enum class Keys : unsigned char { Reach, GoToTheGuest };

/// Where pictures of pages with faults are left; empty: nowhere.
QString pictures() {
    return qEnvironmentVariable("VIREO_TEST_PICTURES");
}

}  // namespace

class PagesTest : public QObject {
    Q_OBJECT

    SessionService service_;
    std::optional<RpcClient> client_;
    QString disk_;
    std::string id_;
    /// A machine that was exported.
    QString exported_;
    QTranslator german_;
    QStringList faults_;

    /// Notes every fault that the window has when what it shows has come and is laid out.
    void look(QWidget& window, const QString& page, Keys keys = Keys::Reach) {
        QStringList faults;
        static_cast<void>(QTest::qWaitFor(
            [&] {
                faults = faultsOf(window);
                return faults.isEmpty();
            },
            1'000));
        const QString name =
            QStringLiteral("%1, %2").arg(QLatin1String(QTest::currentDataTag()), page);
        if (!pictures().isEmpty())
            window.grab().save(QDir(pictures()).filePath(name + QStringLiteral(".png")));
        if (keys == Keys::Reach)
            faults << listed("no key", tests::unreachableFields(window));
        if (!faults.isEmpty())
            faults_ << name << faults;
    }
    static QStringList listed(const char* kind, const QStringList& some) {
        QStringList lines;
        for (const QString& one : some)
            lines << QStringLiteral("  %1: %2").arg(QLatin1String(kind), one);
        return lines;
    }
    static QStringList faultsOf(QWidget& window) {
        QCoreApplication::processEvents();
        return listed("clipped", tests::clippedTexts(window)) +
               listed("no name", tests::namelessFields(window)) +
               listed("same letter", tests::sharedMnemonics(window)) +
               listed("faint", tests::faintTexts(window));
    }
    void noFaults() {
        const QString all = faults_.join(QLatin1Char('\n'));
        faults_.clear();
        QVERIFY2(all.isEmpty(), qPrintable(QLatin1Char('\n') + all));
    }
    static bool activate(QWidget& window) {
        window.activateWindow();
        return QTest::qWaitForWindowActive(&window);
    }
    /// All pages of a wizard that its defaults lead to.
    void lookThrough(QDialog& wizard) {
        QVERIFY(activate(wizard));
        auto* const next = wizard.findChild<QPushButton*>("next");
        QVERIFY(next);
        for (int page = 1; page <= 20; ++page) {
            look(wizard, QStringLiteral("%1 %2").arg(wizard.windowTitle()).arg(page));
            if (!next->isVisible() || !next->isEnabled())
                break;
            next->click();
        }
        wizard.close();
    }
    bool prepare() {
        QFETCH(bool, inGerman);
        QFETCH(bool, dark);
        QFETCH(Qt::LayoutDirection, direction);
        QFETCH(QString, name);
        if (inGerman)
            QCoreApplication::installTranslator(&german_);
        QApplication::setLayoutDirection(direction);
        applyStyle(*qApp, dark ? ColourScheme::Dark : ColourScheme::Light);
        MachineSetParams set;
        set.machine = id_;
        set.changes = {{"notes", (name + QStringLiteral("\n") + name).toStdString()}};
        return client_->call<MachineSetMethod>(set).has_value() &&
               client_->call<MachineRenameMethod>({id_, name.toStdString()}).has_value();
    }
    static void addVariants() {
        QTest::addColumn<bool>("inGerman");
        QTest::addColumn<bool>("dark");
        QTest::addColumn<Qt::LayoutDirection>("direction");
        QTest::addColumn<QString>("name");
        QTest::newRow("light") << false << false << Qt::LeftToRight << QStringLiteral("Debian 12");
        QTest::newRow("dark, German, long names")
            << true << true << Qt::LeftToRight
            << QStringLiteral(
                   "a machine whose name is nearly as long as names of machines may be, because "
                   "someone put its");
        QTest::newRow("right to left, other letters")
            << false << false << Qt::RightToLeft
            << QStringLiteral("仮想マシン 虚拟机 가상 머신 آلة افتراضية מכונה");
    }

  private slots:
    void initTestCase() {
        QVERIFY2(service_.start(), service_.output().c_str());
        client_ = service_.client();
        QVERIFY(german_.load(QStringLiteral(":/translations/vireo_de.qm")));
        disk_ = QString::fromStdString(service_.folder()) + QStringLiteral("/disk.vhdx");
        DiskCreateParams disk;
        disk.path = disk_.toStdString();
        disk.sizeBytes = 1ULL << 30;
        QVERIFY(client_->call<DiskCreateMethod>(disk).has_value());
        DiskCreateParams another = disk;
        another.path = service_.folder() + "/another.vhdx";
        QVERIFY(client_->call<DiskCreateMethod>(another).has_value());
        QTRY_VERIFY(QFile::exists(disk_) && QFile::exists(QString::fromStdString(another.path)));
        // One of everything that has a page.
        MachineSettings settings = tests::tinyMachine("one", CONSOLE_GUEST);
        settings.drives = {{ControllerKind::Ide, 0, 0, DriveKind::HardDisk, disk.path, false},
                           {ControllerKind::Ide, 1, 0, DriveKind::Dvd, "", false},
                           {ControllerKind::Scsi, 0, 0, DriveKind::HardDisk, another.path, true}};
        settings.networkAdapters = {{}, {"", "Legacy Network Adapter", "", "", true, {}}};
        settings.floppy = FloppyDrive{};
        const auto made = client_->call<MachineCreateMethod>({settings, std::nullopt});
        QVERIFY2(made, made ? "" : made.error().message.c_str());
        id_ = made->machine.settings.id;
        const std::string place = service_.folder();
        const auto job = client_->call<MachineExportMethod>({id_, place});
        QVERIFY2(job, job ? "" : job.error().message.c_str());
        exported_ = QString::fromStdString(place) + QStringLiteral("/one");
        QTRY_VERIFY(QFile::exists(exported_ + QStringLiteral("/vm.json")));
    }
    void cleanup() { QCoreApplication::removeTranslator(&german_); }

    void mainWindow_data() { addVariants(); }
    void mainWindow() {
        QVERIFY(prepare());
        Manager manager(service_);
        QTRY_VERIFY(manager.store.isComplete() && manager.store.host());
        manager.window.machines().select(id_);
        QVERIFY(activate(manager.window));
        auto* const tabs = manager.window.findChild<QTabWidget*>("details");
        for (int tab = 0; tab < tabs->count(); ++tab) {
            tabs->setCurrentIndex(tab);
            look(manager.window, QStringLiteral("main window %1").arg(tab));
        }
        noFaults();
    }

    void settings_data() { addVariants(); }
    void settings() {
        QVERIFY(prepare());
        Manager manager(service_);
        QTRY_VERIFY(manager.store.isComplete() && manager.store.host());
        SettingsDialog* const dialog = manager.window.windows().openSettings(id_);
        auto* const tree = dialog->findChild<QTreeWidget*>("pages");
        QTRY_VERIFY(tree->topLevelItemCount() > 10);
        QVERIFY(activate(*dialog));
        int pages = 0;
        for (QTreeWidgetItemIterator at(tree); *at; ++at) {
            if (!((*at)->flags() & Qt::ItemIsSelectable))
                continue;
            tree->setCurrentItem(*at);
            look(*dialog, QStringLiteral("settings %1").arg(++pages));
        }
        QVERIFY2(pages >= 18, qPrintable(QString::number(pages)));
        noFaults();
    }

    void wizards_data() { addVariants(); }
    void wizards() {
        QVERIFY(prepare());
        Manager manager(service_);
        QTRY_VERIFY(manager.store.isComplete() && manager.store.host());
        lookThrough(*manager.window.windows().openNewMachine());
        lookThrough(*manager.window.windows().openNewDisk());
        QDialog* const edit = manager.window.windows().openEditDisk();
        edit->findChild<QPushButton*>("next")->click();
        auto* const path = edit->findChild<QLineEdit*>("path");
        QVERIFY(path);
        path->setText(disk_);
        QTRY_VERIFY(edit->findChild<QPushButton*>("next")->isEnabled());
        lookThrough(*edit);
        QDialog* const import = manager.window.windows().openImport();
        auto* const next = import->findChild<QPushButton*>("next");
        next->click();
        import->findChild<QLineEdit*>("folder")->setText(exported_);
        QTRY_VERIFY(next->isEnabled());
        lookThrough(*import);
        noFaults();
    }

    void dialogs_data() { addVariants(); }
    void dialogs() {
        QVERIFY(prepare());
        Manager manager(service_);
        QTRY_VERIFY(manager.store.isComplete() && manager.store.host());
        QDialog* const inspect = manager.window.windows().openInspectDisk();
        inspect->findChild<QLineEdit*>("path")->setText(disk_);
        QTRY_VERIFY(inspect->findChildren<QLineEdit*>().size() > 4);
        QVERIFY(activate(*inspect));
        look(*inspect, QStringLiteral("inspect disk"));
        inspect->close();
        QDialog* const quick = manager.window.windows().openQuickCreate();
        QVERIFY(activate(*quick));
        look(*quick, QStringLiteral("quick create"));
        quick->close();
        QDialog* const exporting = manager.window.windows().openExport(id_);
        QVERIFY(activate(*exporting));
        look(*exporting, QStringLiteral("export"));
        exporting->close();
        QTRY_VERIFY(!manager.window.findChild<QDialog*>());
        QTRY_VERIFY(manager.store.switches());
        QDialog* const switches = manager.window.windows().openSwitchManager();
        QVERIFY(activate(*switches));
        for (int row = 0; row < 2; ++row) {
            switches->findChild<QListWidget*>("switches")->setCurrentRow(row);
            look(*switches, QStringLiteral("virtual switch manager %1").arg(row));
        }
        switches->close();
        QTRY_VERIFY(!manager.window.findChild<QDialog*>());
        manager.window.machines().select(id_);
        for (const auto kind : {MachineActions::Rename, MachineActions::Delete}) {
            manager.action(kind)->trigger();
            QDialog* box = nullptr;
            QTRY_VERIFY((box = manager.window.findChild<QDialog*>()) && box->isVisible());
            QVERIFY(activate(*box));
            look(*box, manager.action(kind)->text());
            box->reject();
            QTRY_VERIFY(!manager.window.findChild<QDialog*>());
        }
        noFaults();
    }

    void vireoSettings_data() { addVariants(); }
    void vireoSettings() {
        QVERIFY(prepare());
        Manager manager(service_);
        QTRY_VERIFY(manager.store.isComplete() && manager.store.host());
        QDialog* const dialog = manager.window.windows().openVireoSettings();
        auto* const tree = dialog->findChild<QTreeWidget*>("pages");
        auto* const machines = dialog->findChild<QLineEdit*>("machineFolder");
        QTRY_VERIFY(!machines->text().isEmpty());
        QVERIFY(activate(*dialog));
        int pages = 0;
        for (QTreeWidgetItemIterator at(tree); *at; ++at) {
            if (!((*at)->flags() & Qt::ItemIsSelectable))
                continue;
            tree->setCurrentItem(*at);
            look(*dialog, QStringLiteral("vireo settings %1").arg(++pages));
        }
        QCOMPARE(pages, 5);
        // Refused by the service, at the field.
        machines->setText(QString::fromStdString(service_.folder()) + QStringLiteral("/gone"));
        dialog->findChild<QPushButton*>("apply")->click();
        QTRY_VERIFY(dialog->findChild<QLabel*>("machineFolderNote")->text().contains("gone"));
        look(*dialog, QStringLiteral("vireo settings, refused"));
        dialog->reject();
        noFaults();
    }

    void hostActions_data() { addVariants(); }
    void hostActions() {
        QVERIFY(prepare());
        Manager manager(service_);
        QTRY_VERIFY(manager.store.isComplete() && manager.store.host());
        manager.window.hostActions().action(HostActions::StopService)->trigger();
        QDialog* box = nullptr;
        QTRY_VERIFY((box = manager.window.findChild<QDialog*>()) && box->isVisible());
        QVERIFY(activate(*box));
        look(*box, QStringLiteral("stop service"));
        box->reject();
        QTRY_VERIFY(!manager.window.findChild<QDialog*>());
        manager.window.hostActions().action(HostActions::RemoveServer)->trigger();
        QVERIFY(activate(manager.window));
        look(manager.window, QStringLiteral("no server"));
        QDialog* const servers = manager.window.windows().openConnectToServer();
        QVERIFY(activate(*servers));
        look(*servers, QStringLiteral("connect to server"));
        servers->reject();
        noFaults();
    }

    /// A user's own service has none of these switches.
    void switchPages_data() { addVariants(); }
    void switchPages() {
        QVERIFY(prepare());
        QFETCH(QString, name);
        for (const auto kind : {SwitchKind::External, SwitchKind::Internal, SwitchKind::Private}) {
            SwitchPage page;
            page.resize(620, 640);
            VirtualSwitch shown;
            shown.settings.name = name.toStdString();
            shown.settings.kind = kind;
            shown.settings.shared = false;
            shown.settings.hostAdapter = kind == SwitchKind::External ? "enp0s31f6" : "";
            shown.state = SwitchState::Failed;
            shown.status = "the host's network adapter 'enp0s31f6' is gone";
            shown.machines = {name.toStdString(), "web"};
            page.show(shown, {{"eth1", "02:00:00:00:00:01", false, {}, {}}});
            page.QWidget::show();
            QVERIFY(activate(page));
            look(page, QStringLiteral("switch page %1").arg(static_cast<int>(kind)));
        }
        noFaults();
    }

    void console_data() { addVariants(); }
    void console() {
        QVERIFY(prepare());
        Manager manager(service_);
        QTRY_VERIFY(manager.store.isComplete() && manager.store.host());
        ConsoleWindow* const console = manager.window.windows().openConsole(id_);
        look(*console, QStringLiteral("console, off"), Keys::GoToTheGuest);
        QVERIFY(client_->call<MachineStartMethod>({id_}).has_value());
        QTRY_VERIFY(manager.store.find(id_)->summary.state == MachineState::Running);
        look(*console, QStringLiteral("console, running"), Keys::GoToTheGuest);
        QVERIFY(client_->call<MachineTurnOffMethod>({id_}).has_value());
        noFaults();
    }

    void performanceMonitor_data() { addVariants(); }
    void performanceMonitor() {
        QVERIFY(prepare());
        Manager manager(service_);
        QTRY_VERIFY(manager.store.isComplete() && manager.store.host());
        PerformanceMonitor* const monitor = manager.window.windows().openPerformance();
        QVERIFY(activate(*monitor));
        look(*monitor, QStringLiteral("performance monitor"));
        noFaults();
    }
};

QTEST_MAIN(PagesTest)
#include "pages_test.moc"
