// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/firmware/acpi_tables.h"

#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QtTest>

#include "devices/firmware/memory_map.h"

using hypervisor::GuestMemory;

namespace {

std::uint8_t sum(const QByteArray& bytes) {
    std::uint8_t total = 0;
    for (const char byte : bytes)
        total = static_cast<std::uint8_t>(total + static_cast<std::uint8_t>(byte));
    return total;
}

template <class T>
T field(const QByteArray& table, qsizetype offset) {
    T value{};
    if (offset + static_cast<qsizetype>(sizeof value) <= table.size())
        std::memcpy(&value, table.constData() + offset, sizeof value);
    return value;
}

class Tables {
  public:
    explicit Tables(hypervisor::VpIndex processors, const devices::AcpiDevices& devices = {}) {
        auto memory = GuestMemory::create(16 << 20);
        if (!memory)
            qFatal("%s", memory.error().message.c_str());
        memory_ = std::move(*memory);
        const auto root = devices::writeAcpiTables(*memory_, processors, devices);
        if (!root)
            qFatal("%s", root.error().message.c_str());
        root_ = *root;
    }

    [[nodiscard]] std::uint64_t root() const { return root_; }
    [[nodiscard]] const GuestMemory& memory() const { return *memory_; }
    [[nodiscard]] QByteArray bytes(std::uint64_t gpa, std::size_t size) const {
        QByteArray result(static_cast<qsizetype>(size), '\0');
        if (!memory_->read(gpa, std::as_writable_bytes(
                                    std::span(result.data(), static_cast<std::size_t>(size)))))
            return {};
        return result;
    }
    [[nodiscard]] QByteArray table(std::uint64_t gpa) const {
        return bytes(gpa, field<std::uint32_t>(bytes(gpa, 8), 4));
    }
    /// By its signature and name, from the XSDT or, for the DSDT, from the FADT.
    [[nodiscard]] QByteArray find(const QByteArray& signature, const QByteArray& name = {}) const {
        if (signature == "DSDT")
            return table(field<std::uint64_t>(find("FACP"), 140));
        const QByteArray xsdt = table(field<std::uint64_t>(bytes(root_, 36), 24));
        for (qsizetype entry = 36; entry < xsdt.size(); entry += 8)
            if (const QByteArray found = table(field<std::uint64_t>(xsdt, entry));
                found.startsWith(signature) && found.mid(16, 8).startsWith(name))
                return found;
        return {};
    }

  private:
    std::unique_ptr<GuestMemory> memory_;
    std::uint64_t root_ = 0;
};

}  // namespace

class AcpiTablesTest : public QObject {
    Q_OBJECT

  private slots:
    void rootPointerIsFoundBySearchingTheFirmwareArea() {
        const Tables tables(1);
        QVERIFY(tables.root() >= devices::kFirmwareAreaStart);
        QVERIFY(tables.root() < devices::kExtendedMemoryStart);
        QCOMPARE(tables.root() % 16, 0U);
        const QByteArray root = tables.bytes(tables.root(), 36);
        QVERIFY(root.startsWith("RSD PTR "));
        QCOMPARE(sum(root.left(20)), 0);
        QCOMPARE(sum(root), 0);
        QCOMPARE(field<std::uint8_t>(root, 15), 2);
    }

    void allChecksumsAreRight() {
        const Tables tables(64);
        const QByteArray root = tables.bytes(tables.root(), 36);
        for (const auto gpa :
             {std::uint64_t{field<std::uint32_t>(root, 16)}, field<std::uint64_t>(root, 24)}) {
            const QByteArray table = tables.table(gpa);
            QVERIFY(table.size() > 36);
            QCOMPARE(sum(table), 0);
        }
        for (const char* signature : {"FACP", "APIC", "SSDT", "DSDT"}) {
            const QByteArray table = tables.find(signature);
            QVERIFY2(table.size() > 36, signature);
            QVERIFY2(sum(table) == 0, signature);
        }
    }

    void bothRootTablesNameTheSameTables() {
        const Tables tables(2);
        const QByteArray root = tables.bytes(tables.root(), 36);
        const QByteArray rsdt = tables.table(field<std::uint32_t>(root, 16));
        const QByteArray xsdt = tables.table(field<std::uint64_t>(root, 24));
        QCOMPARE((rsdt.size() - 36) / 4, 3);
        QCOMPARE((xsdt.size() - 36) / 8, 3);
        for (qsizetype index = 0; index < 3; ++index)
            QCOMPARE(std::uint64_t{field<std::uint32_t>(rsdt, 36 + 4 * index)},
                     field<std::uint64_t>(xsdt, 36 + 8 * index));
    }

