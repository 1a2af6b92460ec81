// SPDX-License-Identifier: GPL-3.0-or-later
//
// Debian's kernel with dynamic memory: it gets more than at its start when it needs that, gives it
// back, and begins anew with the memory of its start.
#include <QtTest>
#include <algorithm>
#include <map>
#include <string>

#include "ordered_guest.h"
#include "service/ipc/methods.h"

using namespace service;  // NOLINT: the interface under test
using namespace std::chrono_literals;
using tests::eventually;
using tests::OrderedGuest;

namespace {

constexpr std::uint64_t kMebibyte = 1 << 20;
constexpr auto kPatience = 180s;

MachineSettings growingMachine(const std::string& words) {
    // The driver tells of its demand from 45 seconds after its start on otherwise.
    MachineSettings settings =
        OrderedGuest::settings("hv_balloon.pressure_report_delay=1 " + words);
    settings.memory.dynamic = true;
    settings.memory.minimumBytes = 192 * kMebibyte;
    settings.memory.maximumBytes = 1024 * kMebibyte;
    return settings;
}

}  // namespace

class GuestMemoryTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void aGuestGetsMoreAndGivesItBack();
    void memoryThatNobodyPutsOnlineIsTold();
    void memoryGoesByWeight();
};

void GuestMemoryTest::initTestCase() {
    if (const auto missing = OrderedGuest::whatIsMissing())
        QSKIP(missing->c_str());
}

void GuestMemoryTest::aGuestGetsMoreAndGivesItBack() {
    OrderedGuest guest;
    const std::string wrong = guest.start(growingMachine("memhp_default_state=online"));
    QVERIFY2(wrong.empty(), wrong.c_str());
    const auto assigned = [&] { return guest.details().summary.assignedMemoryBytes; };
    for (int boot = 0; boot < 2; ++boot) {
        const auto ready = guest.heard("ready");
        QVERIFY(ready);
        QVERIFY(std::stoul(*ready) < 256 * 1024);
        QVERIFY(eventually([&] { return guest.details().summary.memoryDemandBytes != 0; }));
        QVERIFY(assigned() <= 256 * kMebibyte);

        // More than the machine has started with.
        QVERIFY(guest.order("take 50"));
        const auto taken = guest.heard("taken");
        QVERIFY(taken);
        QVERIFY2(std::stoul(*taken) > 500 * 1024, taken->c_str());
        QVERIFY(eventually([&] { return assigned() > 512 * kMebibyte; }, kPatience));
        QVERIFY(assigned() <= 1024 * kMebibyte);
        QVERIFY(guest.details().summary.memoryDemandBytes > 400 * kMebibyte);
        QVERIFY(guest.order("check"));
        QCOMPARE(guest.heard("checked"), std::optional<std::string>("50"));

        QVERIFY(guest.order("drop"));
        QVERIFY(guest.heard("dropped"));
        QVERIFY(eventually([&] { return assigned() < 400 * kMebibyte; }, kPatience));
        // And again from what it has given back.
        QVERIFY(guest.order("take 30"));
        QVERIFY(guest.heard("taken"));
        QVERIFY(guest.order("check"));
        QCOMPARE(guest.heard("checked"), std::optional<std::string>("30"));
        QVERIFY(eventually([&] { return assigned() > 400 * kMebibyte; }, kPatience));
        if (boot == 0)
            QVERIFY(guest.client().call<MachineResetMethod>({OrderedGuest::kName}));
    }
}

void GuestMemoryTest::memoryThatNobodyPutsOnlineIsTold() {
    OrderedGuest guest;
    const std::string wrong = guest.start(growingMachine("memhp_default_state=offline"));
    QVERIFY2(wrong.empty(), wrong.c_str());
    QVERIFY(guest.heard("ready"));
    QVERIFY(guest.order("take 14"));
    QVERIFY(guest.heard("taken"));
    const auto isTold = [&] {
        const auto events = guest.client().call<EventsListMethod>({});
        return events && std::ranges::any_of(events->events, [](const auto& event) {
                   return event.text.find("memhp_default_state") != std::string::npos;
               });
    };
    QVERIFY(eventually(isTold, kPatience));
    // It does not get more and more of it.
    QVERIFY(guest.details().summary.assignedMemoryBytes < 1024 * kMebibyte);
}

