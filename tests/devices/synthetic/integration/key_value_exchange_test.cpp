// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/integration/key_value_exchange.h"

// Before Qt, which takes the word "signals".
#include "played_ic_driver.h"

#include <QTest>
#include <algorithm>

using namespace devices::synthetic;
using namespace std::chrono_literals;

namespace {

using Items = KeyValueExchange::Items;

template <std::size_t size>
std::u16string textOf(const std::array<std::uint16_t, size>& field) {
    return {field.begin(), std::ranges::find(field, 0)};
}

template <std::size_t size>
std::uint32_t putText(std::array<std::uint16_t, size>& field, const std::u16string& text) {
    field = {};
    std::ranges::copy(text, field.begin());
    return static_cast<std::uint32_t>((text.size() + 1) * 2);
}

/// The guest's daemon and what it keeps.
struct Daemon {
    std::map<std::u16string, std::u16string> kept;
    std::vector<std::pair<std::u16string, std::u16string>> ofItself;
    ic::KeyValueAddresses addresses{};
    unsigned rounds = 0;

    void answer(ic::Header& header, std::span<std::byte> body) {
        header.status = ic::kOk;
        const auto head = bodyFrom<ic::KeyValueHeader>(body);
        switch (static_cast<ic::KeyValueOperation>(head.operation)) {
            case ic::KeyValueOperation::Get:
                return get(header, body);
            case ic::KeyValueOperation::Set: {
                const auto message = bodyFrom<ic::KeyValueAccess>(body);
                kept[textOf(message.record.key)] = textOf(message.record.value);
                return;
            }
            case ic::KeyValueOperation::Delete:
                if (kept.erase(textOf(bodyFrom<ic::KeyValueDelete>(body).key)) == 0)
                    header.status = ic::kNoMoreItems;
                return;
            case ic::KeyValueOperation::Enumerate:
                return enumerate(header, body);
            case ic::KeyValueOperation::GetAddresses: {
                const auto asked = bodyFrom<ic::KeyValueAddresses>(body);
                if (asked.adapter != addresses.adapter)
                    header.status = ic::kGuidNotFound;
                else
                    putBody(body, addresses);
                return;
            }
            case ic::KeyValueOperation::SetAddresses:
                addresses = bodyFrom<ic::KeyValueAddresses>(body);
                return;
        }
        header.status = ic::kInvalidArgument;
    }

  private:
    void get(ic::Header& header, std::span<std::byte> body) const {
        auto message = bodyFrom<ic::KeyValueAccess>(body);
        const auto found = kept.find(textOf(message.record.key));
        if (found == kept.end()) {
            header.status = ic::kNoMoreItems;
            return;
        }
        message.record.valueSize = putText(message.record.value, found->second);
        message.record.type = ic::kValueText;
        putBody(body, message);
    }
    void enumerate(ic::Header& header, std::span<std::byte> body) {
        auto message = bodyFrom<ic::KeyValueEnumerate>(body);
        if (message.header.pool != 2 || message.index >= ofItself.size()) {
            header.status = ic::kNoMoreItems;
            ++rounds;
            return;
        }
        const auto& [key, value] = ofItself[message.index];
        message.record.type = ic::kValueText;
        message.record.keySize = putText(message.record.key, key);
        message.record.valueSize = putText(message.record.value, value);
        putBody(body, message);
    }
};

struct Scene {
    Scene() {
        daemon.ofItself = {{u"OSName", u"Debian GNU/Linux"}, {u"NetworkAddressIPv4", u"10.0.0.2"}};
        driver.onRequest = [this](ic::Header& header, std::span<std::byte> body) {
            if (answers)
                daemon.answer(header, body);
            if (spoil)
                spoil(body);
            return answers;
        };
    }
    KeyValueExchange::Done done() {
        return [this](hypervisor::Result<void> result) { results.push_back(result.has_value()); };
    }

    std::vector<bool> results;
    PlayedChannel channel;
    std::vector<Items> changes;
    KeyValueExchange component{channel.thread(),
                               [this](const Items& items) { changes.push_back(items); }};
    PlayedIcDriver driver{channel, {{3, 0}, {1, 0}}, {{4, 0}, {3, 0}, {1, 0}}};
    Daemon daemon;
    bool answers = true;
    std::function<void(std::span<std::byte>)> spoil;
};

}  // namespace

class KeyValueExchangeTest : public QObject {
    Q_OBJECT

