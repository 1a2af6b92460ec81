// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cstring>

#include "devices/storage/vhdx/block_table.h"
#include "devices/storage/vhdx/crc32c.h"
#include "devices/storage/vhdx/file_space.h"
#include "devices/storage/vhdx/guid.h"
#include "devices/storage/vhdx/header.h"
#include "devices/storage/vhdx/log_entry.h"
#include "devices/storage/vhdx/metadata.h"
#include "devices/storage/vhdx/parent_locator.h"
#include "devices/storage/vhdx/region_table.h"
#include "devices/storage/utf16.h"

using namespace devices::storage::vhdx;
using devices::storage::utf16FromUtf8;
using devices::storage::utf8FromUtf16;

namespace {

std::span<const std::byte> bytesOf(std::string_view text) {
    return std::as_bytes(std::span(text));
}

DiskParameters parameters(std::uint32_t blockSize, std::uint32_t sector, std::uint64_t size) {
    DiskParameters made;
    made.blockSize = blockSize;
    made.logicalSectorSize = sector;
    made.physicalSectorSize = 4096;
    made.size = size;
    return made;
}

Header header(std::uint64_t sequence) {
    return {sequence, Guid::random(), Guid::random(), Guid{}, kMiB, kMiB};
}

std::vector<std::byte> written(const Header& value) {
    std::vector<std::byte> bytes(kHeaderSize);
    writeHeader(value, bytes);
    return bytes;
}

// Entries of one sector each, laid one after the other from `begin` on, wrapping.
std::vector<std::byte> logWith(const Guid& guid, std::uint64_t firstSequence, std::size_t entries,
                               std::uint32_t begin, std::vector<MetadataSector>& contents) {
    std::vector<std::byte> log(kMiB);
    std::uint32_t offset = begin;
    std::vector<std::byte> entryBytes;
    for (std::size_t i = 0; i < entries; ++i) {
        contents.emplace_back();
        contents.back().fill(static_cast<std::byte>(i + 1));
        const SectorUpdate update{4 * kMiB + i * kMetadataSector, &contents.back()};
        const LogEntry entry{offset, 0, begin, firstSequence + i, 1, 0, 8 * kMiB};
        writeLogEntry(entry, guid, {&update, 1}, entryBytes);
        for (std::size_t at = 0; at < entryBytes.size(); ++at)
            log[(offset + at) % log.size()] = entryBytes[at];
        offset = static_cast<std::uint32_t>((offset + entryBytes.size()) % log.size());
    }
    return log;
}

}  // namespace

class VhdxStructuresTest : public QObject {
    Q_OBJECT

  private slots:
    void guidsHaveTheMixedByteOrderOfTheFormat() {
        const auto guid = Guid::fromText("{CAA16737-FA36-4D43-B3B6-33F0AA44E76B}");
        QVERIFY(guid);
        QCOMPARE(static_cast<unsigned>(guid->bytes[0]), 0x37u);
        QCOMPARE(static_cast<unsigned>(guid->bytes[8]), 0xb3u);
        QVERIFY(*guid == kFileParameters);
        QCOMPARE(guid->text(), std::string("{caa16737-fa36-4d43-b3b6-33f0aa44e76b}"));
        QVERIFY(Guid::fromText("caa16737-fa36-4d43-b3b6-33f0aa44e76b"));
        QVERIFY(!Guid::fromText("{caa16737-fa36-4d43-b3b6-33f0aa44e76}"));
        QVERIFY(!Guid::fromText("{caa16737+fa36-4d43-b3b6-33f0aa44e76b}"));
        QVERIFY(!Guid::fromText("{caa1673g-fa36-4d43-b3b6-33f0aa44e76b}"));
    }

    void checksumsAreCastagnolis() {
        QCOMPARE(crc32c(bytesOf("123456789")), 0xe3069283u);
        QCOMPARE(crc32cPortable(bytesOf("123456789")), 0xe3069283u);
        QCOMPARE(crc32c(bytesOf("6789"), crc32c(bytesOf("12345"))), 0xe3069283u);
        std::vector<std::byte> bytes(1000);
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<std::byte>(i * 7);
        for (const std::size_t length : {0u, 1u, 7u, 8u, 9u, 999u})
            QCOMPARE(crc32c(std::span(bytes).first(length)),
                     crc32cPortable(std::span(bytes).first(length)));
    }

    void theNewerOfTwoHeadersCounts() {
        const Header older = header(7);
        const Header newer = header(8);
        auto pair = parseHeaders(written(older), written(newer));
        QVERIFY(pair);
        QCOMPARE(pair->currentIndex, std::size_t{1});
        QVERIFY(pair->current.fileWriteGuid == newer.fileWriteGuid);
        pair = parseHeaders(written(newer), written(older));
        QVERIFY(pair);
        QCOMPARE(pair->currentIndex, std::size_t{0});
    }