void GuestMemoryTest::memoryGoesByWeight() {
    // Both want more than there is for them: so large a buffer.
    constexpr std::uint64_t kForAll = 1'000 * kMebibyte;
    MachineSettings settings = growingMachine("memhp_default_state=online");
    settings.memory.bufferPercent = 1'500;
    settings.memory.weight = 1'000;
    OrderedGuest light;
    std::string wrong = light.start(settings, {"--machine-memory", "1000"});
    QVERIFY2(wrong.empty(), wrong.c_str());
    settings.memory.weight = 9'000;
    OrderedGuest heavy(light, "heavy");
    wrong = heavy.start(settings);
    QVERIFY2(wrong.empty(), wrong.c_str());
    QVERIFY(light.heard("ready"));
    QVERIFY(heavy.heard("ready"));

    // Of both at the same moment.
    const auto assigned = [&light] {
        std::map<std::string, std::uint64_t> all;
        const auto list = light.client().call<MachineListMethod>({});
        if (!list)
            qFatal("the machines can't be listed");
        for (const MachineSummary& machine : list->machines)
            all[machine.name] = machine.assignedMemoryBytes;
        return all;
    };
    std::string tooMuch;
    const auto shares = [&assigned] {
        std::string text;
        for (const auto& [name, bytes] : assigned())
            text += name + ": " + std::to_string(bytes >> 20) + " MiB; ";
        return text;
    };
    const auto isShared = [&](const char* more, const char* less) {
        auto now = assigned();
        if (now[more] + now[less] > kForAll + 4 * kMebibyte)
            tooMuch = std::string(more) + " " + std::to_string(now[more] >> 20) + " MiB, " + less +
                      " " + std::to_string(now[less] >> 20) + " MiB";
        return now[more] > 600 * kMebibyte && now[less] < 360 * kMebibyte;
    };
    QVERIFY2(eventually([&] { return isShared("heavy", OrderedGuest::kName); }, kPatience),
             shares().c_str());
    QVERIFY(assigned()[OrderedGuest::kName] >= settings.memory.minimumBytes);
    QVERIFY2(tooMuch.empty(), tooMuch.c_str());

    // Other weights, live.
    const auto weigh = [&](const char* machine, std::uint32_t weight) {
        MachineSetParams change;
        change.machine = machine;
        change.changes = {{"memory", {{"weight", weight}}}};
        return light.client().call<MachineSetMethod>(change).has_value();
    };
    QVERIFY(weigh(OrderedGuest::kName, 9'000));
    QVERIFY(weigh("heavy", 1'000));
    QVERIFY2(eventually([&] { return isShared(OrderedGuest::kName, "heavy"); }, kPatience),
             shares().c_str());

    // One that starts gets what they give back.
    MachineSettings third = tests::tinyMachine("third", HALTED_GUEST);
    third.memory.startupBytes = 200 * kMebibyte;
    QVERIFY(light.client().call<MachineCreateMethod>({third, std::nullopt}));
    // A slow guest may take longer than the start waits for it; then one asks again.
    const auto starts = [&] {
        return light.client().call<MachineStartMethod>({"third"}).has_value();
    };
    QVERIFY(eventually(starts, kPatience));
    auto left = assigned();
    QVERIFY(left[OrderedGuest::kName] + left["heavy"] <=
            kForAll - third.memory.startupBytes + 4 * kMebibyte);
    QVERIFY2(tooMuch.empty(), tooMuch.c_str());

    // And one that they can't make room for is refused.
    third.name = "fourth";
    third.memory.startupBytes = 600 * kMebibyte;
    QVERIFY(light.client().call<MachineCreateMethod>({third, std::nullopt}));
    const auto refused = light.client().call<MachineStartMethod>({"fourth"});
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::NotEnoughResources);
}

QTEST_GUILESS_MAIN(GuestMemoryTest)
#include "guest_memory_test.moc"
