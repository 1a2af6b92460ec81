// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/selection/backend_selection.h"

#include <fcntl.h>

#include <QTest>

using namespace hypervisor;

namespace {

/// A software backend that can be told from a real one.
class MarkedHypervisor final : public Hypervisor {
  public:
    [[nodiscard]] Backend backend() const override { return Backend::Software; }
    [[nodiscard]] Result<std::unique_ptr<ProtoPartition>> createPartition(
        const PartitionSettings&) override {
        return failure("no partitions here");
    }
};

SoftwareProcessor marked() {
    return {[]() -> Result<std::unique_ptr<Hypervisor>> {
                return std::make_unique<MarkedHypervisor>();
            },
            {}};
}

FileDescriptor foreignDevice() {
    return FileDescriptor(::open("/dev/null", O_RDWR | O_CLOEXEC));
}

}  // namespace

class BackendSelectionTest : public QObject {
    Q_OBJECT

  private slots:
    void automaticallyKvmNeedsTheDeviceAndAProcessorThatVirtualizes();
    void softwareIsAlwaysGranted();
    void kvmOnDemandNeedsTheDeviceAlone();
    void theErrorIsOneLineThatSaysWhatToDo();
    void withoutADeviceTheSoftwareBackendIsMade();
    void aForeignDeviceIsRefusedOnDemand();
};

void BackendSelectionTest::automaticallyKvmNeedsTheDeviceAndAProcessorThatVirtualizes() {
    QCOMPARE(chooseBackend(BackendChoice::Auto, true, true).value(), Backend::Kvm);
    QCOMPARE(chooseBackend(BackendChoice::Auto, true, false).value(), Backend::Software);
    QCOMPARE(chooseBackend(BackendChoice::Auto, false, true).value(), Backend::Software);
    QCOMPARE(chooseBackend(BackendChoice::Auto, false, false).value(), Backend::Software);
}

void BackendSelectionTest::softwareIsAlwaysGranted() {
    for (const bool device : {false, true})
        for (const bool virtualizes : {false, true})
            QCOMPARE(chooseBackend(BackendChoice::Software, device, virtualizes).value(),
                     Backend::Software);
}

void BackendSelectionTest::kvmOnDemandNeedsTheDeviceAlone() {
    QCOMPARE(chooseBackend(BackendChoice::Kvm, true, false).value(), Backend::Kvm);
    QCOMPARE(chooseBackend(BackendChoice::Kvm, true, true).value(), Backend::Kvm);
    QVERIFY(!chooseBackend(BackendChoice::Kvm, false, true));
    QVERIFY(!chooseBackend(BackendChoice::Kvm, false, false));
}

void BackendSelectionTest::theErrorIsOneLineThatSaysWhatToDo() {
    for (const bool virtualizes : {false, true}) {
        const QString message = QString::fromStdString(
            chooseBackend(BackendChoice::Kvm, false, virtualizes).error().message);
        QVERIFY(!message.contains('\n'));
        QVERIFY(message.contains("/dev/kvm"));
        QVERIFY(message.contains("use the software backend"));
    }
}

void BackendSelectionTest::withoutADeviceTheSoftwareBackendIsMade() {
    const auto automatic = createHypervisor(BackendChoice::Auto, FileDescriptor(), marked());
    QVERIFY(automatic);
    QCOMPARE((*automatic)->backend(), Backend::Software);
    QVERIFY(!createHypervisor(BackendChoice::Kvm, FileDescriptor(), marked()));
}

void BackendSelectionTest::aForeignDeviceIsRefusedOnDemand() {
    const auto demanded = createHypervisor(BackendChoice::Kvm, foreignDevice(), marked());
    QVERIFY(!demanded);
    QVERIFY(demanded.error().message.find('\n') == std::string::npos);
    const auto automatic = createHypervisor(BackendChoice::Auto, foreignDevice(), marked());
    QVERIFY(automatic);
    QCOMPARE((*automatic)->backend(), Backend::Software);
}

QTEST_APPLESS_MAIN(BackendSelectionTest)
#include "backend_selection_test.moc"