    void aDamagedHeaderDoesNotCount() {
        auto newer = written(header(8));
        newer[100] = std::byte{1};
        const auto pair = parseHeaders(written(header(7)), newer);
        QVERIFY(pair);
        QCOMPARE(pair->currentIndex, std::size_t{0});
        QVERIFY(pair->faults[1]);
        QVERIFY(!parseHeaders(newer, newer));
    }

    void headersWithAnImpossibleLogAreRefused() {
        Header bad = header(1);
        bad.logLength = 4096;
        QVERIFY(!parseHeaders(written(bad), written(bad)));
        bad = header(1);
        bad.logOffset = 512 * 1024;
        QVERIFY(!parseHeaders(written(bad), written(bad)));
        bad = header(1);
        bad.logOffset = UINT64_MAX / kMiB * kMiB;
        QVERIFY(!parseHeaders(written(bad), written(bad)));
    }

    void regionsMustNotOverlap() {
        const Header current = header(1);
        std::vector<std::byte> table(kRegionTableSize);
        writeRegionTable({3 * kMiB, kMiB}, {2 * kMiB, kMiB}, table);
        const auto good = parseRegionTables(table, table, current);
        QVERIFY(good);
        QCOMPARE(good->bat.offset, 3 * kMiB);
        moveBat(table, {9 * kMiB, 2 * kMiB});
        const auto moved = parseRegionTables(table, table, current);
        QVERIFY(moved);
        QCOMPARE(moved->bat.length, 2 * kMiB);
        // On the log, on each other, in the header section.
        for (const std::uint64_t offset : {kMiB, 2 * kMiB, std::uint64_t{0}}) {
            moveBat(table, {offset, kMiB});
            QVERIFY(!parseRegionTables(table, table, current));
        }
    }

    void entriesOfTheBatAreInterleaved() {
        // A chunk ratio of 4096 blocks of 1 MiB at 512 bytes a sector.
        const BlockTable small(parameters(kMiB, 512, 10000 * kMiB));
        QCOMPARE(small.chunkRatio(), std::uint64_t{4096});
        QCOMPARE(small.payloadIndex(4095), std::uint64_t{4095});
        QCOMPARE(small.bitmapIndex(0), std::uint64_t{4096});
        QCOMPARE(small.payloadIndex(4096), std::uint64_t{4097});
        QCOMPARE(small.entries(), std::uint64_t{10002});
        QVERIFY(small.isBitmapIndex(4096));
        QCOMPARE(small.blockOfIndex(4097), std::uint64_t{4096});
        const BlockTable large(parameters(kMaximumBlockSize, 4096, kMaximumDiskSize));
        QCOMPARE(large.chunkRatio(), std::uint64_t{128});
        auto child = parameters(kMiB, 512, 10000 * kMiB);
        child.parent.emplace();
        QCOMPARE(BlockTable(child).entries(), std::uint64_t{3 * 4097});
    }

    void metadataIsReadAsItIsWritten() {
        DiskParameters made = parameters(8 * kMiB, 4096, 123 * 4096);
        made.diskId = Guid::random();
        ParentLocator locator;
        locator.linkage = Guid::random();
        locator.linkage2 = Guid::random();
        locator.relativePath = ".\\Vorläufer \xf0\x9f\x90\xa6.vhdx";
        locator.otherKeys["unknown"] = "kept";
        made.parent = locator;
        const auto bytes = writeMetadata(made);
        QVERIFY(bytes);
        const auto items = parseMetadataTable(*bytes, kMiB);
        QVERIFY(items);
        std::vector<MetadataItemContent> contents;
        for (const MetadataItem& item : *items) {
            const auto content = std::span(*bytes).subspan(item.offset, item.length);
            contents.push_back({item, {content.begin(), content.end()}});
        }
        const auto read = parseMetadataItems(contents);
        QVERIFY2(read, read ? "" : read.error().message.c_str());
        QCOMPARE(read->size, made.size);
        QCOMPARE(read->blockSize, made.blockSize);
        QVERIFY(read->diskId == made.diskId);
        QVERIFY(read->parent->accepts(*locator.linkage2));
        QCOMPARE(read->parent->relativePath, locator.relativePath);
        QCOMPARE(read->parent->otherKeys.at("unknown"), std::string("kept"));
    }

    void whatIsRequiredAndNotKnownIsRefused() {
        auto bytes = writeMetadata(parameters(kMiB, 512, kMiB));
        QVERIFY(bytes);
        const std::size_t firstItem = sizeof(MetadataTableHeaderLayout);
        store(Guid::random(), *bytes, firstItem);
        const auto refused = parseMetadataTable(*bytes, kMiB);
        QVERIFY(!refused);
        QVERIFY(refused.error().message.find("must not be opened") != std::string::npos);
        // The same, not required: left alone.
        store(kMetadataIsVirtualDisk, *bytes, firstItem + offsetof(MetadataEntryLayout, flags));
        QVERIFY(parseMetadataTable(*bytes, kMiB));
    }

