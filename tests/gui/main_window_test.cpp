// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/main_window.h"

#include <signal.h>

#include <QApplication>
#include <QFile>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QTabWidget>
#include <QTimer>
#include <QToolButton>
#include <QtTest>

#include "gui/actions_pane.h"
#include "gui/appearance/banner.h"
#include "gui/appearance/style.h"
#include "gui/machines/machine_actions.h"
#include "gui/machines/machine_list_model.h"
#include "gui/machines/machine_list_view.h"
#include "gui/performance/performance_feed.h"
#include "service/ipc/methods.h"
#include "session_service.h"

using namespace gui;      // NOLINT: the interface under test
using namespace service;  // NOLINT: what stands behind it
using tests::RpcClient;
using tests::SessionService;
using tests::tinyMachine;

namespace {

/// How long this thread has waited for a processor, in milliseconds.
qint64 waitedForProcessor() {
    QFile file("/proc/thread-self/schedstat");
    return file.open(QIODevice::ReadOnly)
               ? file.readAll().split(' ').value(1).toLongLong() / 1'000'000
               : 0;
}

/// Notes how long the event loop was held up at most, by what it did or waited for; what a busy
/// host kept from it does not count.
class StallWatch {
  public:
    StallWatch() {
        restart();
        timer_.setTimerType(Qt::PreciseTimer);
        QObject::connect(&timer_, &QTimer::timeout, [this] {
            const qint64 waited = waitedForProcessor();
            longest_ = std::max(longest_, last_.restart() - (waited - waited_));
            waited_ = waited;
        });
        timer_.start(5);
    }
    void restart() {
        last_.restart();
        waited_ = waitedForProcessor();
        longest_ = 0;
    }
    [[nodiscard]] qint64 longest() const { return longest_; }

  private:
    QElapsedTimer last_;
    QTimer timer_;
    qint64 waited_ = 0;
    qint64 longest_ = 0;
};

/// A manager as main() makes it.
struct Manager {
    explicit Manager(const SessionService& service)
        : connection(client::ServiceAddress::at(service.socket())),
          store(connection),
          feed(connection),
          window(store, feed) {
        connection.open();
        window.show();
    }
    [[nodiscard]] QString cell(const std::string& id, int column) {
        auto& filter = window.machines().filter();
        for (int row = 0; row < filter.rowCount(); ++row) {
            const QModelIndex index = filter.index(row, column);
            if (index.data(MachineListModel::IdRole).toString().toStdString() == id)
                return index.data().toString();
        }
        return {};
    }
    [[nodiscard]] QAction* action(MachineActions::Kind kind) {
        return window.machineActions().action(kind);
    }

    ServiceConnection connection;
    MachineStore store;
    PerformanceFeed feed;
    MainWindow window;
};

}  // namespace

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

    void actionsFollowTheStateAndDoWhatTheySay() {
        const std::string id = make("one");
        Manager manager(*service_);
        QTRY_COMPARE(manager.cell(id, MachineListModel::State), "Off");
        manager.window.machines().select(id);
        QVERIFY(manager.action(MachineActions::Start)->isEnabled());
        QVERIFY(!manager.action(MachineActions::TurnOff)->isEnabled());
        QVERIFY(manager.action(MachineActions::TurnOff)->toolTip().contains("Off"));
        QVERIFY(manager.window.machineActions().isAbsent(MachineActions::Pause));
        manager.action(MachineActions::Start)->trigger();
        QTRY_COMPARE(manager.cell(id, MachineListModel::State), "Running");
        QTRY_VERIFY(manager.action(MachineActions::Pause)->isEnabled());
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

        MachineSetParams set;
        set.machine = "one";
        set.changes = {{"firmware", {{"kernel", nullptr}}}};
        QVERIFY(client_->call<MachineSetMethod>(set).has_value());
        manager.window.machines().select(id);
        manager.action(MachineActions::Start)->trigger();
        auto* banner = manager.window.findChild<Banner*>();
        QTRY_VERIFY(banner->isVisible());
        QVERIFY2(banner->text().contains("no kernel to boot"), qPrintable(banner->text()));
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

    void everyTextHasRoomAndEveryFieldAName() {
        make("one");
        Manager manager(*service_);
        QTRY_COMPARE(manager.window.machines().filter().rowCount(), 1);
        manager.window.machines().select(manager.window.machines()
                                             .filter()
                                             .index(0, 0)
                                             .data(MachineListModel::IdRole)
                                             .toString()
                                             .toStdString());
        QTest::qWait(100);
        for (QToolButton* button : manager.window.findChildren<QToolButton*>()) {
            if (!button->isVisible() || button->objectName().startsWith("qt_"))
                continue;
            QVERIFY2(button->width() >= button->minimumSizeHint().width(),
                     qPrintable(button->text()));
            QVERIFY(!button->text().isEmpty() || !button->accessibleName().isEmpty() ||
                    !button->toolTip().isEmpty() || !button->isEnabled());
        }
        for (const char* const name :
             {"machines", "consoleTree", "checkpoints", "events", "search"})
            QVERIFY2(!manager.window.findChild<QWidget*>(name)->accessibleName().isEmpty(), name);
    }
};

QTEST_MAIN(MainWindowTest)
#include "main_window_test.moc"
