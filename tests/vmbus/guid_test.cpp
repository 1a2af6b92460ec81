// SPDX-License-Identifier: GPL-3.0-or-later
// First: moc can't read <compare> before Qt's headers.
#include <QTest>

#include "vmbus/guid.h"

using namespace vmbus;

namespace {

constexpr std::string_view kText = "f8615163-df3e-46c5-913f-f2d2f965ed0e";

}  // namespace

class GuidTest : public QObject {
    Q_OBJECT

  private slots:
    void hasItsFirstThreeFieldsLittleEndian() {
        const Guid expected{{0x63, 0x51, 0x61, 0xf8, 0x3e, 0xdf, 0xc5, 0x46, 0x91, 0x3f, 0xf2, 0xd2,
                             0xf9, 0x65, 0xed, 0x0e}};
        QVERIFY(Guid::parse(kText) == expected);
        QCOMPARE(expected.text(), std::string(kText));
    }

    void isReadInAnyCaseWithAndWithoutBraces() {
        const auto guid = Guid::parse(kText);
        QVERIFY(guid.has_value());
        QVERIFY(Guid::parse("{f8615163-df3e-46c5-913f-f2d2f965ed0e}") == guid);
        QVERIFY(Guid::parse("F8615163-DF3E-46C5-913F-F2D2F965ED0E") == guid);
        QVERIFY(Guid::parse("{F8615163-dF3e-46c5-913f-f2d2f965ED0E}") == guid);
    }

    void isNotReadFromWhatIsNone_data() {
        QTest::addColumn<QString>("text");
        const QString text = QString::fromLatin1(kText.data(), kText.size());
        QTest::newRow("empty") << QString();
        QTest::newRow("short") << text.chopped(1);
        QTest::newRow("long") << text + "0";
        QTest::newRow("one brace") << "{" + text;
        QTest::newRow("another brace") << "{" + text + ")";
        for (int i = 0; i < text.size(); ++i) {
            QString wrong = text;
            wrong[i] = text[i] == '-' ? '0' : '-';
            QTest::addRow("character %d", i) << wrong;
        }
        QTest::newRow("no digit") << QString(text).replace(0, 1, "g");
        QTest::newRow("sign") << QString(text).replace(0, 1, "+");
    }
    void isNotReadFromWhatIsNone() {
        QFETCH(QString, text);
        QVERIFY(!Guid::parse(text.toStdString()));
    }

    void textAndGuidGoBothWays() {
        Guid guid;
        for (unsigned i = 0; i < 256; ++i) {
            for (std::size_t at = 0; at < guid.bytes.size(); ++at)
                guid.bytes[at] = static_cast<std::uint8_t>(i + at * 17);
            QVERIFY(Guid::parse(guid.text()) == guid);
        }
        using namespace std::literals;
        QCOMPARE(Guid{}.text(), "00000000-0000-0000-0000-000000000000"s);
        QVERIFY("00000000-0000-0000-0000-000000000000"_guid == Guid{});
    }
};

QTEST_GUILESS_MAIN(GuidTest)
#include "guid_test.moc"
