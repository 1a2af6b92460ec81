// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/console/console_window.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QFile>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTest>

#include "gui/appearance/banner.h"
#include "gui/console/screen_view.h"
#include "gui/console/terminal_view.h"
#include "service/ipc/methods.h"
#include "session_service.h"

using namespace gui;      // NOLINT: the interface under test
using namespace service;  // NOLINT: what stands behind it
using tests::RpcClient;
using tests::SessionService;
using tests::tinyMachine;

namespace {

constexpr int kPatience = 20'000;

/// A window of its own connection.
struct Opened {
    Opened(const SessionService& service, const std::string& id)
        : connection(client::ServiceAddress::at(service.socket())), store(connection) {
        connection.open();
        window = std::make_unique<ConsoleWindow>(store, id);
        window->show();
    }
    template <class Part = QWidget>
    [[nodiscard]] Part* part(const char* name) const {
        return window->findChild<Part*>(QLatin1String(name));
    }
    /// All of COM1's lines.
    [[nodiscard]] QString text() const {
        const TerminalView* const view = window->terminal(1);
        QString all;
        for (int line = 0; view != nullptr && line < view->screen().lines(); ++line)
            all += view->screen().text(line, 0, 1'000) + QLatin1Char('\n');
        return all.trimmed();
    }
    [[nodiscard]] QString status() const { return part<QLabel>("status")->text(); }
    [[nodiscard]] bool isConnected() const {
        return part<QLabel>("portStatus")->text() == QStringLiteral("COM1: connected");
    }

    ServiceConnection connection;
    MachineStore store;
    std::unique_ptr<ConsoleWindow> window;
};

}  // namespace

class ConsoleWindowTest : public QObject {
    Q_OBJECT

    std::unique_ptr<SessionService> service_;
    std::optional<RpcClient> client_;

    std::string make(const std::string& name) {
        const auto made =
            client_->call<MachineCreateMethod>({tinyMachine(name, CONSOLE_GUEST), std::nullopt});
        return made ? made->machine.summary.id : std::string();
    }

