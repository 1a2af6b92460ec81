// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/synthetic/integration/page_set.h"

#include <QTest>
#include <random>
#include <set>

using namespace devices::synthetic;

class PageSetTest : public QObject {
    Q_OBJECT

  private slots:
    void rangesGrowTogetherAcrossChunks() {
        PageSet set;
        set.add({500, 24});
        set.add({524, 1000});
        QCOMPARE(set.size(), std::uint64_t{1024});
        QCOMPARE(set.first(5000, 10, 5000), (std::vector<PageRange>{{500, 1024}}));
        QCOMPARE(set.first(100, 10, 5000), (std::vector<PageRange>{{500, 100}}));
        QCOMPARE(set.first(100, 10, 60), (std::vector<PageRange>{{500, 60}, {560, 40}}));
        QCOMPARE(set.first(100, 1, 60), (std::vector<PageRange>{{500, 60}}));
        QVERIFY(set.first(0, 10, 60).empty());
    }

    void agreesWithASetOfSinglePages() {
        std::mt19937 random(1);
        PageSet set;
        std::set<std::uint64_t> model;
        for (int i = 0; i < 3000; ++i) {
            const PageRange range{random() % 4000, 1 + random() % 700};
            const auto from = model.lower_bound(range.first);
            const bool some = from != model.end() && *from < range.first + range.count;
            QCOMPARE(set.intersects(range), some);
            if (!some) {
                set.add(range);
                for (std::uint64_t page = 0; page < range.count; ++page)
                    model.insert(range.first + page);
            }
            for (const PageRange taken : set.first(random() % 300, 1 + random() % 3, 1000)) {
                set.remove(taken);
                for (std::uint64_t page = 0; page < taken.count; ++page)
                    QCOMPARE(model.erase(taken.first + page), std::size_t{1});
            }
            QCOMPARE(set.size(), std::uint64_t{model.size()});
        }
    }
};

QTEST_APPLESS_MAIN(PageSetTest)
#include "page_set_test.moc"
