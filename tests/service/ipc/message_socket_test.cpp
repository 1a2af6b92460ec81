// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/ipc/message_socket.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QtTest>
#include <thread>

#include "service/ipc/worker_messages.h"

using service::MessageSocket;

class MessageSocketTest : public QObject {
    Q_OBJECT

  private slots:
    void messagesArriveInOrderWithTheirDescriptors() {
        auto pair = MessageSocket::createPair();
        QVERIFY(pair);
        const hypervisor::FileDescriptor file(::memfd_create("file", MFD_CLOEXEC));
        QCOMPARE(::write(file.get(), "content", 7), 7);
        const std::array<int, 1> descriptors{file.get()};
        QVERIFY(pair->first.send("one", descriptors));
        QVERIFY(pair->first.send("two"));
        const auto one = pair->second.receive();
        QVERIFY(one && *one);
        QCOMPARE((*one)->line, "one");
        QCOMPARE((*one)->descriptors.size(), std::size_t{1});
        std::array<char, 7> content{};
        QCOMPARE(::pread((*one)->descriptors[0].get(), content.data(), content.size(), 0), 7);
        QCOMPARE(std::string(content.data(), content.size()), "content");
        const auto two = pair->second.receive();
        QVERIFY(two && *two);
        QCOMPARE((*two)->line, "two");
        QVERIFY((*two)->descriptors.empty());
    }

    void descriptorsStayWithTheirMessageWhenSeveralAreReadAtOnce() {
        auto pair = MessageSocket::createPair();
        QVERIFY(pair);
        const std::array<int, 1> descriptors{pair->second.descriptor()};
        QVERIFY(pair->first.send("plain"));
        QVERIFY(pair->first.send("with one", descriptors));
        QVERIFY(pair->first.send("plain again"));
        QVERIFY(pair->first.send("with another", descriptors));
        pair->first.shutDownSending();
        while (const auto more = pair->second.readAvailable())
            if (!*more)
                break;
        for (const auto& [line, count] :
             {std::pair{"plain", 0U}, std::pair{"with one", 1U}, std::pair{"plain again", 0U},
              std::pair{"with another", 1U}}) {
            const auto message = pair->second.next();
            QVERIFY(message);
            QCOMPARE(message->line, line);
            QCOMPARE(message->descriptors.size(), std::size_t{count});
        }
    }

    void longMessagesPassWhole() {
        auto pair = MessageSocket::createPair();
        QVERIFY(pair);
        const std::string line(3 << 20, 'x');
        std::jthread sender([&] { QVERIFY(pair->first.send(line)); });
        const auto received = pair->second.receive();
        QVERIFY(received && *received);
        QVERIFY((*received)->line == line);
    }

    void anEndedPeerIsNotAnError() {
        auto pair = MessageSocket::createPair();
        QVERIFY(pair);
        QVERIFY(pair->first.send("last"));
        pair->first.shutDownSending();
        QVERIFY(pair->second.receive().value().has_value());
        QVERIFY(!pair->second.receive().value().has_value());
    }

    void endlessLinesAreCutOff() {
        auto pair = MessageSocket::createPair();
        QVERIFY(pair);
        std::jthread sender([&] {
            const std::string part(1 << 16, 'x');
            while (::send(pair->first.descriptor(), part.data(), part.size(), MSG_NOSIGNAL) > 0)
                continue;
        });
        QVERIFY(!pair->second.receive());
        pair->second = MessageSocket(hypervisor::FileDescriptor());
    }

    void everyFieldOfAStartSurvives() {
        service::MachineStart start;
        start.processors = 7;
        start.memoryBytes = 5ULL << 40;
        start.backend = service::BackendChoice::Kvm;
        start.hasKvm = true;
        start.kernel = "a \"name\"\n\xFF";
        start.initialRamDisks = {"one", ""};
        start.commandLine = "line";
        start.debugExit = true;
        start.restartOnReset = false;
        const auto back = service::decodeMachineStart(service::encode(start));
        QVERIFY2(back, back ? "" : back.error().message.c_str());
        QCOMPARE(back->processors, start.processors);
        QCOMPARE(back->memoryBytes, start.memoryBytes);
        QVERIFY(back->backend == start.backend);
        QCOMPARE(back->hasKvm, true);
        QCOMPARE(back->kernel, start.kernel);
        QVERIFY(back->initialRamDisks == start.initialRamDisks);
        QCOMPARE(back->commandLine, start.commandLine);
        QCOMPARE(back->debugExit, true);
        QCOMPARE(back->restartOnReset, false);
        QVERIFY(service::encode(start).find('\n') == std::string::npos);
    }

    void messagesOfTheWrongShapeAreErrors() {
        QVERIFY(!service::decodeMachineStart("nonsense"));
        QVERIFY(!service::decodeMachineStart("{}"));
        const QByteArray good = QByteArray::fromStdString(
            service::encode(service::WorkerEvent{service::WorkerEventKind::Notice, "", 1}));
        const auto decodes = [](QByteArray message) {
            return service::decodeWorkerEvent(message.toStdString()).has_value();
        };
        QVERIFY(decodes(good));
        const auto changed = [&good](const char* from, const char* to) {
            QByteArray message = good;
            return message.replace(from, to);
        };
        QVERIFY(changed("\"Notice\"", "\"Nothing\"") != good);
        QVERIFY(!decodes(changed("\"Notice\"", "\"Nothing\"")));
        QVERIFY(changed("\"text\":\"\"", "\"text\":3") != good);
        QVERIFY(!decodes(changed("\"text\":\"\"", "\"text\":3")));
        QVERIFY(changed("\"value\":1", "\"value\":-1") != good);
        QVERIFY(!decodes(changed("\"value\":1", "\"value\":-1")));
    }
};

QTEST_APPLESS_MAIN(MessageSocketTest)
#include "message_socket_test.moc"
