// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/ipc/value_codec.h"

#include <QtTest>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <random>

#include "service/ipc/interface_description.h"
#include "service/ipc/json_rpc.h"
#include "service/ipc/methods.h"
#include "service/ipc/settings_changes.h"

using service::decodeValue;
using service::encodeValue;
using service::ErrorCode;
using service::MachineSettings;
using service::UnknownFields;

namespace {

boost::json::value parse(const char* text) {
    return boost::json::parse(text);
}

/// The field that a strict decoding of this as a request's `Params` complains of; "" if it does
/// not.
template <class Params>
std::string complaint(const char* text) {
    const auto decoded = decodeValue<Params>(parse(text), UnknownFields::Refuse);
    if (decoded)
        return {};
    if (decoded.error().code != ErrorCode::InvalidParams || decoded.error().message.empty())
        return "another error";
    return decoded.error().data.field.empty() ? "no field" : decoded.error().data.field;
}

std::string requestError(const std::string& line) {
    const auto request = service::parseRequest(line);
    return request ? std::string() : service::nameOf(request.error().error.code);
}

}  // namespace

/// Described structs from and to JSON, and JSON-RPC around them.
class ValueCodecTest : public QObject {
    Q_OBJECT

  private slots:
    void whatIsWrongIsNamedWithItsPlace() {
        using service::MachineCreateParams;
        QCOMPARE(complaint<MachineCreateParams>(R"({"settings":{"name":"a"}})"), "");
        QCOMPARE(complaint<MachineCreateParams>(R"({})"), "settings");
        QCOMPARE(complaint<MachineCreateParams>(R"({"settings":[]})"), "settings");
        QCOMPARE(complaint<MachineCreateParams>(R"({"settings":{"name":7}})"), "settings.name");
        QCOMPARE(complaint<MachineCreateParams>(R"({"settings":{"nane":"a"}})"), "settings.nane");
        QCOMPARE(complaint<MachineCreateParams>(R"({"settings":{"processor":{"count":0}}})"),
                 "settings.processor.count");
        QCOMPARE(complaint<MachineCreateParams>(R"({"settings":{"processor":{"count":65}}})"),
                 "settings.processor.count");
        QCOMPARE(complaint<MachineCreateParams>(R"({"settings":{"processor":{"count":1.5}}})"),
                 "settings.processor.count");
        QCOMPARE(complaint<MachineCreateParams>(R"({"settings":{"processor":{"weight":-1}}})"),
                 "settings.processor.weight");
        QCOMPARE(complaint<MachineCreateParams>(
                     R"({"settings":{"processor":{"limit":99999999999999999999999999}}})"),
                 "settings.processor.limit");
        QCOMPARE(complaint<MachineCreateParams>(
                     R"({"settings":{"drives":[{"path":"/a"},{"kind":"Tape"}]}})"),
                 "settings.drives[1].kind");
        QCOMPARE(complaint<service::MachineParams>(R"({"machine":null})"), "machine");
    }

    void anErrorSaysWhatWouldHaveBeenTaken() {
        const auto decoded = decodeValue<service::MachineCreateParams>(
            parse(R"({"settings":{"processor":{"weight":10001}}})"), UnknownFields::Refuse);
        QVERIFY(!decoded);
        QCOMPARE(decoded.error().data.allowed, "1 to 10000");
        const auto kind = decodeValue<service::MachineCreateParams>(
            parse(R"({"settings":{"drives":[{"kind":"Tape"}]}})"), UnknownFields::Refuse);
        QVERIFY(!kind);
        QCOMPARE(kind.error().data.allowed, "HardDisk, Dvd");
    }

