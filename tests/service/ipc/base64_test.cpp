// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/ipc/base64.h"

#include <QByteArray>
#include <QTest>
#include <random>

using namespace service;

class Base64Test : public QObject {
    Q_OBJECT

  private slots:
    void textsOfTheStandard() {
        // RFC 4648, section 10.
        for (const auto& [bytes, text] : {std::pair<std::string, std::string>{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"}}) {
            QCOMPARE(encodeBase64(bytes), text);
            QCOMPARE(decodeBase64(text), std::optional(bytes));
        }
    }

    void anyBytesAsAnotherEncoder() {
        std::mt19937 random(17);
        for (std::size_t size = 0; size < 300; ++size) {
            std::string bytes(size, '\0');
            for (char& byte : bytes)
                byte = static_cast<char>(random());
            const std::string text = encodeBase64(bytes);
            QCOMPARE(text, QByteArray::fromStdString(bytes).toBase64().toStdString());
            QCOMPARE(decodeBase64(text), std::optional(bytes));
        }
    }

    void whatIsNoneIsRefused() {
        for (const char* const text :
             {"Z", "Zg", "Zg=", "Z===", "====", "Zm9v\n", "Zm 9", "Zg==Zg==", "Zm9-", "Z=9v"})
            QVERIFY2(!decodeBase64(text), text);
    }
};

QTEST_APPLESS_MAIN(Base64Test)
#include "base64_test.moc"
