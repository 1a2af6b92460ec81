// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/main_window.h"

#include <signal.h>

#include <QApplication>
#include <QMessageBox>
#include <QPushButton>
#include <QTabWidget>
#include <QtTest>

#include "gui/appearance/banner.h"
#include "gui/appearance/style.h"
#include "gui/host_actions.h"
#include "manager.h"
#include "service/ipc/methods.h"
#include "stall_watch.h"

using namespace gui;      // NOLINT: the interface under test
using namespace service;  // NOLINT: what stands behind it
using tests::Manager;
using tests::RpcClient;
using tests::SessionService;
using tests::StallWatch;
using tests::tinyMachine;

class MainWindowTest : public QObject {
    Q_OBJECT

    std::unique_ptr<SessionService> service_;
    std::optional<RpcClient> client_;

    std::string make(const std::string& name, const char* guest = CONSOLE_GUEST) {
        const auto made =
            client_->call<MachineCreateMethod>({tinyMachine(name, guest), std::nullopt});
        return made ? made->machine.summary.id : std::string();
    }
    static QPushButton* confirmation(QWidget& window) {
        auto* box = window.findChild<QMessageBox*>("confirmation");
        if (!box)
            return nullptr;
        for (QAbstractButton* button : box->buttons())
            if (box->standardButton(button) == QMessageBox::NoButton)
                return qobject_cast<QPushButton*>(button);
        return nullptr;
    }

  private slots:
    void initTestCase() { applyStyle(*qApp, ColourScheme::Light); }
    void init() {
        service_ = std::make_unique<SessionService>();
        QVERIFY2(service_->start(), service_->output().c_str());
        client_ = service_->client();
    }
    void cleanup() {
        client_.reset();
        service_.reset();
    }

    void machinesOfTheServiceAreRowsThatFollow() {
        const std::string one = make("one");
        Manager manager(*service_);
        QTRY_COMPARE(manager.cell(one, MachineListModel::State), "Off");
        const std::string two = make("two");
        QTRY_COMPARE(manager.cell(two, MachineListModel::Name), "two");
        QVERIFY(client_->call<MachineStartMethod>({"one"}).has_value());
        QTRY_COMPARE(manager.cell(one, MachineListModel::State), "Running");
        QTRY_VERIFY(!manager.cell(one, MachineListModel::CpuUsage).isEmpty());
        QVERIFY(client_->call<MachineRenameMethod>({"two", "three"}).has_value());
        QTRY_COMPARE(manager.cell(two, MachineListModel::Name), "three");
        QVERIFY(client_->call<MachineDeleteMethod>({"three", std::nullopt}).has_value());
        QTRY_COMPARE(manager.cell(two, MachineListModel::Name), QString());
    }

    void exportAndImportOpenTheirWindows() {
        const std::string id = make("one");
        Manager manager(*service_);
        QTRY_COMPARE(manager.cell(id, MachineListModel::State), "Off");
        manager.window.machines().select(id);
        manager.action(MachineActions::Export)->trigger();
        manager.window.hostActions().action(HostActions::Import)->trigger();
        QStringList open;
        for (const auto* dialog : manager.window.findChildren<QDialog*>())
            if (dialog->isVisible())
                open += dialog->windowTitle();
        open.sort();
        QCOMPARE(open, (QStringList{"Export Virtual Machine", "Import Virtual Machine"}));
    }

    void actionsFollowTheStateAndDoWhatTheySay() {
        const std::string id = make("one");
        Manager manager(*service_);
        QTRY_COMPARE(manager.cell(id, MachineListModel::State), "Off");
        manager.window.machines().select(id);
        QVERIFY(manager.action(MachineActions::Start)->isEnabled());
        QVERIFY(!manager.action(MachineActions::TurnOff)->isEnabled());
        QVERIFY(manager.action(MachineActions::TurnOff)->toolTip().contains("Off"));
        QVERIFY(manager.window.machineActions().isAbsent(MachineActions::Pause));
        QVERIFY(manager.action(MachineActions::Export)->isEnabled());
        manager.action(MachineActions::Start)->trigger();
        QTRY_COMPARE(manager.cell(id, MachineListModel::State), "Running");
        QTRY_VERIFY(manager.action(MachineActions::Pause)->isEnabled());
        QVERIFY(!manager.action(MachineActions::Export)->isEnabled());
        QVERIFY(manager.action(MachineActions::Export)->toolTip().contains("Running"));
        manager.action(MachineActions::Pause)->trigger();
        QTRY_COMPARE(manager.cell(id, MachineListModel::State), "Paused");
        manager.action(MachineActions::Resume)->trigger();
        QTRY_COMPARE(manager.cell(id, MachineListModel::State), "Running");
        manager.action(MachineActions::TurnOff)->trigger();
        QTRY_VERIFY(confirmation(manager.window));
        // Nothing has happened yet.
        QCOMPARE(manager.cell(id, MachineListModel::State), "Running");
        confirmation(manager.window)->click();
        QTRY_COMPARE(manager.cell(id, MachineListModel::State), "Off");
    }

