// SPDX-License-Identifier: GPL-3.0-or-later
#include "service/vmms/switches/ip_prefix.h"

#include <QtTest>

using service::IpPrefix;

class IpPrefixTest : public QObject {
    Q_OBJECT

  private slots:
    void textsAreReadAsTheyAreWritten() {
        for (const char* const text : {"192.0.2.5/24", "0.0.0.0/0", "2001:db8::5/64", "::/0"})
            QCOMPARE(IpPrefix::parse(text)->text(), text);
        QCOMPARE(IpPrefix::parse("192.0.2.5")->text(), "192.0.2.5/32");
        for (const char* const text :
             {"", "/24", "192.0.2/24", "192.0.2.5/33", "192.0.2.5/", "192.0.2.5/-1", "192.0.2.5/2x",
              "2001:db8::5/129", "example.org/24", "192.0.2.5 /24"})
            QVERIFY2(!IpPrefix::parse(text), text);
    }

    void networksOverlapWhenOneHoldsTheOther() {
        const auto overlap = [](const char* one, const char* other) {
            return IpPrefix::parse(one)->overlaps(*IpPrefix::parse(other));
        };
        QVERIFY(overlap("192.0.2.5/24", "192.0.2.200/24"));
        QVERIFY(overlap("192.0.2.5/24", "192.0.0.1/16"));
        QVERIFY(overlap("192.0.0.1/16", "192.0.2.5/24"));
        QVERIFY(overlap("0.0.0.0/0", "198.51.100.1/32"));
        QVERIFY(!overlap("192.0.2.5/24", "192.0.3.5/24"));
        QVERIFY(!overlap("192.0.2.5/25", "192.0.2.200/25"));
        QVERIFY(!overlap("0.0.0.0/0", "::/0"));
        QVERIFY(overlap("2001:db8::5/64", "2001:db8::1:0:0:0:5/32"));
    }

    void onlyAddressesOfOneHostAreForAnInterface() {
        for (const char* const text :
             {"192.0.2.5/24", "10.0.0.1/8", "192.0.2.0/31", "2001:db8::5/64", "fd00::1/128"})
            QVERIFY2(IpPrefix::parse(text)->isOfOneHost(), text);
        for (const char* const text : {"192.0.2.0/24", "192.0.2.255/24", "0.0.0.0/0", "127.0.0.1/8",
                                       "224.0.0.1/4", "ff02::1/64", "2001:db8::/64", "::/0"})
            QVERIFY2(!IpPrefix::parse(text)->isOfOneHost(), text);
    }
};

QTEST_APPLESS_MAIN(IpPrefixTest)
#include "ip_prefix_test.moc"
