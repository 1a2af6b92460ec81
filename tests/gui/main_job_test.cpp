// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the manager is for, from end to end: a machine made by the wizard boots Debian's kernel,
// talks in its console, is given a limit, a weight and a reserve while it works, and the figures
// follow.
#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QFile>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QSpinBox>
#include <QTreeWidget>
#include <QtTest>

#include "field.h"
#include "gui/appearance/style.h"
#include "gui/console/console_window.h"
#include "gui/console/terminal_screen.h"
#include "gui/console/terminal_view.h"
#include "gui/host_actions.h"
#include "gui/performance/graph.h"
#include "gui/performance/graph_curves.h"
#include "gui/settings/settings_dialog.h"
#include "manager.h"
#include "service/ipc/methods.h"

using namespace gui;      // NOLINT: under test
using namespace service;  // NOLINT: what stands behind it
using tests::field;
using tests::Manager;

namespace {

constexpr const char* kKernel = VIREO_GUEST_IMAGES "/cloud/vmlinuz";
constexpr const char* kRamDisk = VIREO_GUEST_IMAGES "/shell.cpio";
constexpr int kBoot = 110'000;
constexpr int kPatience = 30'000;

QString textOf(const ConsoleWindow& console) {
    const TerminalView* const view = console.terminal(1);
    QString all;
    for (int line = 0; view && line < view->screen().lines(); ++line)
        all += view->screen().text(line, 0, 1'000) + QLatin1Char('\n');
    return all;
}

}  // namespace

class MainJobTest : public QObject {
    Q_OBJECT

    tests::SessionService service_;

    /// From the first page to the last; the machine's id.
    void makeByWizard(Manager& manager) {
        manager.window.hostActions().action(HostActions::NewMachine)->trigger();
        auto* const wizard = manager.window.findChild<QDialog*>();
        QVERIFY(wizard);
        auto& next = field<QPushButton>(*wizard, "next");
        next.click();
        field<QLineEdit>(*wizard, "name").setText("Debian");
        next.click();
        next.click();
        field<QSpinBox>(*wizard, "memory").setValue(256);
        next.click();
        next.click();
        field<QRadioButton>(*wizard, "diskLater").click();
        next.click();
        field<QRadioButton>(*wizard, "installKernel").click();
        field<QLineEdit>(*wizard, "kernel").setText(kKernel);
        field<QLineEdit>(*wizard, "initrd").setText(kRamDisk);
        field<QLineEdit>(*wizard, "commandLine").setText("console=ttyS0 vireo.recipe=shell");
        next.click();
        field<QCheckBox>(*wizard, "start").setChecked(true);
        field<QPushButton>(*wizard, "finish").click();
        QTRY_VERIFY(!manager.window.findChild<QDialog*>());
    }
    /// The last figure of the machine's processors in the tab Performance, percent of them.
    static double shown(const Manager& manager) {
        const auto& graph = field<Graph>(manager.window, "processorGraph");
        for (const auto& [number, curve] : graph.curves().all())
            if (curve.name == "total")
                return curve.series.newest().value_or(0);
        return 0;
    }

  private slots:
    void initTestCase() {
        if (!QFile::exists(kKernel) || !QFile::exists(kRamDisk))
            QSKIP("build/guest lacks the images: run installer/guest-images.sh");
        applyStyle(*qApp, ColourScheme::Light);
        QVERIFY2(service_.start(), service_.output().c_str());
    }

    void aMachineIsMadeBootedLimitedAndWatched() {
        Manager manager(service_);
        QTRY_VERIFY(manager.store.isComplete() && manager.store.host());
        makeByWizard(manager);
        QTRY_COMPARE(manager.store.machines().size(), 1U);
        const std::string id = manager.store.machines().begin()->first;
        QTRY_COMPARE(manager.cell(id, MachineListModel::State), "Running");

        manager.window.machines().select(id);
        manager.action(MachineActions::Connect)->trigger();
        ConsoleWindow* const console = manager.window.windows().openConsole(id);
        QTRY_VERIFY_WITH_TIMEOUT(textOf(*console).contains("busybox's shell in the guest"), kBoot);
        QVERIFY(textOf(*console).contains("Hypervisor detected: Microsoft Hyper-V"));
        const auto type = [console](const char* line) {
            QTest::keyClicks(console->terminal(1), line);
            QTest::keyClick(console->terminal(1), Qt::Key_Return);
        };
        type("echo the answer is $((6 * 7))");
        QTRY_VERIFY_WITH_TIMEOUT(textOf(*console).contains("the answer is 42"), kPatience);

        // Busy, it takes what there is.
        for (int processor = 0; processor < 2; ++processor)
            type("while :; do :; done &");
        manager.window.showTab("performance");
        QTRY_VERIFY_WITH_TIMEOUT(shown(manager) > 40, kPatience);

        SettingsDialog* const settings = manager.window.windows().openSettings(id);
        QTRY_VERIFY(field<QPushButton>(*settings, "ok").isEnabled());
        settings->showPage("processor");
        field<QDoubleSpinBox>(*settings, "limit").setValue(20);
        field<QDoubleSpinBox>(*settings, "reserve").setValue(10);
        field<QSpinBox>(*settings, "weight").setValue(250);
        field<QPushButton>(*settings, "ok").click();
        QTRY_VERIFY(!manager.window.findChild<QDialog*>());
        const auto machine = service_.client().call<MachineGetMethod>({id});
        QVERIFY(machine);
        QCOMPARE(machine->machine.settings.processor.limit, 20'000U);
        QCOMPARE(machine->machine.settings.processor.reserve, 10'000U);
        QCOMPARE(machine->machine.settings.processor.weight, 250U);
        // The graph shows it, and so does the list, in parts of the host.
        QTRY_VERIFY_WITH_TIMEOUT(shown(manager) > 10 && shown(manager) < 25, kPatience);
        const double most = 25.0 / static_cast<double>(manager.store.host()->logicalProcessors);
        QTRY_VERIFY_WITH_TIMEOUT(
            manager.store.find(id)->summary.cpuUsagePercent.value_or(100) < most, kPatience);
        QVERIFY(manager.store.find(id)->usage.size() > 2);

        type("poweroff -f");
        QTRY_COMPARE_WITH_TIMEOUT(manager.cell(id, MachineListModel::State), "Off", kPatience);
    }
};

QTEST_MAIN(MainJobTest)
#include "main_job_test.moc"
