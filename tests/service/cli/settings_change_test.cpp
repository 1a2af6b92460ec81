// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/cli/settings_change.h"

#include <QtTest>
#include <filesystem>

#include "service/cli/drive_change.h"
#include "service/cli/enumeration_words.h"
#include "service/ipc/machine_states.h"

using namespace service;
using namespace service::cli;

namespace {

std::string inFolder(const char* name) {
    return (std::filesystem::current_path() / name).string();
}

MachineSettings changed(const SettingsArguments& arguments, MachineSettings settings,
                        SettingsPurpose purpose = SettingsPurpose::Change) {
    const auto applied = applyArguments(arguments, purpose, settings);
    if (!applied)
        QTest::qFail(applied.error().message.c_str(), __FILE__, __LINE__);
    return settings;
}

std::string refusal(const SettingsArguments& arguments, MachineSettings settings = {}) {
    const auto applied = applyArguments(arguments, SettingsPurpose::Change, settings);
    return applied ? "" : applied.error().message;
}

}  // namespace

class SettingsChangeTest : public QObject {
    Q_OBJECT

  private slots:
    void whatIsNotTypedStays() {
        MachineSettings settings;
        settings.name = "web";
        settings.processor = {4, 10'000, 50'000, 200};
        settings.drives = {{ControllerKind::Ide, 0, 0, DriveKind::HardDisk, "/a.vhdx", false}};
        settings.firmware.kernel = KernelBoot{"/vmlinuz", {"/initrd"}, "quiet"};
        QCOMPARE(changed({}, settings), settings);
    }

    void processorAndMemory() {
        SettingsArguments arguments;
        arguments.processors = "2";
        arguments.reserve = "10";
        arguments.limit = "50.5%";
        arguments.weight = "200";
        arguments.memory = "2G";
        arguments.dynamicMemory = "on";
        arguments.backend = "software";
        const MachineSettings settings = changed(arguments, {});
        QCOMPARE(settings.processor, (ProcessorSettings{2, 10'000, 50'500, 200}));
        QCOMPARE(settings.memory.startupBytes, 2ULL << 30);
        QVERIFY(settings.memory.dynamic);
        QCOMPARE(settings.backend, BackendChoice::Software);
    }

    void aReserveOverTheLimitIsRefusedInPercent() {
        MachineSettings settings;
        settings.processor.limit = 50'000;
        SettingsArguments arguments;
        arguments.reserve = "60";
        const std::string message = refusal(arguments, settings);
        QVERIFY2(message.find("60 % is over the limit of 50 %") != std::string::npos,
                 message.c_str());
        arguments.limit = "60";
        QCOMPARE(refusal(arguments, settings), "");
    }

    void pathsBecomeAbsolute() {
        SettingsArguments arguments;
        arguments.kernel = "vmlinuz";
        arguments.initialRamDisks = {"a.img", "/b.img"};
        arguments.append = "console=ttyS0";
        arguments.disks = {"web.vhdx"};
        const MachineSettings settings = changed(arguments, {}, SettingsPurpose::Create);
        QVERIFY(settings.firmware.kernel);
        QCOMPARE(settings.firmware.kernel->path, inFolder("vmlinuz"));
        QCOMPARE(settings.firmware.kernel->initialRamDisks,
                 (std::vector<std::string>{inFolder("a.img"), "/b.img"}));
        QCOMPARE(settings.drives.at(0).path, inFolder("web.vhdx"));
    }

    void kernelOptionsChangeOneByOne() {
        MachineSettings settings;
        settings.firmware.kernel = KernelBoot{"/vmlinuz", {"/initrd"}, "quiet"};
        SettingsArguments append;
        append.append = "single";
        QCOMPARE(changed(append, settings).firmware.kernel,
                 (KernelBoot{"/vmlinuz", {"/initrd"}, "single"}));
        SettingsArguments none;
        none.noKernel = true;
        QVERIFY(!changed(none, settings).firmware.kernel);
        SettingsArguments noDisk;
        noDisk.noInitialRamDisk = true;
        QVERIFY(changed(noDisk, settings).firmware.kernel->initialRamDisks.empty());
        QVERIFY(refusal(append).find("--kernel") != std::string::npos);
        none.kernel = "/other";
        QVERIFY(refusal(none, settings).find("--no-kernel") != std::string::npos);
    }