  private slots:
    void init();
    void cleanup();
    void startsAMachineThatIsOff();
    void talksWithTheGuest();
    void showsNothingTwice();
    void asksBeforeItTurnsOff();
    void pausesAndResumes();
    void staysInHandWhileTheGuestWritesWithoutEnd();
    void saysWhatIsNotThereYet();
    void showsTheScreen();
    void tellsWhatWentWrong();
    void takesLongNames();
    void hasAFullScreenMode();
    void outlivesTheServiceAndTheMachine();
};

void ConsoleWindowTest::init() {
    service_ = std::make_unique<SessionService>();
    QVERIFY2(service_->start(), service_->output().c_str());
    client_ = service_->client();
}

void ConsoleWindowTest::cleanup() {
    client_.reset();
    service_.reset();
}

void ConsoleWindowTest::startsAMachineThatIsOff() {
    Opened one(*service_, make("tiny"));
    QTRY_COMPARE(one.status(), QStringLiteral("Status: Off"));
    QCOMPARE(one.part<QLabel>("offText")->text(),
             QStringLiteral("The virtual machine tiny is turned off"));
    QTRY_VERIFY(one.window->windowTitle().startsWith(QStringLiteral("tiny on ")));
    QVERIFY(one.window->windowTitle().endsWith(QStringLiteral("- Virtual Machine Connection")));
    QVERIFY(one.part<QPushButton>("start")->isVisible());
    QVERIFY(!one.part<QAction>("action-turn-off")->isEnabled());
    QVERIFY(one.part<QAction>("action-turn-off")->toolTip().contains(QStringLiteral("Off")));
    QTest::mouseClick(one.part<QPushButton>("start"), Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(one.status(), QStringLiteral("Status: Running"), kPatience);
    QTRY_VERIFY(one.part("terminal1") != nullptr && one.part("terminal1")->isVisible());
    QVERIFY(!one.part<QPushButton>("start")->isVisible());
    QVERIFY(!one.part<QAction>("action-start")->isEnabled());
    QTRY_COMPARE_WITH_TIMEOUT(one.text(), QStringLiteral("ready"), kPatience);
    QTRY_VERIFY(one.part("terminal1")->hasFocus());
}

void ConsoleWindowTest::talksWithTheGuest() {
    const std::string id = make("tiny");
    QVERIFY(client_->call<MachineStartMethod>({id}).has_value());
    Opened one(*service_, id);
    QTRY_VERIFY_WITH_TIMEOUT(one.isConnected() && one.text() == QStringLiteral("ready"), kPatience);
    QTest::keyClicks(one.window->terminal(1), QStringLiteral("hello"));
    QTRY_COMPARE_WITH_TIMEOUT(one.text(), QStringLiteral("ready\nhello"), kPatience);
    // The guest powers itself off.
    QTest::keyClick(one.window->terminal(1), Qt::Key_Q);
    QTRY_COMPARE_WITH_TIMEOUT(one.status(), QStringLiteral("Status: Off"), kPatience);
    QTRY_VERIFY(one.part<QPushButton>("start")->isVisible());
}

void ConsoleWindowTest::showsNothingTwice() {
    const std::string id = make("tiny");
    QVERIFY(client_->call<MachineStartMethod>({id}).has_value());
    Opened one(*service_, id);
    QTRY_COMPARE_WITH_TIMEOUT(one.text(), QStringLiteral("ready"), kPatience);
    // Another life of the machine, and a second window.
    QVERIFY(client_->call<MachineTurnOffMethod>({id}).has_value());
    QTRY_COMPARE_WITH_TIMEOUT(one.status(), QStringLiteral("Status: Off"), kPatience);
    QVERIFY(client_->call<MachineStartMethod>({id}).has_value());
    QTRY_VERIFY_WITH_TIMEOUT(one.isConnected(), kPatience);
    QTRY_COMPARE_WITH_TIMEOUT(one.text(), QStringLiteral("ready"), kPatience);
    Opened two(*service_, id);
    QTRY_COMPARE_WITH_TIMEOUT(two.text(), QStringLiteral("ready"), kPatience);
    QTest::keyClicks(two.window->terminal(1), QStringLiteral("x"));
    QTRY_COMPARE_WITH_TIMEOUT(one.text(), QStringLiteral("ready\nx"), kPatience);
    QTRY_COMPARE_WITH_TIMEOUT(two.text(), QStringLiteral("ready\nx"), kPatience);
}

void ConsoleWindowTest::asksBeforeItTurnsOff() {
    const std::string id = make("tiny");
    QVERIFY(client_->call<MachineStartMethod>({id}).has_value());
    Opened one(*service_, id);
    QTRY_COMPARE_WITH_TIMEOUT(one.status(), QStringLiteral("Status: Running"), kPatience);
    one.part<QAction>("action-turn-off")->trigger();
    auto* box = one.part<QMessageBox>("confirmation");
    QVERIFY(box && box->isVisible());
    box->button(QMessageBox::Cancel)->click();
    QTRY_VERIFY(one.part<QMessageBox>("confirmation") == nullptr);
    QCOMPARE(one.status(), QStringLiteral("Status: Running"));
    one.part<QAction>("action-turn-off")->trigger();
    one.part<QPushButton>("confirm")->click();
    QTRY_COMPARE_WITH_TIMEOUT(one.status(), QStringLiteral("Status: Off"), kPatience);
}

void ConsoleWindowTest::pausesAndResumes() {
    const std::string id = make("tiny");
    QVERIFY(client_->call<MachineStartMethod>({id}).has_value());
    Opened one(*service_, id);
    QTRY_VERIFY_WITH_TIMEOUT(one.part<QAction>("action-pause")->isEnabled(), kPatience);
    QVERIFY(!one.part<QAction>("action-resume")->isVisible());
    one.part<QAction>("action-pause")->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(one.status(), QStringLiteral("Status: Paused"), kPatience);
    QVERIFY(!one.part<QAction>("action-pause")->isVisible());
    one.part<QAction>("action-resume")->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(one.status(), QStringLiteral("Status: Running"), kPatience);
}

void ConsoleWindowTest::staysInHandWhileTheGuestWritesWithoutEnd() {
    const std::string id = make("tiny");
    QVERIFY(client_->call<MachineStartMethod>({id}).has_value());
    Opened one(*service_, id);
    QTRY_VERIFY_WITH_TIMEOUT(one.isConnected(), kPatience);
    TerminalView* const view = one.window->terminal(1);
    QTest::keyClick(view, Qt::Key_N);
    QTRY_COMPARE_WITH_TIMEOUT(view->screen().scrollbackLines(), TerminalScreen::kScrollbackLines,
                              kPatience);
    QVERIFY(view->screen().text(5, 0, 80).contains(QStringLiteral("noise")));
    one.part<QAction>("action-turn-off")->trigger();
    one.part<QPushButton>("confirm")->click();
    QTRY_COMPARE_WITH_TIMEOUT(one.status(), QStringLiteral("Status: Off"), kPatience);
}

void ConsoleWindowTest::saysWhatIsNotThereYet() {
    const std::string id = make("tiny");
    QVERIFY(client_->call<MachineStartMethod>({id}).has_value());
    Opened one(*service_, id);
    QTRY_VERIFY_WITH_TIMEOUT(one.part("terminal1") != nullptr, kPatience);
    for (const char* const name : {"action-save", "action-revert"}) {
        QVERIFY(!one.part<QAction>(name)->isEnabled());
        QVERIFY(one.part<QAction>(name)->toolTip().contains(QStringLiteral("version")));
    }
    QSignalSpy wanted(one.window.get(), &ConsoleWindow::settingsWanted);
    one.part<QAction>("settings")->trigger();
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(wanted[0][0].value<std::string>(), id);
}

void ConsoleWindowTest::showsTheScreen() {
    const std::string id = make("tiny");
    Opened one(*service_, id);
    QTRY_COMPARE(one.status(), QStringLiteral("Status: Off"));
    QVERIFY(!one.part<QAction>("action-ctrl-alt-delete")->isEnabled());
    QVERIFY(!one.part<QAction>("captureScreen")->isEnabled());
    QVERIFY(client_->call<MachineStartMethod>({id}).has_value());
    QTRY_VERIFY_WITH_TIMEOUT(one.part("terminal1") != nullptr, kPatience);
    auto* tabs = one.part<QTabWidget>("tabs");
    QCOMPARE(tabs->count(), 2);
    // Where there is a terminal, that comes first: guests may never draw.
    QCOMPARE(tabs->currentWidget(), one.part("terminal1"));
    tabs->setCurrentWidget(&one.window->screen());
    const auto portStatus = [&] { return one.part<QLabel>("portStatus")->text(); };
    QTRY_COMPARE_WITH_TIMEOUT(portStatus(), QStringLiteral("Screen: connected"), kPatience);
    QTRY_VERIFY(one.window->screen().hasFocus());
    // A guest without a driver for it: a dark screen of the usual size.
    QTRY_COMPARE_WITH_TIMEOUT(one.window->screen().picture().size(), QSize(640, 480), kPatience);
    // The window fits it, once: then it is the user's.
    QTRY_COMPARE(one.window->screen().height(), 480);
    one.window->resize(one.window->width(), one.window->height() + 40);
    QTRY_COMPARE(one.window->screen().height(), 520);
    QVERIFY(one.part<QAction>("action-ctrl-alt-delete")->isEnabled());
    one.part<QAction>("action-ctrl-alt-delete")->trigger();
    QVERIFY(one.part<QAction>("captureScreen")->isEnabled());
    one.part<QAction>("captureScreen")->trigger();
    QCOMPARE(QApplication::clipboard()->image().size(), QSize(640, 480));
    QVERIFY(!one.part<QAction>("paste")->isEnabled());
    QVERIFY(one.part<QAction>("typeClipboardText")->isEnabled());
    one.part<QAction>("typeClipboardText")->trigger();
    one.part<QAction>("scaleToWindow")->trigger();
    QVERIFY(!one.window->screen().isScaled());

    QVERIFY(client_->call<MachineTurnOffMethod>({id}).has_value());
    QTRY_COMPARE_WITH_TIMEOUT(one.status(), QStringLiteral("Status: Off"), kPatience);
    QTRY_VERIFY(one.window->screen().picture().isNull());
    QVERIFY(client_->call<MachineStartMethod>({id}).has_value());
    QTRY_COMPARE_WITH_TIMEOUT(portStatus(), QStringLiteral("Screen: connected"), kPatience);
}

void ConsoleWindowTest::tellsWhatWentWrong() {
    const QString kernel = QString::fromStdString(service_->folder()) + QStringLiteral("/kernel");
    QVERIFY(QFile::copy(QStringLiteral(CONSOLE_GUEST), kernel));
    const auto made = client_->call<MachineCreateMethod>(
        {tinyMachine("broken", kernel.toStdString()), std::nullopt});
    QVERIFY(made.has_value());
    QVERIFY(QFile::remove(kernel));
    Opened one(*service_, made->machine.summary.id);
    QTRY_VERIFY(one.part<QPushButton>("start")->isEnabled());
    one.part<QPushButton>("start")->click();
    auto* banner = one.part<Banner>("banner");
    QTRY_VERIFY_WITH_TIMEOUT(banner->isVisible(), kPatience);
    QVERIFY2(banner->text().contains(kernel), qPrintable(banner->text()));
    emit banner->pressed();
    QVERIFY(!banner->isVisible());
}

void ConsoleWindowTest::takesLongNames() {
    const std::string name(90, 'n');
    const std::string id = make(name);
    QVERIFY(!id.empty());
    QApplication::setLayoutDirection(Qt::RightToLeft);
    Opened one(*service_, id);
    QTRY_COMPARE(one.status(), QStringLiteral("Status: Off"));
    QVERIFY2(one.window->minimumSizeHint().width() < 800,
             qPrintable(QString::number(one.window->minimumSizeHint().width())));
    QApplication::setLayoutDirection(Qt::LeftToRight);
}

void ConsoleWindowTest::hasAFullScreenMode() {
    Opened one(*service_, make("tiny"));
    QTRY_COMPARE(one.status(), QStringLiteral("Status: Off"));
    QVERIFY(QTest::qWaitForWindowActive(one.window.get()));
    QTest::keyClick(one.window.get(), Qt::Key_F11);
    QTRY_VERIFY(one.window->isFullScreen());
    QTRY_VERIFY(!one.part("toolBar")->isVisible());
    QTest::keyClick(one.window.get(), Qt::Key_F11);
    QTRY_VERIFY(!one.window->isFullScreen());
    QTRY_VERIFY(one.part("toolBar")->isVisible());
}

void ConsoleWindowTest::outlivesTheServiceAndTheMachine() {
    const std::string id = make("tiny");
    QVERIFY(client_->call<MachineStartMethod>({id}).has_value());
    Opened one(*service_, id);
    QTRY_VERIFY_WITH_TIMEOUT(one.isConnected() && one.text() == QStringLiteral("ready"), kPatience);
    service_->kill();
    auto* banner = one.part<Banner>("banner");
    QTRY_VERIFY_WITH_TIMEOUT(banner->isVisible(), kPatience);
    QVERIFY(!one.part<QAction>("action-turn-off")->isEnabled());
    // The worker serves its console by itself.
    QTest::keyClicks(one.window->terminal(1), QStringLiteral("aloha"));
    QTRY_COMPARE_WITH_TIMEOUT(one.text(), QStringLiteral("ready\naloha"), kPatience);
    QVERIFY(service_->start());
    QTRY_VERIFY_WITH_TIMEOUT(!banner->isVisible(), kPatience);
    client_ = service_->client();
    QVERIFY(client_->call<MachineTurnOffMethod>({id}).has_value());
    QTRY_COMPARE_WITH_TIMEOUT(one.status(), QStringLiteral("Status: Off"), kPatience);
    QVERIFY(client_->call<MachineDeleteMethod>({id, std::nullopt}).has_value());
    QTRY_VERIFY_WITH_TIMEOUT(
        one.part<QLabel>("offText")->text().contains(QStringLiteral("does not exist")), kPatience);
    QVERIFY(!one.part<QPushButton>("start")->isEnabled());
}

QTEST_MAIN(ConsoleWindowTest)
#include "console_window_test.moc"
