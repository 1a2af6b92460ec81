// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the manager does to its host: Vireo Settings, Stop Service, Remove Server and the way back,
// with a real service.
#include "gui/host_actions.h"

#include <signal.h>
#include <sys/socket.h>

#include <QComboBox>
#include <QDir>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QRadioButton>
#include <QSettings>
#include <QTemporaryDir>
#include <QTreeWidget>
#include <QtTest>
#include <algorithm>

#include "field.h"
#include "gui/appearance/banner.h"
#include "gui/preferences/chosen_server.h"
#include "gui/preferences/console_keys.h"
#include "gui/preferences/hidden_pages.h"
#include "gui/preferences/look.h"
#include "manager.h"
#include "service/ipc/methods.h"

using namespace gui;      // NOLINT: the interface under test
using namespace service;  // NOLINT: what stands behind it
using tests::field;
using tests::Manager;
using tests::RpcClient;
using tests::SessionService;
using tests::tinyMachine;

class HostActionsTest : public QObject {
    Q_OBJECT

    std::unique_ptr<SessionService> service_;
    std::optional<RpcClient> client_;
    QTemporaryDir settings_;
    /// Of services that the manager has started.
    std::vector<pid_t> started_;

    static QAction* action(Manager& manager, HostActions::Kind kind) {
        return manager.window.hostActions().action(kind);
    }
    static bool isReady(Manager& manager) {
        return QTest::qWaitFor(
            [&] { return manager.store.isComplete() && manager.store.host().has_value(); }, 30'000);
    }
    static QDialog& openSettings(Manager& manager) {
        action(manager, HostActions::ServiceSettings)->trigger();
        auto* const dialog = manager.window.findChild<QDialog*>();
        if (!dialog)
            qFatal("no dialog");
        return *dialog;
    }
    static QString path(QDialog& dialog, const char* name) {
        return field<QLineEdit>(dialog, name).text();
    }
    [[nodiscard]] QString folder(const char* name) const {
        const QString path = QString::fromStdString(service_->folder()) + '/' + name;
        return QDir().mkpath(path) ? path : QString();
    }
    /// As the manager of a session has it, which can start its service.
    [[nodiscard]] service::client::ServiceAddress session() const {
        return {service::client::ServiceKind::Session, service_->socket()};
    }
    static void confirmStop(Manager& manager) {
        action(manager, HostActions::StopService)->trigger();
        QTRY_VERIFY(manager.window.findChild<QMessageBox*>("confirmation"));
        auto* const box = manager.window.findChild<QMessageBox*>("confirmation");
        QVERIFY(box->text().contains("go on"));
        field<QPushButton>(*box, "confirm").click();
    }
    static qsizetype shownWindows() {
        return std::ranges::count_if(QApplication::topLevelWidgets(),
                                     [](const QWidget* one) { return one->isVisible(); });
    }
    static QString bannerText(Manager& manager) {
        auto* const banner = manager.window.findChild<Banner*>();
        return banner->isVisible() ? banner->text() : QString();
    }

  private slots:
    void initTestCase() {
        QVERIFY(settings_.isValid());
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, settings_.path());
        QCoreApplication::setOrganizationName("Vireo");
        QCoreApplication::setApplicationName("host-actions-test");
    }
    void init() {
        QSettings().clear();
        service_ = std::make_unique<SessionService>();
        QVERIFY2(service_->start(), service_->output().c_str());
        client_ = service_->client();
        const QString place = QString::fromStdString(service_->folder());
        qputenv("XDG_RUNTIME_DIR", (place + "/run").toUtf8());
        qputenv("XDG_DATA_HOME", (place + "/data").toUtf8());
        qputenv("PATH",
                QFileInfo(VIREOD).absolutePath().toUtf8() + ":/usr/sbin:/usr/bin:/sbin:/bin");
    }
    void cleanup() {
        client_.reset();
        for (const pid_t process : started_)
            ::kill(process, SIGKILL);
        started_.clear();
        service_.reset();
    }

