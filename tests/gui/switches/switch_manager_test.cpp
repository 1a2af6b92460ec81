// SPDX-License-Identifier: GPL-3.0-or-later
//
// Virtual Switch Manager with the system's service, in a network of this test's own.
#include "gui/switches/switch_manager.h"

#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QtTest>
#include <cstdio>

#include "gui/appearance/style.h"
#include "gui/switches/switch_page.h"
#include "own_network.h"
#include "session_service.h"
#include "system_service.h"

using namespace gui;      // NOLINT: under test
using namespace service;  // NOLINT: what stands behind it
using tests::RpcClient;

class SwitchManagerTest : public QObject {
    Q_OBJECT

    tests::SystemService service_;
    std::optional<RpcClient> client_;
    std::unique_ptr<ServiceConnection> connection_;
    std::unique_ptr<MachineStore> store_;
    std::unique_ptr<SwitchManager> manager_;

    template <class Widget>
    Widget* field(const char* name) {
        Widget* const found = manager_->findChild<Widget*>(QString::fromLatin1(name));
        if (!found)
            qFatal("no %s", name);
        return found;
    }
    QListWidget& list() { return *field<QListWidget>("switches"); }
    /// Nothing is being done, and nothing is left to do.
    bool isApplied() { return list().isEnabled() && !field<QPushButton>("apply")->isEnabled(); }
    void press(const char* button) { field<QPushButton>(button)->click(); }
    void choose(const char* kind) { field<QRadioButton>(kind)->click(); }
    /// The first line of a row.
    QString title(int row) { return list().item(row)->text().section(QLatin1Char('\n'), 0, 0); }
    std::vector<VirtualSwitch> switches() { return client_->call<SwitchListMethod>({})->switches; }
    QString saidUnder(const QString& part) {
        for (const FieldNote* const note : manager_->findChildren<FieldNote*>())
            if (note->isVisible() && note->text().contains(part))
                return note->text();
        return {};
    }
    void picture(const char* name) {
        const QString folder = qEnvironmentVariable("VIREO_TEST_PICTURES");
        if (!folder.isEmpty())
            manager_->grab().save(QDir(folder).filePath(QLatin1String(name)));
    }

  private slots:
    void initTestCase() {
        QVERIFY(tests::makeCable("nic0", "outside0"));
        QVERIFY2(service_.start(), service_.output().c_str());
        client_ = RpcClient::connect(tests::SystemService::kSocket);
        QVERIFY(client_);
        connection_ = std::make_unique<ServiceConnection>(
            client::ServiceAddress::at(tests::SystemService::kSocket));
        store_ = std::make_unique<MachineStore>(*connection_);
        connection_->open();
        QTRY_VERIFY(store_->switches());
    }
    void init() {
        manager_ = std::make_unique<SwitchManager>(*store_);
        manager_->show();
        QVERIFY(QTest::qWaitForWindowActive(manager_.get()));
    }
    void cleanup() {
        manager_.reset();
        for (const VirtualSwitch& one : switches())
            if (one.settings.kind != SwitchKind::Nat)
                QVERIFY(client_->call<SwitchRemoveMethod>({one.settings.id}));
        QTRY_COMPARE(store_->switches()->switches.size(), std::size_t{1});
    }
    void cleanupTestCase() {
        store_.reset();
        connection_.reset();
    }