    void fixedDescriptionNamesPowerOffResetAndTimer() {
        const QByteArray fadt = Tables(1).find("FACP");
        QCOMPARE(fadt.size(), 276);
        QCOMPARE(field<std::uint16_t>(fadt, 46), 9);
        QCOMPARE(field<std::uint32_t>(fadt, 56), 0x600U);
        QCOMPARE(field<std::uint32_t>(fadt, 64), 0x604U);
        QCOMPARE(field<std::uint32_t>(fadt, 76), 0x608U);
        QCOMPARE(field<std::uint64_t>(fadt, 148 + 4), 0x600U);
        QCOMPARE(field<std::uint64_t>(fadt, 172 + 4), 0x604U);
        QCOMPARE(field<std::uint64_t>(fadt, 208 + 4), 0x608U);
        const auto flags = field<std::uint32_t>(fadt, 112);
        QVERIFY(flags & (1U << 8));
        QVERIFY(flags & (1U << 10));
        QCOMPARE(field<std::uint8_t>(fadt, 116), 1);
        QCOMPARE(field<std::uint64_t>(fadt, 120), 0xCF9U);
        QCOMPARE(field<std::uint8_t>(fadt, 128), 6);
    }

    void theDisketteControllerIsToldOfWhereItIs() {
        QVERIFY(Tables(1).find("SSDT", "VIREOFDC").isEmpty());
        const QByteArray table = Tables(1, {.disketteDrive = 4}).find("SSDT", "VIREOFDC");
        QCOMPARE(sum(table), 0);
        // PNP0700 and PNP0200, compressed.
        QVERIFY(table.contains(QByteArray::fromHex("41d00700")));
        QVERIFY(table.contains(QByteArray::fromHex("41d00200")));
    }