  private slots:
    void whatTheGuestTellsOfItselfIsReadAndKeptUpToDate() {
        Scene scene;
        scene.channel.open(scene.component);
        const Items first{{"NetworkAddressIPv4", "10.0.0.2"}, {"OSName", "Debian GNU/Linux"}};
        QVERIFY(scene.component.guestItems() == first);
        QCOMPARE(scene.changes.size(), std::size_t{1});
        scene.channel.advance(60s);
        QCOMPARE(scene.daemon.rounds, 4U);
        QCOMPARE(scene.changes.size(), std::size_t{1});
        scene.daemon.ofItself[1].second = u"10.0.0.3";
        scene.channel.advance(20s);
        QCOMPARE(scene.changes.size(), std::size_t{2});
        QCOMPARE(scene.component.guestItems().at("NetworkAddressIPv4"), std::string("10.0.0.3"));
        QVERIFY(scene.channel.close());
        QVERIFY(scene.component.guestItems().empty());
        QCOMPARE(scene.changes.size(), std::size_t{3});
    }

    void valuesAreSetReadAndRemoved() {
        Scene scene;
        scene.channel.open(scene.component);
        scene.component.set("Rolle", "B\u00fcro", scene.done());
        scene.channel.settle();
        QVERIFY(scene.daemon.kept.at(u"Rolle") == u"B\u00fcro");
        std::optional<hypervisor::Result<std::string>> got;
        const auto get = [&](const char* key) {
            scene.component.get(
                KeyValueExchange::Pool::External, key,
                [&](hypervisor::Result<std::string> result) { got = std::move(result); });
            scene.channel.settle();
        };
        get("Rolle");
        QVERIFY(got && *got);
        QCOMPARE(**got, std::string("B\u00fcro"));
        scene.component.remove("Rolle", scene.done());
        scene.component.remove("Rolle", scene.done());
        scene.channel.settle();
        QCOMPARE(scene.results, (std::vector{true, true, false}));
        get("Rolle");
        QVERIFY(!*got);
    }

    void addressesAreSetAndRead() {
        Scene scene;
        scene.channel.open(scene.component);
        KeyValueExchange::Addresses given;
        given.adapter = "{f8615163-df3e-46c5-913f-f2d2f965ed0e}";
        given.family = KeyValueExchange::Family::Ipv4;
        given.addresses = {"10.0.0.5", "10.0.0.6"};
        given.netmasks = {"255.0.0.0", "255.0.0.0"};
        given.gateways = {"10.0.0.1"};
        scene.component.setAddresses(given, scene.done());
        scene.channel.settle();
        QCOMPARE(scene.results, (std::vector{true}));
        QVERIFY(textOf(scene.daemon.addresses.addresses) == u"10.0.0.5;10.0.0.6");
        // As the daemon writes them.
        putText(scene.daemon.addresses.nameServers, u"9.9.9.9;;1.1.1.1;");
        scene.daemon.addresses.dhcp = 1;
        std::optional<hypervisor::Result<KeyValueExchange::Addresses>> got;
        const auto ask = [&](std::string adapter) {
            scene.component.addresses(
                std::move(adapter), KeyValueExchange::Family::Both,
                [&](hypervisor::Result<KeyValueExchange::Addresses> result) { got = result; });
            scene.channel.settle();
        };
        ask(given.adapter);
        QVERIFY(got && *got);
        QCOMPARE((*got)->addresses, given.addresses);
        QCOMPARE((*got)->nameServers, (std::vector<std::string>{"9.9.9.9", "1.1.1.1"}));
        QVERIFY((*got)->dhcp);
        QVERIFY((*got)->family == KeyValueExchange::Family::Ipv4);
        ask("{00000000-0000-0000-0000-000000000000}");
        QVERIFY(!*got);
    }

    void oneTransactionAtATimeInOrder() {
        Scene scene;
        scene.channel.open(scene.component);
        for (int i = 0; i < 20; ++i)
            scene.component.set("key", std::to_string(i), scene.done());
        scene.channel.settle();
        QCOMPARE(scene.results, std::vector<bool>(20, true));
        QVERIFY(scene.daemon.kept.at(u"key") == u"19");
    }

    void withoutADaemonThereIsAnError() {
        Scene scene;
        scene.component.set("key", "value", scene.done());
        scene.driver.stopReading();
        scene.channel.open(scene.component);
        scene.component.set("key", "value", scene.done());
        scene.channel.settle();
        QCOMPARE(scene.results, (std::vector{false, false}));
        QVERIFY(scene.component.guestItems().empty());
        scene.driver.startReading();
        scene.channel.settle();
        QVERIFY(!scene.component.guestItems().empty());
    }