    void drivesGoWhereHyperVPutsThem() {
        SettingsArguments arguments;
        arguments.disks = {"/1", "/2", "/3", "scsi2:7=/4"};
        arguments.dvds = {"/cd"};
        const auto places = [](const MachineSettings& settings) {
            std::string text;
            for (const Drive& drive : settings.drives)
                text += placeText(placeOf(drive)) + " ";
            return text;
        };
        QCOMPARE(places(changed(arguments, {}, SettingsPurpose::Create)),
                 "ide0:0 ide0:1 ide1:0 scsi2:7 ide1:1 ");
        MachineSettings second;
        second.generation = 2;
        QCOMPARE(places(changed(arguments, second, SettingsPurpose::Create)),
                 "scsi0:0 scsi0:1 scsi0:2 scsi2:7 scsi0:3 ");
    }

    void discsAreInsertedIntoTheDriveThatIsThere() {
        MachineSettings settings;
        SettingsArguments insert;
        insert.dvds = {"/cd.iso"};
        settings = changed(insert, settings);
        QCOMPARE(settings.drives.size(), 1U);
        QCOMPARE(settings.drives[0].kind, DriveKind::Dvd);
        insert.dvds = {"/other.iso"};
        settings = changed(insert, settings);
        QCOMPARE(settings.drives.size(), 1U);
        QCOMPARE(settings.drives[0].path, "/other.iso");
        insert.dvds = {"none"};
        settings = changed(insert, settings);
        QCOMPARE(settings.drives.at(0).path, "");
        insert.dvds = {"ide1:1=/second.iso"};
        settings = changed(insert, settings);
        insert.dvds = {"/third.iso"};
        QVERIFY(refusal(insert, settings).find("say which") != std::string::npos);
    }

    void drivesAreRemovedByPlace() {
        MachineSettings settings;
        SettingsArguments add;
        add.disks = {"/1", "/2"};
        settings = changed(add, settings);
        SettingsArguments removal;
        removal.removedDrives = {"ide0:0"};
        settings = changed(removal, settings);
        QCOMPARE(settings.drives.size(), 1U);
        QCOMPARE(settings.drives[0].path, "/2");
        QVERIFY(refusal(removal, settings).find("no drive at ide0:0") != std::string::npos);
        removal.removedDrives = {"ide9:0"};
        QVERIFY(refusal(removal, settings).find("not a place") != std::string::npos);
    }

    void placesAreReadExactly() {
        QVERIFY(parsePlace("ide0:0"));
        QVERIFY(parsePlace("scsi3:63"));
        for (const char* const text :
             {"", "ide", "ide0", "ide0:", "ide0:2", "ide2:0", "scsi4:0", "scsi0:64", "ide0:0x",
              "IDE0:0", "ide-1:0", "sata0:0", "ide99999999999:0"})
            QVERIFY2(!parsePlace(text), text);
    }

    void adaptersAreConnectedByNumber() {
        SettingsArguments create;
        create.switches = {"External", "none"};
        MachineSettings settings = changed(create, {}, SettingsPurpose::Create);
        QCOMPARE(settings.networkAdapters.size(), 2U);
        QCOMPARE(settings.networkAdapters[0].switchName, "External");
        QCOMPARE(settings.networkAdapters[1].switchName, "");

        SettingsArguments change;
        change.switches = {"2=Private"};
        change.macAddresses = {"1=02:00:00:00:00:01"};
        settings = changed(change, settings);
        QCOMPARE(settings.networkAdapters[1].switchName, "Private");
        QCOMPARE(settings.networkAdapters[0].macAddress, "02:00:00:00:00:01");

        SettingsArguments boot;
        boot.tftpFolders = {"2=boot"};
        boot.bootFiles = {"2=menu.ipxe"};
        settings = changed(boot, settings);
        QCOMPARE(settings.networkAdapters[1].tftpFolder, inFolder("boot"));
        QCOMPARE(settings.networkAdapters[1].bootFile, "menu.ipxe");
        boot.bootFiles.clear();
        boot.tftpFolders = {"2=none"};
        settings = changed(boot, settings);
        QCOMPARE(settings.networkAdapters[1].tftpFolder, "");
        QCOMPARE(settings.networkAdapters[1].bootFile, "");

        SettingsArguments vague;
        vague.switches = {"Private"};
        QVERIFY(refusal(vague, settings).find("say which") != std::string::npos);
        SettingsArguments removal;
        removal.removedAdapters = {"1"};
        removal.addedAdapters = {"Internal"};
        removal.legacyAdapters = true;
        settings = changed(removal, settings);
        QCOMPARE(settings.networkAdapters.size(), 2U);
        QCOMPARE(settings.networkAdapters[0].switchName, "Private");
        QVERIFY(settings.networkAdapters[1].legacy);
        removal.removedAdapters = {"3"};
        QVERIFY(!refusal(removal, settings).empty());
    }