    void switchesAreMadeAndChanged() {
        QCOMPARE(list().count(), 2);
        QVERIFY(!field<QPushButton>("apply")->isEnabled());
        picture("new-switch.png");
        choose("newPrivate");
        press("create");
        QCOMPARE(title(2), QStringLiteral("New Virtual Switch *"));
        // Nothing is made before it is applied.
        QCOMPARE(switches().size(), std::size_t{1});
        field<QLineEdit>("name")->setText(QStringLiteral("Lab"));
        press("apply");
        QTRY_COMPARE(title(2), QStringLiteral("Lab"));
        QCOMPARE(switches().at(1).settings.kind, SwitchKind::Private);
        QTRY_VERIFY(isApplied());

        // Another name, another kind.
        list().setCurrentRow(2);
        field<QLineEdit>("name")->setText(QStringLiteral("Laboratory"));
        field<QPlainTextEdit>("notes")->setPlainText(QStringLiteral("for tests"));
        choose("internal");
        field<QLineEdit>("hostAddress")->setText(QStringLiteral("192.168.50.1/24"));
        picture("internal-switch.png");
        press("apply");
        QTRY_COMPARE(title(2), QStringLiteral("Laboratory"));
        QTRY_VERIFY(isApplied());
        SwitchSettings made = switches().at(1).settings;
        QCOMPARE(made.name, "Laboratory");
        QCOMPARE(made.kind, SwitchKind::Internal);
        QCOMPARE(made.hostAddress, "192.168.50.1/24");
        QCOMPARE(made.notes, "for tests");
        choose("external");
        QCOMPARE(field<QComboBox>("hostAdapter")->currentData().toString(), QStringLiteral("nic0"));
        picture("external-switch.png");
        press("apply");
        QTRY_VERIFY(isApplied());
        made = switches().at(1).settings;
        QCOMPARE(made.hostAdapter, "nic0");
        QVERIFY(made.shared);

        press("remove");
        QCOMPARE(list().count(), 2);
        QCOMPARE(switches().size(), std::size_t{2});
        press("ok");
        QTRY_VERIFY(!manager_->isVisible());
        QCOMPARE(switches().size(), std::size_t{1});
    }

    void whatIsRefusedIsSaidAtItsField() {
        choose("newInternal");
        press("create");
        field<QLineEdit>("hostAddress")->setText(QStringLiteral("192.168.50.0/24"));
        press("ok");
        QTRY_VERIFY(!saidUnder(QStringLiteral("no address that the host can have")).isEmpty());
        QVERIFY(manager_->isVisible());
        QVERIFY(field<QLineEdit>("hostAddress")->hasFocus());
        field<QLineEdit>("hostAddress")->clear();
        QVERIFY(saidUnder(QStringLiteral("no address that the host can have")).isEmpty());
        field<QLineEdit>("name")->setText(QStringLiteral("Default Switch"));
        press("apply");
        QTRY_VERIFY(!saidUnder(QStringLiteral("with the name 'Default Switch' already")).isEmpty());
        field<QLineEdit>("name")->clear();
        QVERIFY(!saidUnder(QStringLiteral("needs a name")).isEmpty());
        press("cancel");
        QVERIFY(!manager_->isVisible());
        QCOMPARE(switches().size(), std::size_t{1});
    }

    void whatOthersDoIsFollowed() {
        SwitchSettings settings;
        settings.name = "Theirs";
        const auto made = client_->call<SwitchCreateMethod>({settings});
        QVERIFY(made);
        QTRY_COMPARE(list().count(), 3);
        list().setCurrentRow(2);
        field<QPlainTextEdit>("notes")->setPlainText(QStringLiteral("mine"));
        QVERIFY(client_->call<SwitchRenameMethod>({"Theirs", "Anothers"}));
        QTRY_COMPARE(store_->switches()->switches.at(1).settings.name, "Anothers");
        QCOMPARE(field<QPlainTextEdit>("notes")->toPlainText(), QStringLiteral("mine"));
        QCOMPARE(field<QLineEdit>("name")->text(), QStringLiteral("Anothers"));
        // It does not work any more.
        auto network = HostNetwork::create();
        QVERIFY(network->remove(network->find(made->virtualSwitch.interfaceName).value().value()));
        QTRY_VERIFY(!saidUnder(QStringLiteral("is gone")).isEmpty());
        picture("failed-switch.png");
        press("cancel");
    }

    void theDefaultSwitchIsOnlyShown() {
        list().setCurrentRow(1);
        QVERIFY(!field<QLineEdit>("name")->isEnabled());
        QVERIFY(!field<QPushButton>("remove")->isVisible());
        picture("default-switch.png");
    }
};

int main(int argumentCount, char** arguments) {
    if (!tests::enterOwnSystem()) {
        std::puts("SKIP: a network and folders of its own can't be made here");
        return 77;
    }
    QApplication application(argumentCount, arguments);
    applyStyle(application, ColourScheme::Light);
    SwitchManagerTest test;
    return QTest::qExec(&test, argumentCount, arguments);
}
#include "switch_manager_test.moc"