    void foldersAreSetRefusedAndHeardOf() {
        Manager manager(*service_);
        Manager other(*service_);
        QVERIFY(isReady(manager) && isReady(other));
        QDialog& dialog = openSettings(manager);
        auto& ok = field<QPushButton>(dialog, "ok");
        auto& apply = field<QPushButton>(dialog, "apply");
        auto& disks = field<QLineEdit>(dialog, "diskFolder");
        QTRY_COMPARE(path(dialog, "machineFolder").toStdString(), service_->machines());
        QVERIFY(disks.text().endsWith("/Vireo/Virtual Hard Disks"));
        QVERIFY(!apply.isEnabled());
        disks.setText("disks");
        QVERIFY(!apply.isEnabled());
        disks.setText(folder("") + "gone");
        QVERIFY(apply.isEnabled());
        ok.click();
        // Said at the field; the dialog stays.
        auto& note = field<QLabel>(dialog, "diskFolderNote");
        QTRY_VERIFY2(note.text().contains("write into the folder"), qPrintable(note.text()));
        QVERIFY(dialog.isVisible());
        disks.setText(folder("disks"));
        QVERIFY(!note.text().contains("write into the folder"));
        field<QLineEdit>(dialog, "machineFolder").setText(folder("machines"));
        ok.click();
        QTRY_VERIFY(!manager.window.findChild<QDialog*>());
        const auto now = client_->call<ServiceGetMethod>({});
        QVERIFY(now.has_value());
        QCOMPARE(now->settings.diskFolder, folder("disks").toStdString());
        QCOMPARE(now->settings.machineFolder, folder("machines").toStdString());
        // The other manager has heard of it, and its wizards use it.
        QTRY_COMPARE(other.store.host()->disksFolder, folder("disks").toStdString());
        QDialog* const wizard = other.window.windows().openNewDisk();
        QCOMPARE(path(*wizard, "location"), folder("disks"));
        wizard->reject();
        QDialog* const machine = other.window.windows().openNewMachine();
        QCOMPARE(path(*machine, "diskLocation"), folder("disks"));
        QCOMPARE(path(*machine, "folder"), folder("machines"));
        machine->reject();
    }

    void whatIsEditedStaysWhenAnotherChangesTheRest() {
        Manager manager(*service_);
        QVERIFY(isReady(manager));
        QDialog& dialog = openSettings(manager);
        QTRY_VERIFY(!path(dialog, "machineFolder").isEmpty());
        field<QLineEdit>(dialog, "diskFolder").setText(folder("mine"));
        QVERIFY(client_->call<ServiceSetMethod>({std::nullopt, folder("theirs").toStdString()})
                    .has_value());
        QTRY_COMPARE(path(dialog, "machineFolder"), folder("theirs"));
        QCOMPARE(path(dialog, "diskFolder"), folder("mine"));
        field<QPushButton>(dialog, "diskFolderUsual").click();
        QTRY_VERIFY(!field<QPushButton>(dialog, "apply").isEnabled());
    }

    void theUsersOwnAreKeptHere() {
        applyStyle(*qApp, ColourScheme::Light);
        setPageHidden("newMachine", true);
        setPageHidden("import", true);
        Manager manager(*service_);
        QVERIFY(isReady(manager));
        QDialog& dialog = openSettings(manager);
        field<QRadioButton>(dialog, "windowsInFullScreen").click();
        auto& release = field<QComboBox>(dialog, "releaseKey");
        release.setCurrentIndex(release.findData(static_cast<int>(ReleaseKey::ControlAltLeft)));
        field<QRadioButton>(dialog, "coloursDark").click();
        QCOMPARE(consoleKeys(), ConsoleKeys{});
        field<QPushButton>(dialog, "apply").click();
        QCOMPARE(consoleKeys(),
                 (ConsoleKeys{ReleaseKey::ControlAltLeft, WindowsKeys::MachineInFullScreen}));
        QCOMPARE(keptLook(), (Look{ColourScheme::Dark, WidgetStyle::Vireo}));
        QVERIFY(QApplication::palette().color(QPalette::Window).lightness() < 128);
        QVERIFY(!field<QPushButton>(dialog, "apply").isEnabled());
        auto& reset = field<QPushButton>(dialog, "resetCheckBoxes");
        QVERIFY(field<QLabel>(dialog, "hiddenPages").text().contains("2"));
        reset.click();
        QCOMPARE(hiddenPages(), 0);
        QVERIFY(!isPageHidden("import"));
        QVERIFY(!reset.isEnabled());
        dialog.reject();
        applyStyle(*qApp, ColourScheme::Light);
    }

