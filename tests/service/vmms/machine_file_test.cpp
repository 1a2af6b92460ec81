// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/vmms/machine_file.h"

#include <QTemporaryDir>
#include <QtTest>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <random>

#include "service/vmms/atomic_file.h"
#include "service/vmms/machine_folder.h"
#include "service/vmms/settings_check.h"

using service::MachineSettings;
using service::parseMachineFile;
using service::StoredMachine;
using service::writeMachineFile;

namespace {

class RandomMachine {
  public:
    explicit RandomMachine(std::uint32_t seed) : random_(seed) {}

    StoredMachine make() {
        StoredMachine machine;
        MachineSettings& settings = machine.settings;
        machine.owner = number(0, 70'000);
        settings.id = service::newUuid();
        settings.name = text();
        settings.generation = number(1, 2);
        settings.created = number(0, 2'000'000'000);
        settings.notes = text() + "\n\"\\ä" + text();
        settings.processor.count = number(1, 64);
        settings.processor.limit = number(1'000, 100'000);
        settings.processor.reserve = number(0, settings.processor.limit);
        settings.processor.weight = number(1, 10'000);
        settings.memory.startupBytes = std::uint64_t{number(8, 1 << 20)} << 20;
        if (chance())
            settings.firmware.kernel = service::KernelBoot{"/" + text(), {"/" + text()}, text()};
        const std::uint32_t drives = number(0, 5);
        for (std::uint32_t at = 0; at < drives; ++at)
            settings.drives.push_back({service::ControllerKind::Scsi, number(0, 3), at,
                                       service::DriveKind::HardDisk, "/" + text(), chance()});
        if (chance() && settings.generation == 1)
            settings.floppy = service::FloppyDrive{"/" + text()};
        const std::uint32_t adapters = number(0, 3);
        for (std::uint32_t at = 0; at < adapters; ++at)
            settings.networkAdapters.push_back({service::newUuid(),
                                                text(),
                                                text(),
                                                service::newMacAddress(),
                                                false,
                                                {},
                                                "/" + text(),
                                                text()});
        settings.comPorts = {{chance()}, {chance()}};
        settings.automaticStart = {service::AutomaticStartAction::Always, number(0, 86'400)};
        settings.crash = {service::CrashAction::Restart, number(1, 1'000), number(1, 86'400)};
        return machine;
    }
    std::uint32_t number(std::uint32_t least, std::uint32_t most) {
        return std::uniform_int_distribution<std::uint32_t>(least, most)(random_);
    }

  private:
    bool chance() { return number(0, 1) == 1; }
    std::string text() {
        std::string text;
        for (std::uint32_t left = number(1, 20); left > 0; --left)
            text += static_cast<char>('a' + number(0, 25));
        return text;
    }

    std::mt19937 random_;
};

}  // namespace

/// vm.json: what goes in comes out, what is not known stays, what is damaged is said.
class MachineFileTest : public QObject {
    Q_OBJECT

  private slots:
    void everyMachineComesBackAsItWas() {
        RandomMachine random(1);
        for (int round = 0; round < 500; ++round) {
            const StoredMachine machine = random.make();
            const auto back = parseMachineFile(writeMachineFile(machine, {}));
            QVERIFY2(back, back ? "" : back.error().message.c_str());
            QVERIFY(*back == machine);
        }
    }

    void whatANewerVersionKnowsStaysWhenItIsWritten() {
        RandomMachine random(2);
        for (int round = 0; round < 100; ++round) {
            StoredMachine machine = random.make();
            machine.settings.drives = {
                {service::ControllerKind::Scsi, 0, 4, service::DriveKind::HardDisk, "/a", false},
                {service::ControllerKind::Scsi, 0, 7, service::DriveKind::HardDisk, "/b", false}};
            auto value = boost::json::parse(writeMachineFile(machine, {}));
            value.as_object()["future"] = {{"a", 1}, {"b", {1, 2}}};
            value.at("processor").as_object()["numa"] = 2;
            value.at("drives").as_array()[1].as_object()["iops"] = 500;
            const std::string newer = boost::json::serialize(value);

            auto read = parseMachineFile(newer);
            QVERIFY(read);
            QVERIFY(*read == machine);
            // The second drive becomes the first one, and is still the same.
            read->settings.drives.erase(read->settings.drives.begin());
            read->settings.processor.weight = 7;
            const auto written = boost::json::parse(writeMachineFile(*read, newer));
            QVERIFY(written.at("future") == value.at("future"));
            QVERIFY(written.at("processor").at("numa") == boost::json::value(2));
            QVERIFY(written.at("processor").at("weight") == boost::json::value(7));
            QCOMPARE(written.at("drives").as_array().size(), std::size_t{1});
            QVERIFY(written.at("drives").as_array()[0].at("iops") == boost::json::value(500));
            QVERIFY(parseMachineFile(boost::json::serialize(written)));
        }
    }

    void fieldsThatAreMissingHaveTheirDefaults() {
        const auto machine =
            parseMachineFile(R"({"id":"6fa459ea-ee8a-4ca4-894e-db77e160355e","name":"old"})");
        QVERIFY(machine);
        QCOMPARE(machine->settings.processor.weight, 100U);
        QCOMPARE(machine->settings.memory.startupBytes, std::uint64_t{1} << 30);
    }

    void damageIsSaidAndNeverBelieved() {
        RandomMachine random(3);
        const std::string text = writeMachineFile(random.make(), {});
        for (std::size_t length = 0; length + 2 < text.size(); length += 7)
            QVERIFY(!parseMachineFile(text.substr(0, length)));
        for (int round = 0; round < 2'000; ++round) {
            std::string damaged = text;
            for (std::uint32_t left = random.number(1, 8); left > 0; --left)
                damaged[random.number(0, static_cast<std::uint32_t>(text.size() - 1))] =
                    static_cast<char>(random.number(0, 255));
            // It may still be a machine; then it is a sound one.
            if (const auto machine = parseMachineFile(damaged))
                QVERIFY(service::checkSettings(machine->settings));
            else
                QVERIFY(!machine.error().message.empty());
        }
        const auto newer = parseMachineFile(
            R"({"version":2,"id":"6fa459ea-ee8a-4ca4-894e-db77e160355e","name":"new"})");
        QVERIFY(!newer);
        QVERIFY(newer.error().message.find("newer") != std::string::npos);
    }

    void aFolderIsThereWholeOrNotAtAll() {
        const QTemporaryDir folder;
        const std::string machines = folder.path().toStdString();
        RandomMachine random(4);
        const StoredMachine machine = random.make();
        const auto made = service::createMachineFolder(machines, {}, machine);
        QVERIFY(made);
        // What an interrupted one has left, and what a deleted machine has.
        QVERIFY(QDir(folder.path()).mkdir(".unfinished.new"));
        QVERIFY(QDir(folder.path()).mkdir("left-behind"));
        auto found = service::findMachineFolders(machines);
        QVERIFY(found);
        QCOMPARE(found->size(), std::size_t{1});
        QVERIFY(found->front().machine && *found->front().machine == machine);
        QVERIFY(!QDir(folder.path()).exists(".unfinished.new"));

        std::ofstream(*made + "/vm.json") << "{\"id\":";
        std::ofstream(*made + "/disk.vhdx") << "content";
        found = service::findMachineFolders(machines);
        QVERIFY(found && found->size() == 1 && !found->front().machine);
        QVERIFY(found->front().machine.error().message.find("damaged") != std::string::npos);

        const auto deleted = service::deleteMachineFolder(machines, *made, machine.settings.id,
                                                          nullptr, service::DeleteDisks::Yes);
        QVERIFY(deleted);
        QVERIFY(std::ranges::find(deleted->kept, *made + "/disk.vhdx") != deleted->kept.end());
        QVERIFY(QFile::exists(QString::fromStdString(*made + "/disk.vhdx")));
        found = service::findMachineFolders(machines);
        QVERIFY(found && found->empty());
    }

    void imagesOutsideOfTheFolderAreNeverRemoved() {
        const QTemporaryDir folder;
        const std::string machines = folder.path().toStdString();
        RandomMachine random(5);
        StoredMachine machine = random.make();
        const std::string own = machines + "/" + machine.settings.id;
        const std::string outside = machines + "/outside.vhdx";
        std::ofstream(outside) << "content";
        const auto drive = [](std::uint32_t at, std::string path) {
            return service::Drive{service::ControllerKind::Scsi,
                                  0,
                                  at,
                                  service::DriveKind::HardDisk,
                                  std::move(path),
                                  false};
        };
        machine.settings.drives = {drive(0, own + "/inside.vhdx"),
                                   drive(1, own + "/../outside.vhdx"), drive(2, outside)};
        QVERIFY(service::createMachineFolder(machines, {}, machine));
        std::ofstream(own + "/inside.vhdx") << "content";
        const auto deleted = service::deleteMachineFolder(
            machines, own, machine.settings.id, &machine.settings, service::DeleteDisks::Yes);
        QVERIFY(deleted);
        QVERIFY(QFile::exists(QString::fromStdString(outside)));
        QVERIFY(!QDir().exists(QString::fromStdString(own)));
    }

    void aFileThatCanNotBeReplacedStays() {
        const QTemporaryDir folder;
        const std::string path = folder.path().toStdString() + "/file";
        QVERIFY(service::replaceFile(path, "old"));
        QVERIFY(QDir(folder.path()).mkdir("file.new"));
        QVERIFY(!service::replaceFile(path, "new"));
        QCOMPARE(service::readFile(path, 100).value_or(""), "old");
        QVERIFY(QDir(folder.path()).rmdir("file.new"));
        QVERIFY(service::replaceFile(path, "new"));
        QCOMPARE(service::readFile(path, 100).value_or(""), "new");
        QVERIFY(!service::readFile(path, 2));
    }

    void bootFilesAreOfAFolder() {
        MachineSettings settings = RandomMachine(3).make().settings;
        service::NetworkAdapter adapter;
        adapter.bootFile = "go";
        const auto fieldOf = [&] {
            settings.networkAdapters = {adapter};
            const auto checked = service::checkSettings(settings);
            return checked ? std::string() : checked.error().data.field;
        };
        QCOMPARE(fieldOf(), "networkAdapters[0].tftpFolder");
        adapter.tftpFolder = "relative";
        QCOMPARE(fieldOf(), "networkAdapters[0].tftpFolder");
        adapter.tftpFolder = "/folder";
        QCOMPARE(fieldOf(), "");
        adapter.bootFile.assign(127, 'b');
        QCOMPARE(fieldOf(), "");
        for (const std::string& name : {std::string(128, 'b'), std::string("a\nb")}) {
            adapter.bootFile = name;
            QCOMPARE(fieldOf(), "networkAdapters[0].bootFile");
        }
    }

    void legacyAdaptersHaveRulesOfTheirOwn() {
        MachineSettings settings = RandomMachine(3).make().settings;
        settings.generation = 1;
        const auto adapterWith = [](const char* mac) {
            service::NetworkAdapter adapter;
            adapter.macAddress = mac;
            adapter.legacy = true;
            return adapter;
        };
        settings.networkAdapters.assign(4, adapterWith("02:15:5d:00:00:01"));
        QVERIFY(service::checkSettings(settings));
        settings.networkAdapters.push_back(adapterWith("02:15:5d:00:00:01"));
        QVERIFY(!service::checkSettings(settings));
        settings.networkAdapters.back().legacy = false;
        QVERIFY(service::checkSettings(settings));
        // What a guest's driver would make another address of.
        for (const char* const mac :
             {"02:00:5d:00:00:01", "a0:00:5d:00:00:01", "c0:00:5d:00:00:01"})
            QVERIFY(service::isSwappedByDrivers(mac));
        for (int i = 0; i < 2000; ++i)
            QVERIFY(!service::isSwappedByDrivers(service::newMacAddress()));
        settings.networkAdapters = {adapterWith("02:15:5d:00:00:01")};
        settings.generation = 2;
        settings.floppy.reset();
        QVERIFY(!service::checkSettings(settings));
    }
};

QTEST_GUILESS_MAIN(MachineFileTest)
#include "machine_file_test.moc"
