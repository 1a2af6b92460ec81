// SPDX-License-Identifier: GPL-3.0-or-later
#include "hypervisor/control_groups/group_placement.h"

#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>
#include <fstream>

#include "hypervisor/control_groups/control_groups.h"

using hypervisor::ControlGroups;
using hypervisor::findPlacement;
using hypervisor::GroupPlacement;
using hypervisor::GroupVersion;
using namespace std::chrono_literals;

namespace {

bool always(const std::string&) {
    return true;
}
bool never(const std::string&) {
    return false;
}

constexpr const char* kV1Mounts =
    "30 25 0:26 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n"
    "31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
    "32 25 0:28 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
constexpr const char* kV1Groups = "4:cpuset:/\n3:cpu,cpuacct:/system.slice/v:x.service\n0::/\n";
constexpr const char* kV2Mounts =
    "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

std::string content(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

void put(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
}

}  // namespace

class GroupPlacementTest : public QObject {
    Q_OBJECT

  private slots:
    void version1IsFoundBesideAnEmptyVersion2() {
        const auto found = findPlacement(kV1Mounts, kV1Groups, never);
        QVERIFY(found);
        QVERIFY(*found == (GroupPlacement{GroupVersion::V1,
                                          "/sys/fs/cgroup/cpu,cpuacct/system.slice/v:x.service"}));
    }

    void version2IsFoundWhereItHasTheController() {
        const auto found =
            findPlacement(kV2Mounts, "0::/user.slice/user-1000.slice/vireod.service\n", always);
        QVERIFY(found);
        QVERIFY(*found ==
                (GroupPlacement{GroupVersion::V2,
                                "/sys/fs/cgroup/user.slice/user-1000.slice/vireod.service"}));
        QCOMPARE(findPlacement(kV2Mounts, "0::/\n", always)->folder, "/sys/fs/cgroup");
    }

    void mountOfAPartOfAHierarchyIsSeenAsSuch() {
        const auto found =
            findPlacement("31 25 0:27 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n",
                          "3:cpu:/docker/abc/inner\n", never);
        QVERIFY(found);
        QCOMPARE(found->folder, "/sys/fs/cgroup/cpu/inner");
    }

    void absenceIsSaid() {
        QVERIFY(!findPlacement("", "", always));
        QVERIFY(!findPlacement("nonsense\n - cgroup2\n", ":::\n::\n", always));
        QVERIFY(!findPlacement(kV2Mounts, "0::/\n", never));
    }

    void version1FilesGetWhatTheirFormatIs() {
        // A plain folder stands for the hierarchy: what would be written where.
        QTemporaryDir folder;
        const std::string base = folder.path().toStdString();
        for (const char* group : {"/vireo", "/vireo/m1", "/vireo/m1.devices"}) {
            std::filesystem::create_directory(base + group);
            for (const char* file : {"/tasks", "/cgroup.procs", "/cpu.shares", "/cpu.cfs_quota_us",
                                     "/cpu.cfs_period_us"})
                put(base + group + file, "");
        }
        const auto groups = ControlGroups::open({GroupVersion::V1, base}, "vireo", 2);
        QVERIFY2(groups, groups ? "" : groups.error().message.c_str());
        QCOMPARE((*groups)->missing(), "");
        QCOMPARE(content(base + "/vireo/cpu.shares"), "2048");
        const auto group = (*groups)->machineGroup("m1");
        QVERIFY(group);
        QVERIFY((*group)->addProcess(1));
        QVERIFY((*group)->addProcessorThread(77));
        QVERIFY((*group)->addDeviceThread(78));
        QCOMPARE(content(base + "/vireo/m1.devices/cgroup.procs"), "1");
        QCOMPARE(content(base + "/vireo/m1/tasks"), "77");
        QCOMPARE(content(base + "/vireo/m1.devices/tasks"), "78");
        QVERIFY((*group)->setWeight(262'144));
        QVERIFY((*group)->setBandwidth(hypervisor::Bandwidth{5ms, 20ms}));
        for (const std::string& each : {base + "/vireo/m1", base + "/vireo/m1.devices"}) {
            QCOMPARE(content(each + "/cpu.shares"), "262144");
            QCOMPARE(content(each + "/cpu.cfs_quota_us"), "5000");
            QCOMPARE(content(each + "/cpu.cfs_period_us"), "20000");
        }
    }

    void version2FilesGetWhatTheirFormatIs() {
        QTemporaryDir folder;
        const std::string base = folder.path().toStdString();
        put(base + "/cgroup.subtree_control", "");
        std::filesystem::create_directory(base + "/vireo");
        for (const char* file : {"/cgroup.subtree_control", "/cgroup.type", "/cpu.max"})
            put(base + "/vireo" + file, "");
        put(base + "/vireo/cpu.weight", "");
        const std::array machines{base + "/vireo/m1", base + "/vireo/m1.devices"};
        for (const std::string& each : machines) {
            std::filesystem::create_directory(each);
            for (const char* file :
                 {"/cgroup.procs", "/cgroup.threads", "/cgroup.type", "/cpu.max", "/cpu.weight"})
                put(each + file, "");
        }
        const auto groups = ControlGroups::open({GroupVersion::V2, base}, "vireo", 2);
        QVERIFY2(groups, groups ? "" : groups.error().message.c_str());
        QCOMPARE(content(base + "/cgroup.subtree_control"), "+cpu");
        QCOMPARE(content(base + "/vireo/cgroup.type"), "threaded");
        QCOMPARE(content(base + "/vireo/cgroup.subtree_control"), "+cpu");
        QCOMPARE(content(base + "/vireo/cpu.weight"), "200");
        const auto group = (*groups)->machineGroup("m1");
        QVERIFY(group);
        QVERIFY((*group)->addProcess(5));
        QVERIFY((*group)->addProcessorThread(6));
        QVERIFY((*group)->addDeviceThread(7));
        QCOMPARE(content(machines[1] + "/cgroup.procs"), "5");
        QCOMPARE(content(machines[0] + "/cgroup.threads"), "6");
        QCOMPARE(content(machines[1] + "/cgroup.threads"), "7");
        QVERIFY((*group)->setWeight(10'000));
        QVERIFY((*group)->setBandwidth(hypervisor::Bandwidth{5ms, 20ms}));
        for (const std::string& each : machines) {
            QCOMPARE(content(each + "/cgroup.type"), "threaded");
            QCOMPARE(content(each + "/cpu.weight"), "10000");
            QCOMPARE(content(each + "/cpu.max"), "5000 20000");
        }
        // Who may hardly run must still answer.
        QVERIFY((*group)->setBandwidth(hypervisor::Bandwidth{1ms, 100ms}));
        QCOMPARE(content(machines[0] + "/cpu.max"), "1000 100000");
        QCOMPARE(content(machines[1] + "/cpu.max"), "10000 100000");
    }

    void badNamesAndForbiddenFoldersAreRefused() {
        QVERIFY(!ControlGroups::open({GroupVersion::V1, "/nowhere"}, "vireo", 2));
        QTemporaryDir folder;
        const std::string base = folder.path().toStdString();
        std::filesystem::create_directory(base + "/vireo");
        put(base + "/vireo/cpu.shares", "");
        const auto groups = ControlGroups::open({GroupVersion::V1, base}, "vireo", 2);
        QVERIFY(groups);
        QVERIFY((*groups)->missing().find("limits") != std::string::npos);
        for (const char* name : {"", ".", "..", "a/b", ".hidden"})
            QVERIFY(!(*groups)->machineGroup(name));
    }
};

QTEST_GUILESS_MAIN(GroupPlacementTest)
#include "group_placement_test.moc"