    void theServiceIsStoppedAndStartedAgain() {
        QVERIFY(client_->call<MachineCreateMethod>({tinyMachine("one", BUSY_GUEST), std::nullopt})
                    .has_value());
        QVERIFY(client_->call<MachineStartMethod>({"one"}).has_value());
        Manager manager(session());
        QVERIFY(isReady(manager));
        const std::string id = manager.store.machines().begin()->first;
        HostActions& actions = manager.window.hostActions();
        QVERIFY(actions.isAbsent(HostActions::StartService));
        confirmStop(manager);
        QTRY_VERIFY(bannerText(manager).contains("was stopped"));
        QTRY_VERIFY(!service_->runs());
        QVERIFY(actions.isAbsent(HostActions::StopService));
        QVERIFY(!actions.isAbsent(HostActions::StartService));
        // To look for it, as the manager does again and again, starts nothing.
        action(manager, HostActions::Refresh)->trigger();
        QTRY_VERIFY(manager.connection.state() == ServiceConnection::State::Lost);
        QVERIFY(!RpcClient::connect(service_->socket()));
        QVERIFY(bannerText(manager).contains("was stopped"));
        manager.window.findChild<Banner*>()->findChild<QPushButton*>()->click();
        QTRY_VERIFY_WITH_TIMEOUT(manager.connection.state() == ServiceConnection::State::Connected,
                                 30'000);
        client_ = service_->client();
        ucred peer{};
        socklen_t size = sizeof peer;
        QCOMPARE(::getsockopt(client_->descriptor(), SOL_SOCKET, SO_PEERCRED, &peer, &size), 0);
        started_.push_back(peer.pid);
        QTRY_COMPARE(manager.cell(id, MachineListModel::State), "Running");
        QTRY_VERIFY(bannerText(manager).isEmpty());
        QVERIFY(!actions.isAbsent(HostActions::StopService));
        QVERIFY(client_->call<MachineTurnOffMethod>({"one"}).has_value());
    }

    void aServiceThatAnotherStartsIsFound() {
        Manager manager(*service_);
        QVERIFY(isReady(manager));
        confirmStop(manager);
        QTRY_VERIFY(!service_->runs());
        QTRY_VERIFY(bannerText(manager).contains("was stopped"));
        // On a named socket nobody knows how to start one.
        QVERIFY(manager.window.hostActions().isAbsent(HostActions::StartService));
        QVERIFY2(service_->start(), service_->output().c_str());
        QTRY_VERIFY_WITH_TIMEOUT(manager.connection.state() == ServiceConnection::State::Connected,
                                 30'000);
        QTRY_VERIFY(bannerText(manager).isEmpty());
    }

    void aCancelledStopStopsNothing() {
        Manager manager(*service_);
        QVERIFY(isReady(manager));
        action(manager, HostActions::StopService)->trigger();
        QMessageBox* box = nullptr;
        QTRY_VERIFY((box = manager.window.findChild<QMessageBox*>("confirmation")));
        box->button(QMessageBox::Cancel)->click();
        QTRY_VERIFY(!manager.window.findChild<QMessageBox*>("confirmation"));
        QVERIFY(client_->call<ServiceGetMethod>({}).has_value());
        QVERIFY(service_->runs());
    }

    void aRemovedServerComesBack() {
        QVERIFY(client_->call<MachineCreateMethod>({tinyMachine("one", HALTED_GUEST), std::nullopt})
                    .has_value());
        Manager manager(session());
        QVERIFY(isReady(manager));
        const std::string id = manager.store.machines().begin()->first;
        auto& tree = field<QTreeWidget>(manager.window, "consoleTree");
        QTreeWidgetItem* const node = tree.topLevelItem(0)->child(0);
        QVERIFY(!node->isHidden());
        auto& none = field<QWidget>(manager.window, "noServer");
        QVERIFY(!none.isVisible());
        manager.window.windows().openConsole(id);
        manager.window.windows().openPerformance();
        action(manager, HostActions::RemoveServer)->trigger();
        QVERIFY(node->isHidden());
        QVERIFY(none.isVisible());
        QCOMPARE(manager.store.machines().size(), std::size_t{0});
        QCOMPARE(chosenServer(), ChosenServer::None);
        QVERIFY(bannerText(manager).isEmpty());
        QTRY_COMPARE(shownWindows(), 1);
        // The service is left alone.
        QVERIFY(client_->call<ServiceGetMethod>({}).has_value());
        manager.window.hostActions().action(HostActions::Refresh)->trigger();
        QVERIFY(manager.connection.state() == ServiceConnection::State::Closed);

        field<QPushButton>(none, "connectServer").click();
        auto* const dialog = manager.window.findChild<QDialog*>();
        QVERIFY(dialog);
        QVERIFY(field<QRadioButton>(*dialog, "sessionServer").isChecked());
        QVERIFY(!dialog->findChild<QRadioButton*>("namedServer"));
        field<QPushButton>(*dialog, "ok").click();
        QTRY_COMPARE(manager.cell(id, MachineListModel::State), "Off");
        QVERIFY(!node->isHidden());
        QVERIFY(!none.isVisible());
        QCOMPARE(chosenServer(), ChosenServer::Session);
    }
};

QTEST_MAIN(HostActionsTest)
#include "host_actions_test.moc"