    void peersTextComesBackShortAndWithoutControlCharacters() {
        const std::string name(100'000, '\x01');
        boost::json::object object;
        object.emplace(name, 1);
        const auto decoded =
            decodeValue<service::MachineParams>(object, UnknownFields::Refuse, "params");
        QVERIFY(!decoded);
        boost::json::object both{{"machine", "a"}};
        both.emplace(name, 1);
        const auto unknown = decodeValue<service::MachineParams>(both, UnknownFields::Refuse);
        QVERIFY(!unknown);
        QVERIFY(unknown.error().message.size() < 200);
        QVERIFY(unknown.error().message.find('\x01') == std::string::npos);
    }

    void repliesOfANewerServiceAreUnderstood() {
        const auto decoded = decodeValue<service::MachineStateReply>(
            parse(R"({"id":"x","state":"Running","more":{"deep":[1,2]}})"), UnknownFields::Ignore);
        QVERIFY(decoded);
        QVERIFY(decoded->state == service::MachineState::Running);
    }

    void everyRequestAndReplySurvivesTheWay() {
        boost::mp11::mp_for_each<service::Methods>([](auto method) {
            using Method = decltype(method);
            const typename Method::Reply reply{};
            const auto value = encodeValue(reply);
            const auto back = decodeValue<typename Method::Reply>(value, UnknownFields::Refuse);
            if (!back)
                qFatal("%s: %s", std::string(Method::kName).c_str(), back.error().message.c_str());
            QVERIFY(encodeValue(*back) == value);
            const typename Method::Params params{};
            QVERIFY(
                decodeValue<typename Method::Params>(encodeValue(params), UnknownFields::Ignore));
        });
    }

    void numbersAtTheirEndsAreExact() {
        service::EventsListParams params;
        params.after = std::numeric_limits<std::uint64_t>::max();
        params.since = std::numeric_limits<std::int64_t>::min();
        const std::string text = boost::json::serialize(encodeValue(params));
        const auto back =
            decodeValue<service::EventsListParams>(boost::json::parse(text), UnknownFields::Refuse);
        QVERIFY(back);
        QVERIFY(back->after == params.after && back->since == params.since);
    }

    void aRequestIsJudgedBeforeItsMethod() {
        QCOMPARE(requestError(R"({"jsonrpc":"2.0","id":1,"method":"machine.list"})"), "");
        QCOMPARE(requestError("{"), "ParseError");
        QCOMPARE(requestError(R"({"jsonrpc":"2.0","id":1,"method":"a"} trailing)"), "ParseError");
        QCOMPARE(requestError("[]"), "InvalidRequest");
        QCOMPARE(requestError("7"), "InvalidRequest");
        QCOMPARE(requestError(R"({"id":1,"method":"a"})"), "InvalidRequest");
        QCOMPARE(requestError(R"({"jsonrpc":"1.0","id":1,"method":"a"})"), "InvalidRequest");
        QCOMPARE(requestError(R"({"jsonrpc":"2.0","id":1})"), "InvalidRequest");
        QCOMPARE(requestError(R"({"jsonrpc":"2.0","id":[],"method":"a"})"), "InvalidRequest");
        QCOMPARE(requestError(R"({"jsonrpc":"2.0","id":1.5,"method":"a"})"), "InvalidRequest");
        QCOMPARE(requestError(R"({"jsonrpc":"2.0","id":1,"method":"a","params":[1]})"),
                 "InvalidRequest");
        QCOMPARE(requestError(R"({"jsonrpc":"2.0","id":")" + std::string(65, 'x') +
                              R"(","method":"a"})"),
                 "InvalidRequest");
        QCOMPARE(requestError("\"\xFF\""), "ParseError");
        QCOMPARE(requestError(std::string(100'000, '[')), "ParseError");
        QCOMPARE(requestError(R"({"jsonrpc":"2.0","id":1,"method":"a","params":)" +
                              std::string(30, '[') + std::string(30, ']') + "}"),
                 "ParseError");
    }

    void anErrorComesBackWhole() {
        const auto error = service::makeError(ErrorCode::NotEnoughResources, "too much", "less",
                                              "processor.reserve", "0 to 5");
        const auto message = service::parseMessage(service::encodeError("id", error));
        QVERIFY(message);
        const auto& reply = std::get<service::RpcReply>(*message);
        QVERIFY(!reply.result && reply.result.error() == error);
        QCOMPARE(reply.result.error().data.name, "NotEnoughResources");
        QCOMPARE(service::describe(error), "too much (allowed: 0 to 5); less");
    }

    void codesAreWhatTheyAlwaysWere() {
        const auto description = service::describeInterface();
        const auto& errors = description.at("errors").as_object();
        QVERIFY(errors.at("InvalidParams") == boost::json::value(-32602));
        QVERIFY(errors.at("NotFound") == boost::json::value(1));
        QVERIFY(errors.at("NotEnoughResources") == boost::json::value(4));
        QVERIFY(errors.at("Unreadable") == boost::json::value(13));
    }

    void changesAreAPatch() {
        MachineSettings before;
        before.name = "one";
        before.firmware.kernel = service::KernelBoot{"/k", {"/i"}, "quiet"};
        MachineSettings after = before;
        after.processor.weight = 300;
        after.firmware.kernel.reset();
        after.drives.push_back({});
        const auto changes = service::changesBetween(before, after);
        QCOMPARE(changes.size(), std::size_t{3});
        const auto result = service::withChanges(before, changes);
        QVERIFY(result);
        QVERIFY(*result == after);
        const auto wrong = service::withChanges(before, {{"processor", {{"weihgt", 1}}}});
        QVERIFY(!wrong);
        QCOMPARE(wrong.error().data.field, "processor.weihgt");
    }

    void theSchemaSaysWhatTheDecoderHolds() {
        const auto description = service::describeInterface();
        const auto& structs = description.at("$defs").as_object();
        const auto& weight =
            structs.at("ProcessorSettings").at("properties").at("weight").as_object();
        QVERIFY(weight.at("minimum") == boost::json::value(1));
        QVERIFY(weight.at("maximum") == boost::json::value(10'000));
        QVERIFY(weight.at("default") == boost::json::value(100));
        // Everything that is referred to is there.
        const std::string text = boost::json::serialize(description);
        for (std::size_t at = 0; (at = text.find("$defs/", at)) != std::string::npos; at += 6) {
            const std::string name = text.substr(at + 6, text.find('"', at) - at - 6);
            QVERIFY2(structs.contains(name), name.c_str());
        }
        QCOMPARE(description.at("methods").as_object().size(),
                 boost::mp11::mp_size<service::Methods>::value);
    }
};

QTEST_GUILESS_MAIN(ValueCodecTest)
#include "value_codec_test.moc"