    void deletingNamesTheFilesFirst() {
        const std::string id = make("one");
        Manager manager(*service_);
        QTRY_COMPARE(manager.cell(id, MachineListModel::State), "Off");
        manager.window.machines().select(id);
        QTest::keyClick(&manager.window.machines(), Qt::Key_Delete);
        QTRY_VERIFY(confirmation(manager.window));
        auto* box = manager.window.findChild<QMessageBox*>("confirmation");
        QVERIFY2(box->text().contains("vm.json"), qPrintable(box->text()));
        confirmation(manager.window)->click();
        QTRY_COMPARE(manager.cell(id, MachineListModel::Name), QString());
        QVERIFY(!client_->call<MachineGetMethod>({"one"}).has_value());
    }

    void aLostServiceIsABannerUntilItComesBack() {
        const std::string id = make("one");
        Manager manager(*service_);
        QTRY_COMPARE(manager.cell(id, MachineListModel::State), "Off");
        QVERIFY(client_->call<MachineStartMethod>({"one"}).has_value());
        QTRY_COMPARE(manager.cell(id, MachineListModel::State), "Running");
        manager.window.machines().select(id);
        client_.reset();
        service_->kill();
        auto* banner = manager.window.findChild<Banner*>();
        QTRY_VERIFY(banner->isVisible());
        // What was known stays to be seen; nothing can be done to it.
        QCOMPARE(manager.cell(id, MachineListModel::State), "Running");
        QVERIFY(!manager.action(MachineActions::TurnOff)->isEnabled());
        QVERIFY2(service_->start(), service_->output().c_str());
        client_ = service_->client();
        QTRY_VERIFY_WITH_TIMEOUT(!banner->isVisible(), 20'000);
        QTRY_VERIFY(manager.action(MachineActions::TurnOff)->isEnabled());
        QCOMPARE(manager.window.machines().currentMachine(), id);
        QVERIFY(client_->call<MachineTurnOffMethod>({"one"}).has_value());
        QTRY_COMPARE(manager.cell(id, MachineListModel::State), "Off");
    }

    void aDyingMachineAndARefusalAreSaid() {
        const std::string id = make("one");
        Manager manager(*service_);
        QTRY_COMPARE(manager.cell(id, MachineListModel::State), "Off");
        QVERIFY(client_->call<MachineStartMethod>({"one"}).has_value());
        const auto details = client_->call<MachineGetMethod>({"one"});
        QVERIFY(details && details->machine.workerProcess);
        ::kill(static_cast<pid_t>(*details->machine.workerProcess), SIGKILL);
        QTRY_COMPARE(manager.cell(id, MachineListModel::State), "Off-Critical");
        QVERIFY(manager.cell(id, MachineListModel::Status).contains("signal 9"));

        // A kernel that is gone when the machine is started.
        const std::string kernel = service_->folder() + "/gone";
        QVERIFY(QFile::copy(QStringLiteral(CONSOLE_GUEST), QString::fromStdString(kernel)));
        MachineSetParams set;
        set.machine = "one";
        set.changes = {{"firmware", {{"kernel", {{"path", kernel}}}}}};
        QVERIFY(client_->call<MachineSetMethod>(set).has_value());
        QVERIFY(QFile::remove(QString::fromStdString(kernel)));
        manager.window.machines().select(id);
        manager.action(MachineActions::Start)->trigger();
        auto* banner = manager.window.findChild<Banner*>();
        QTRY_VERIFY(banner->isVisible());
        QVERIFY2(banner->text().contains("open the kernel"), qPrintable(banner->text()));
    }

    void twoManagersSeeTheSame() {
        const std::string id = make("one");
        Manager first(*service_);
        Manager second(*service_);
        QTRY_COMPARE(first.cell(id, MachineListModel::State), "Off");
        QTRY_COMPARE(second.cell(id, MachineListModel::State), "Off");
        first.window.machines().select(id);
        first.action(MachineActions::Start)->trigger();
        QTRY_COMPARE(second.cell(id, MachineListModel::State), "Running");
        first.window.close();
        QCOMPARE(second.cell(id, MachineListModel::State), "Running");
    }

    void theEventLoopIsNeverHeldUp() {
        for (int at = 0; at < 100; ++at)
            QVERIFY(!make("machine " + std::to_string(at), HALTED_GUEST).empty());
        StallWatch watch;
        Manager manager(*service_);
        QTRY_COMPARE(manager.window.machines().filter().rowCount(), 100);
        // Windows are made at once; from here on everything comes by messages.
        watch.restart();
        const std::string id = manager.window.machines()
                                   .filter()
                                   .index(0, 0)
                                   .data(MachineListModel::IdRole)
                                   .toString()
                                   .toStdString();
        manager.window.machines().select(id);
        manager.action(MachineActions::Start)->trigger();
        QTRY_COMPARE(manager.cell(id, MachineListModel::State), "Running");
        auto* tabs = manager.window.findChild<QTabWidget*>("details");
        for (int tab = 0; tab < tabs->count(); ++tab) {
            tabs->setCurrentIndex(tab);
            QTest::qWait(150);
        }
        QVERIFY2(watch.longest() < 100, qPrintable(QString::number(watch.longest())));
    }
};

QTEST_MAIN(MainWindowTest)
#include "main_window_test.moc"