    void theDisketteDriveIsToldAsItIs_data() {
        QTest::addColumn<int>("drive");
        QTest::addColumn<QList<int>>("told");
        QTest::newRow("360 KB") << 1 << QList<int>{0, 1, 39, 9, 1};
        QTest::newRow("1.2 MB") << 2 << QList<int>{0, 2, 79, 15, 1};
        QTest::newRow("720 KB") << 3 << QList<int>{0, 3, 79, 9, 1};
        QTest::newRow("1.44 MB") << 4 << QList<int>{0, 4, 79, 18, 1};
        QTest::newRow("2.88 MB") << 5 << QList<int>{0, 5, 79, 36, 1};
    }
    void theDisketteDriveIsToldAsItIs() {
        const QString interpreter = QStandardPaths::findExecutable("acpiexec");
        if (interpreter.isEmpty())
            QSKIP("acpiexec is not installed");
        QFETCH(int, drive);
        QFETCH(QList<int>, told);
        const Tables tables(1, {.disketteDrive = static_cast<std::uint8_t>(drive)});
        QTemporaryDir folder;
        QFile file(folder.filePath("SSDT.aml"));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(tables.find("SSDT", "VIREOFDC")) > 0);
        file.close();
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(interpreter, {"-b", "evaluate \\_SB.FDC0.FLPA._FDI", file.fileName()});
        QVERIFY(process.waitForFinished(30'000));
        const QString output = process.readAll();
        static const QRegularExpression kNumber(QStringLiteral("\\[Integer\\] = ([0-9A-F]+)"));
        QList<int> values;
        for (auto found = kNumber.globalMatch(output); found.hasNext();)
            values << found.next().captured(1).toInt(nullptr, 16);
        QCOMPARE(values.size(), 16);
        QCOMPARE(values.first(5), told);
        QCOMPARE(values.at(9), told.at(3));
    }

    void keyboardAndMouseAreToldOfWhereTheyAre() {
        const Tables without(2);
        QCOMPARE(field<std::uint16_t>(without.find("FACP"), 109) & 2, 0);
        QVERIFY(without.find("SSDT", "VIREOPS2").isEmpty());
        const Tables with(2, {.ps2 = true});
        QCOMPARE(field<std::uint16_t>(with.find("FACP"), 109) & 2, 2);
        const QByteArray table = with.find("SSDT", "VIREOPS2");
        QCOMPARE(sum(table), 0);
        // PNP0303 and PNP0F13, compressed.
        QVERIFY(table.contains(QByteArray::fromHex("41d00303")));
        QVERIFY(table.contains(QByteArray::fromHex("41d00f13")));
        const QByteArray root = with.bytes(with.root(), 36);
        QCOMPARE((with.table(field<std::uint32_t>(root, 16)).size() - 36) / 4, 4);
        QVERIFY(!with.find("SSDT", "VIREOTBL").isEmpty());
    }

    void firmwareControlStructureIsAligned() {
        const Tables tables(1);
        const auto gpa = field<std::uint32_t>(tables.find("FACP"), 36);
        QCOMPARE(gpa % 64, 0U);
        QVERIFY(tables.bytes(gpa, 64).startsWith("FACS"));
    }

    void interruptTableHasEveryProcessorAndTheOverrides() {
        for (const hypervisor::VpIndex count : {1U, 3U, 64U}) {
            const QByteArray madt = Tables(count).find("APIC");
            unsigned processors = 0;
            unsigned ioApics = 0;
            bool timerOnPin2 = false;
            std::vector<unsigned> levelLow;
            bool nmiOnLint1 = false;
            for (qsizetype at = 44; at < madt.size();) {
                switch (field<std::uint8_t>(madt, at)) {
                    case 0:
                        QCOMPARE(field<std::uint8_t>(madt, at + 2), processors);
                        QCOMPARE(field<std::uint8_t>(madt, at + 3), processors);
                        QCOMPARE(field<std::uint32_t>(madt, at + 4), 1U);
                        ++processors;
                        break;
                    case 1:
                        QCOMPARE(field<std::uint32_t>(madt, at + 4), 0xFEC0'0000U);
                        ++ioApics;
                        break;
                    case 2:
                        timerOnPin2 = timerOnPin2 || (field<std::uint8_t>(madt, at + 3) == 0 &&
                                                      field<std::uint32_t>(madt, at + 4) == 2);
                        if (field<std::uint16_t>(madt, at + 8) == 0xF) {
                            levelLow.push_back(field<std::uint8_t>(madt, at + 3));
                            QCOMPARE(field<std::uint32_t>(madt, at + 4), levelLow.back());
                        }
                        break;
                    case 4:
                        nmiOnLint1 = field<std::uint8_t>(madt, at + 2) == 0xFF &&
                                     field<std::uint8_t>(madt, at + 5) == 1;
                        break;
                    default:
                        QFAIL("unknown entry");
                }
                QVERIFY(field<std::uint8_t>(madt, at + 1) != 0);
                at += field<std::uint8_t>(madt, at + 1);
            }
            QCOMPARE(processors, count);
            QCOMPARE(ioApics, 1U);
            QVERIFY(timerOnPin2);
            // The SCI, and what PCI's links can have.
            QCOMPARE(levelLow, (std::vector<unsigned>{5, 9, 10, 11}));
            QVERIFY(nmiOnLint1);
        }
    }

    void processorCountsOutOfRangeAreRefused() {
        const Tables tables(1);
        QVERIFY(!devices::writeAcpiTables(tables.memory(), 0));
        QVERIFY(!devices::writeAcpiTables(tables.memory(), 65));
    }

    void disassemblerReadsBothDefinitionBlocks_data() {
        QTest::addColumn<unsigned>("processors");
        for (const unsigned count : {1U, 2U, 3U, 33U, 64U})
            QTest::addRow("%u", count) << count;
    }
    void disassemblerReadsBothDefinitionBlocks() {
        const QString iasl = QStandardPaths::findExecutable("iasl");
        if (iasl.isEmpty())
            QSKIP("iasl is not installed");
        QFETCH(unsigned, processors);
        const Tables tables(processors, {.ps2 = true, .disketteDrive = 4});
        QTemporaryDir folder;
        const auto disassemble = [&](const QByteArray& signature,
                                     const QByteArray& name = {}) -> QString {
            QFile file(folder.filePath(signature + ".aml"));
            if (!file.open(QIODevice::WriteOnly) || file.write(tables.find(signature, name)) <= 0)
                return "(not written)";
            file.close();
            QProcess process;
            process.setProcessChannelMode(QProcess::MergedChannels);
            process.start(iasl, {"-d", file.fileName()});
            process.waitForFinished(30'000);
            if (process.exitCode() != 0)
                return "(failed)";
            QFile source(folder.filePath(signature + ".dsl"));
            if (!source.open(QIODevice::ReadOnly))
                return process.readAll();
            return source.readAll();
        };
        const QString dsdt = disassemble("DSDT");
        QVERIFY2(dsdt.contains("_S5") && dsdt.contains("COM4"), qPrintable(dsdt));
        QVERIFY2(!dsdt.contains("Error") && !dsdt.contains("Warning"), qPrintable(dsdt));
        QVERIFY2(dsdt.contains("_PRT") && dsdt.count("PNP0C0F") == 4, qPrintable(dsdt));
        const QString ssdt = disassemble("SSDT");
        QVERIFY2(!ssdt.contains("Error") && !ssdt.contains("Warning"), qPrintable(ssdt));
        QCOMPARE(ssdt.count("\"ACPI0007\""), processors);
        const QString floppy = disassemble("SSDT", "VIREOFDC");
        QVERIFY2(floppy.contains("PNP0700") && floppy.contains("PNP0200"), qPrintable(floppy));
        QVERIFY2(!floppy.contains("Error") && !floppy.contains("Warning"), qPrintable(floppy));
        const QString ps2 = disassemble("SSDT", "VIREOPS2");
        QVERIFY2(ps2.contains("PNP0303") && ps2.contains("PNP0F13"), qPrintable(ps2));
        QVERIFY2(!ps2.contains("Error") && !ps2.contains("Warning"), qPrintable(ps2));
    }
};

QTEST_GUILESS_MAIN(AcpiTablesTest)
#include "acpi_tables_test.moc"