    void impossibleParametersAreRefused() {
        QVERIFY(!checkParameters(parameters(kMiB / 2, 512, kMiB)));
        QVERIFY(!checkParameters(parameters(3 * kMiB, 512, kMiB)));
        QVERIFY(!checkParameters(parameters(512 * kMiB, 512, kMiB)));
        QVERIFY(!checkParameters(parameters(kMiB, 1024, kMiB)));
        QVERIFY(!checkParameters(parameters(kMiB, 4096, 4096 + 512)));
        QVERIFY(!checkParameters(parameters(kMiB, 512, kMaximumDiskSize + 512)));
        QVERIFY(!checkParameters(parameters(kMiB, 512, 0)));
        QVERIFY(checkParameters(parameters(kMiB, 512, kMaximumDiskSize)));
    }

    void damagedLocatorsAreRefused() {
        ParentLocator locator;
        locator.linkage = Guid::random();
        locator.relativePath = "p";
        const auto good = writeParentLocator(locator);
        QVERIFY(good);
        QVERIFY(parseParentLocator(*good));
        for (std::size_t length = 0; length < good->size(); ++length)
            QVERIFY(!parseParentLocator(std::span(*good).first(length)));
        auto bytes = *good;
        store(std::uint32_t{0xfffffff0}, bytes, sizeof(ParentLocatorHeaderLayout));
        QVERIFY(!parseParentLocator(bytes));
        locator.relativePath.clear();
        const auto pathless = writeParentLocator(locator);
        QVERIFY(pathless);
        QVERIFY(!parseParentLocator(*pathless));
    }

    void aLogSequenceIsFoundWhereverItWraps() {
        const Guid guid = Guid::random();
        for (const std::uint32_t begin : {0u, 4096u, 1048576u - 8192u, 1048576u - 4096u}) {
            std::vector<MetadataSector> contents;
            contents.reserve(8);
            auto log = logWith(guid, 5, 3, begin, contents);
            const auto sequence = findActiveSequence(log, guid);
            QVERIFY(sequence);
            QCOMPARE(sequence->size(), std::size_t{3});
            QCOMPARE(sequence->back().sequenceNumber, std::uint64_t{7});
            std::size_t steps = 0;
            for (const LogEntry& entry : *sequence)
                QVERIFY(forEachStep(log, entry, [&](const ReplayStep& step) {
                    const bool right = step.fileOffset == 4 * kMiB + steps * kMetadataSector &&
                                       step.content == contents[steps];
                    ++steps;
                    return right ? hypervisor::Result<void>{} : hypervisor::failure("differs");
                }));
            QCOMPARE(steps, std::size_t{3});
            QVERIFY(!findActiveSequence(log, Guid::random()));

            // A torn head leaves the entries before it.
            log[(begin + 5 * kMetadataSector + 700) % log.size()] ^= std::byte{1};
            const auto shorter = findActiveSequence(log, guid);
            QVERIFY(shorter);
            QCOMPARE(shorter->back().sequenceNumber, std::uint64_t{6});
        }
    }

    void aLogWhoseTailIsGoneIsNoSequence() {
        const Guid guid = Guid::random();
        std::vector<MetadataSector> contents;
        contents.reserve(8);
        auto log = logWith(guid, 1, 3, 0, contents);
        log[10] ^= std::byte{1};
        QVERIFY(!findActiveSequence(log, guid));
    }

    void freedSpaceIsReusedOnlyWhenThatIsDurable() {
        FileSpace space({{kMiB, 3 * kMiB}, {6 * kMiB, kMiB}}, 7 * kMiB);
        QCOMPARE(space.end(), 7 * kMiB);
        const auto gap = space.allocate(2 * kMiB);
        QCOMPARE(gap.offset, 4 * kMiB);
        QVERIFY(gap.reused);
        space.free({6 * kMiB, kMiB});
        QCOMPARE(space.allocate(kMiB).offset, 7 * kMiB);
        space.logBegins();
        space.logEnds(false);
        QVERIFY(!space.hasDurable());
        space.logBegins();
        space.logEnds(true);
        QCOMPARE(space.allocate(kMiB).offset, 8 * kMiB);
        for (const Region& region : space.takeDurable())
            space.release(region);
        QCOMPARE(space.allocate(kMiB).offset, 6 * kMiB);
    }

    void textSurvivesBothWays() {
        for (const char* text : {"", "a", "ä€\xf0\x9f\x90\xa6z"}) {
            const auto wide = utf16FromUtf8(text);
            QVERIFY(wide);
            QCOMPARE(utf8FromUtf16(*wide), std::optional<std::string>(text));
        }
        for (const char* bad : {"\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80"})
            QVERIFY(!utf16FromUtf8(bad));
        QVERIFY(!utf8FromUtf16(std::u16string(1, char16_t{0xd800})));
        QVERIFY(!utf8FromUtf16(std::u16string(1, char16_t{0xdc00})));
    }
};

QTEST_APPLESS_MAIN(VhdxStructuresTest)
#include "vhdx_structures_test.moc"