    void aDaemonThatDiesIsWaitedForAndComesBack() {
        Scene scene;
        scene.channel.open(scene.component);
        scene.driver.stopReading();
        scene.component.set("key", "value", scene.done());
        scene.channel.advance(34s);
        QVERIFY(scene.results.empty());
        scene.channel.advance(2s);
        QCOMPARE(scene.results, (std::vector{false}));
        // Known as last read, and the ring does not fill.
        scene.channel.advance(1000s);
        QVERIFY(!scene.component.guestItems().empty());
        scene.driver.startReading();
        // One packet per signal or poll, as the driver does it.
        for (int i = 0; i < 10; ++i)
            scene.driver.poll();
        scene.channel.advance(40s);
        scene.component.set("key", "again", scene.done());
        scene.channel.settle();
        QCOMPARE(scene.results, (std::vector{false, true}));
        QVERIFY(!scene.channel.failure());
    }

    void aCloseAnswersEverything() {
        Scene scene;
        scene.channel.open(scene.component);
        scene.answers = false;
        for (int i = 0; i < 10; ++i)
            scene.component.set("key", "value", scene.done());
        scene.channel.settle();
        QVERIFY(scene.channel.close());
        QCOMPARE(scene.results, std::vector<bool>(10, false));
        scene.answers = true;
        scene.channel.open(scene.component);
        QVERIFY(!scene.component.guestItems().empty());
    }

    void tooMuchIsRefusedRatherThanKept() {
        Scene scene;
        scene.channel.open(scene.component);
        scene.answers = false;
        for (int i = 0; i < 1000; ++i)
            scene.component.set("key", "value", scene.done());
        scene.channel.settle();
        QVERIFY(scene.results.size() > 900);
        QVERIFY(std::ranges::count(scene.results, true) == 0);
    }

    void textsThatDoNotFitAreRefused() {
        Scene scene;
        scene.channel.open(scene.component);
        scene.component.set(std::string(256, 'k'), "value", scene.done());
        scene.component.set("", "value", scene.done());
        scene.component.set("key", std::string(1024, 'v'), scene.done());
        scene.component.remove("\xff", scene.done());
        scene.component.set(std::string(255, 'k'), std::string(1023, 'v'), scene.done());
        scene.channel.settle();
        QCOMPARE(scene.results, (std::vector{false, false, false, false, true}));
    }

    void numbersAreReadAsText() {
        Scene scene;
        scene.daemon.ofItself = {{u"Number", u"*"}};
        scene.spoil = [](std::span<std::byte> body) {
            auto message = bodyFrom<ic::KeyValueEnumerate>(body);
            message.record.type = ic::kValue32;
            putBody(body, message);
        };
        scene.channel.open(scene.component);
        QCOMPARE(scene.component.guestItems().at("Number"), std::string("42"));
    }

    void aGuestWithoutAnEndIsReadInBounds() {
        Scene scene;
        scene.daemon.ofItself.clear();
        for (int i = 0; i < 1000; ++i) {
            const std::string number = std::to_string(i);
            scene.daemon.ofItself.emplace_back(std::u16string(number.begin(), number.end()), u"x");
        }
        scene.channel.open(scene.component);
        QCOMPARE(scene.component.guestItems().size(), KeyValueExchange::kMostItems);
    }

    void wrongSizesLoseTheChannel_data() {
        QTest::addColumn<std::size_t>("offset");
        QTest::addColumn<std::uint32_t>("value");
        QTest::newRow("type") << std::size_t{8} << 3U;
        QTest::newRow("key size") << std::size_t{12} << 513U;
        QTest::newRow("value size") << std::size_t{16} << 0xFFFF'FFFFU;
    }
    void wrongSizesLoseTheChannel() {
        QFETCH(std::size_t, offset);
        QFETCH(std::uint32_t, value);
        Scene scene;
        scene.spoil = [&](std::span<std::byte> body) {
            std::memcpy(body.data() + offset, &value, sizeof value);
        };
        scene.channel.open(scene.component);
        QVERIFY(scene.channel.failure());
        QVERIFY(scene.component.guestItems().empty());
    }

    void textWithoutAnEndOrAMeaningIsHarmless() {
        Scene scene;
        scene.spoil = [](std::span<std::byte> body) {
            auto message = bodyFrom<ic::KeyValueEnumerate>(body);
            message.record.key.fill(u'k');
            message.record.keySize = sizeof message.record.key;
            message.record.value.fill(0xD800);
            message.record.valueSize = sizeof message.record.value;
            putBody(body, message);
        };
        scene.channel.open(scene.component);
        QVERIFY(!scene.channel.failure());
        QVERIFY((scene.component.guestItems() == Items{{std::string(256, 'k'), ""}}));
    }
};

QTEST_APPLESS_MAIN(KeyValueExchangeTest)
#include "key_value_exchange_test.moc"