    void management() {
        SettingsArguments arguments;
        arguments.notes = "line";
        arguments.group = "lab";
        arguments.automaticStart = "always";
        arguments.startDelay = "30";
        arguments.automaticStop = "turn-off";
        arguments.onCrash = "restart";
        arguments.checkpoints = "production-only";
        arguments.integrationServices = {"time-synchronization=off", "guest-services=on"};
        arguments.com1 = "none";
        arguments.com2 = "console";
        arguments.bootOrder = "hard-disk,dvd";
        const MachineSettings settings = changed(arguments, {});
        QCOMPARE(settings.automaticStart.action, AutomaticStartAction::Always);
        QCOMPARE(settings.automaticStart.delaySeconds, 30U);
        QCOMPARE(settings.automaticStop, AutomaticStopAction::TurnOff);
        QCOMPARE(settings.crash.action, CrashAction::Restart);
        QCOMPARE(settings.checkpoints.kind, CheckpointKind::ProductionOnly);
        QVERIFY(!settings.integrationServices.timeSynchronization);
        QVERIFY(settings.integrationServices.guestServices);
        QVERIFY(!settings.comPorts.at(0).console);
        QVERIFY(settings.comPorts.at(1).console);
        QCOMPARE(settings.firmware.bootOrder,
                 (std::vector<BootDevice>{BootDevice::HardDisk, BootDevice::Dvd}));
    }

    void wrongWordsAreRefusedWithWhatCanBeGiven_data() {
        QTest::addColumn<QString>("option");
        QTest::addColumn<QString>("part");
        QTest::newRow("start") << "automaticStart"
                               << "nothing|if-was-running|always";
        QTest::newRow("on/off") << "dynamicMemory"
                                << "on or off";
        QTest::newRow("boot order") << "bootOrder"
                                    << "dvd|hard-disk|network|floppy";
        QTest::newRow("integration service") << "integration"
                                             << "key-value-exchange";
        QTest::newRow("port") << "com1"
                              << "console or none";
        QTest::newRow("memory") << "memory"
                                << "M, G or T";
        QTest::newRow("processors") << "processors"
                                    << "1 to 64";
    }
    void wrongWordsAreRefusedWithWhatCanBeGiven() {
        QFETCH(QString, option);
        QFETCH(QString, part);
        SettingsArguments arguments;
        const std::string wrong = "perhaps";
        if (option == "automaticStart")
            arguments.automaticStart = wrong;
        else if (option == "dynamicMemory")
            arguments.dynamicMemory = wrong;
        else if (option == "bootOrder")
            arguments.bootOrder = "dvd," + wrong;
        else if (option == "integration")
            arguments.integrationServices = {wrong + "=on"};
        else if (option == "com1")
            arguments.com1 = wrong;
        else if (option == "memory")
            arguments.memory = wrong;
        else
            arguments.processors = wrong;
        const std::string message = refusal(arguments);
        QVERIFY2(message.find(part.toStdString()) != std::string::npos, message.c_str());
    }

    void enumeratorsAreTypedAsWords() {
        QCOMPARE(choicesOf<AutomaticStopAction>(), "save|turn-off|shut-down");
        QCOMPARE(shown(AutomaticStartAction::IfWasRunning), "If was running");
        QCOMPARE(parseWord<MachineState>("running", "--state").value(), MachineState::Running);
        QVERIFY(!parseWord<MachineState>("Running", "--state"));
    }
};

QTEST_APPLESS_MAIN(SettingsChangeTest)
#include "settings_change_test.moc"
