// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices/firmware/kernel_loader.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <QtTest>
#include <optional>
#include <random>

#include "devices/firmware/memory_map.h"
#include "made_up_kernels.h"

using devices::BootRequest;
using devices::ImageFile;
using devices::KernelFormat;
using devices::loadKernel;
using hypervisor::GuestMemory;
using hypervisor::ProcessorState;
using hypervisor::Register;
using hypervisor::Result;
using hypervisor::SegmentName;
using made_up::Bytes;

namespace {

constexpr std::uint64_t kMib = 1 << 20;

std::unique_ptr<GuestMemory> makeMemory(std::uint64_t size) {
    auto memory = GuestMemory::create(size);
    if (!memory)
        qFatal("%s", memory.error().message.c_str());
    return std::move(*memory);
}

std::string text(const GuestMemory& memory, std::uint64_t gpa) {
    std::string result;
    while (const auto character = memory.read<char>(gpa++)) {
        if (*character == '\0')
            return result;
        result += *character;
    }
    return "(not in memory)";
}

bool holds(const GuestMemory& memory, std::uint64_t gpa, const Bytes& file, std::size_t offset,
           std::size_t size) {
    const std::byte* const at = memory.at(gpa, size);
    return at && std::memcmp(at, file.data() + offset, size) == 0;
}

bool isZero(const GuestMemory& memory, std::uint64_t gpa, std::size_t size) {
    const std::byte* const at = memory.at(gpa, size);
    return at && std::all_of(at, at + size, [](std::byte byte) { return byte == std::byte{0}; });
}

// What the guest's own page walk of a 64-bit address gives.
std::optional<std::uint64_t> walk(const GuestMemory& memory, const ProcessorState& state,
                                  std::uint64_t address) {
    std::uint64_t table = state.cr3;
    for (int level = 3; level >= 0; --level) {
        const auto entry =
            memory.read<std::uint64_t>(table + ((address >> (12 + 9 * level)) & 511) * 8);
        if (!entry || !(*entry & 1))
            return std::nullopt;
        if (level > 0 && (*entry & 0x80)) {
            const std::uint64_t offsetMask = (1ULL << (12 + 9 * level)) - 1;
            return (*entry & ~offsetMask & 0xF'FFFF'FFFF'FFFF) | (address & offsetMask);
        }
        table = *entry & 0xF'FFFF'FFFF'F000;
    }
    return table | (address & 0xFFF);
}

}  // namespace

class KernelLoaderTest : public QObject {
    Q_OBJECT

    Result<ProcessorState> load(const GuestMemory& memory, const Bytes& kernel,
                                const std::vector<Bytes>& disks = {},
                                const std::string& commandLine = {}) {
        const ImageFile file = made_up::imageFile(kernel, "kernel");
        std::vector<ImageFile> diskFiles;
        for (std::size_t index = 0; index < disks.size(); ++index)
            diskFiles.push_back(made_up::imageFile(disks[index], "disk" + std::to_string(index)));
        return loadKernel(memory, BootRequest{file, diskFiles, commandLine, 0xF'0000});
    }

    void expectRefusal(const Result<ProcessorState>& result, const char* part) {
        QVERIFY2(!result, "a bad file was loaded");
        QVERIFY2(result.error().message.find(part) != std::string::npos,
                 result.error().message.c_str());
        QVERIFY2(result.error().message.find('\n') == std::string::npos, "more than one line");
    }

  private slots:
    void linuxStartsAtIts64BitEntryWithPagingOn() {
        const auto memory = makeMemory(64 * kMib);
        const Bytes kernel = made_up::linuxKernel();
        auto state = load(*memory, kernel, {}, "console=ttyS0");
        QVERIFY2(state, state ? "" : state.error().message.c_str());
        QCOMPARE(state->rip, 0x100'0200U);
        QVERIFY(
            holds(*memory, 0x100'0000, kernel, made_up::kLinuxCodeOffset, made_up::kLinuxCodeSize));
        QCOMPARE(state->efer, 0x500U);
        QCOMPARE(state->cr0 & 0x8000'0001, 0x8000'0001U);
        QCOMPARE(state->cr4 & 0x20, 0x20U);
        QCOMPARE(state->rflags, 2U);
        QVERIFY((*state)[SegmentName::Cs].isLong());
        QCOMPARE((*state)[SegmentName::Cs].selector, 0x10);
        QCOMPARE((*state)[SegmentName::Ds].selector, 0x18);
        for (const std::uint64_t address : {0x0ULL, 0x100'0200ULL, 0xFFFF'F000ULL})
            QCOMPARE(walk(*memory, *state, address), std::optional(address));
        const auto codeDescriptor = memory->read<std::uint64_t>(state->gdtr.base + 0x10);
        QCOMPARE(codeDescriptor, std::optional<std::uint64_t>(0x00AF'9B00'0000'FFFF));

        const std::uint64_t page = (*state)[Register::Rsi];
        QCOMPARE(memory->read<std::uint32_t>(page + 0x202),
                 std::optional<std::uint32_t>(0x5372'6448));
        QCOMPARE(memory->read<std::uint8_t>(page + 0x210), std::optional<std::uint8_t>(0xFF));
        QCOMPARE(memory->read<std::uint64_t>(page + 0x70), std::optional<std::uint64_t>(0xF'0000));
        const auto commandLine = memory->read<std::uint32_t>(page + 0x228);
        QVERIFY(commandLine);
        QCOMPARE(text(*memory, *commandLine), "console=ttyS0");
    }

    void linuxFor32BitsStartsAtThatEntryWithPagingOff_data() {
        QTest::addColumn<int>("version");
        QTest::addColumn<int>("flags");
        QTest::newRow("2.15 without 64 bits") << 0x20F << 0;
        // What is later two bytes of flags.
        QTest::newRow("2.10") << 0x20A << 0x4141;
    }
    void linuxFor32BitsStartsAtThatEntryWithPagingOff() {
        QFETCH(int, version);
        QFETCH(int, flags);
        const auto memory = makeMemory(64 * kMib);
        Bytes kernel = made_up::linuxKernel();
        kernel.put(0x206, static_cast<std::uint16_t>(version));
        kernel.put(0x236, static_cast<std::uint16_t>(flags));
        auto state = load(*memory, kernel);
        QVERIFY2(state, state ? "" : state.error().message.c_str());
        QCOMPARE(state->rip, 0x100'0000U);
        QCOMPARE(state->efer, 0U);
        QCOMPARE(state->cr0 & 0x8000'0001, 1U);
        QCOMPARE(state->rflags, 2U);
        QVERIFY(!(*state)[SegmentName::Cs].isLong());
        QCOMPARE((*state)[SegmentName::Cs].selector, 0x10);
        for (const auto name : {SegmentName::Ds, SegmentName::Es, SegmentName::Ss})
            QCOMPARE((*state)[name].selector, 0x18);
        QCOMPARE(memory->read<std::uint64_t>(state->gdtr.base + 0x10),
                 std::optional<std::uint64_t>(0x00CF'9B00'0000'FFFF));
        for (const Register name : {Register::Rbp, Register::Rdi, Register::Rbx})
            QCOMPARE((*state)[name], 0U);
        QCOMPARE(memory->read<std::uint32_t>((*state)[Register::Rsi] + 0x202),
                 std::optional<std::uint32_t>(0x5372'6448));
    }

    void linuxGetsTheMemoryMap() {
        const auto memory = makeMemory(64 * kMib);
        auto state = load(*memory, made_up::linuxKernel());
        QVERIFY(state);
        const std::uint64_t page = (*state)[Register::Rsi];
        const auto map = devices::memoryMap(*memory);
        QCOMPARE(memory->read<std::uint8_t>(page + 0x1E8),
                 std::optional(static_cast<std::uint8_t>(map.size())));
        for (std::size_t index = 0; index < map.size(); ++index) {
            const std::uint64_t entry = page + 0x2D0 + 20 * index;
            QCOMPARE(memory->read<std::uint64_t>(entry), std::optional(map[index].start));
            QCOMPARE(memory->read<std::uint64_t>(entry + 8), std::optional(map[index].size));
            QCOMPARE(memory->read<std::uint32_t>(entry + 16),
                     std::optional(static_cast<std::uint32_t>(map[index].type)));
        }
    }

    void memoryMapCoversAllRamButTheFirmwareArea() {
        for (const std::uint64_t size : {64 * kMib, 3072 * kMib, 5120 * kMib}) {
            const auto memory = makeMemory(size);
            std::uint64_t usable = 0;
            std::uint64_t end = 0;
            for (const auto& range : devices::memoryMap(*memory)) {
                QVERIFY(range.start >= end);
                end = range.start + range.size;
                if (range.type == devices::MemoryRangeType::Memory) {
                    QVERIFY(memory->at(range.start, range.size));
                    usable += range.size;
                }
            }
            QCOMPARE(usable, size - (0x10'0000 - devices::kConventionalMemoryEnd));
        }
    }

    void linuxRamDisksFollowEachOtherAtMultiplesOfFour() {
        const auto memory = makeMemory(64 * kMib);
        Bytes first(5001);
        first.fill(0, 5001, 1);
        Bytes second(7000);
        second.fill(0, 7000, 2);
        auto state = load(*memory, made_up::linuxKernel(), {first, second});
        QVERIFY(state);
        const std::uint64_t page = (*state)[Register::Rsi];
        const auto start = memory->read<std::uint32_t>(page + 0x218);
        QVERIFY(start);
        QCOMPARE(memory->read<std::uint32_t>(page + 0x21C),
                 std::optional<std::uint32_t>(5004 + 7000));
        QVERIFY(*start >= 0x110'0000 && *start + 12004 <= 64 * kMib);
        QVERIFY(holds(*memory, *start, first, 0, 5001));
        QVERIFY(isZero(*memory, *start + 5001, 3));
        QVERIFY(holds(*memory, *start + 5004, second, 0, 7000));
    }

    void linuxRamDiskStaysBelowTheKernelsLimit() {
        const auto memory = makeMemory(256 * kMib);
        Bytes kernel = made_up::linuxKernel();
        kernel.put<std::uint32_t>(0x22C, 0x37F'FFFF);
        kernel.put<std::uint16_t>(0x236, 1);
        auto state = load(*memory, kernel, {Bytes(2 * kMib)});
        QVERIFY(state);
        const auto start = memory->read<std::uint32_t>((*state)[Register::Rsi] + 0x218);
        QCOMPARE(start, std::optional<std::uint32_t>(0x380'0000 - 2 * kMib));
        expectRefusal(load(*memory, kernel, {Bytes(60 * kMib)}), "does not fit");
    }

    void linuxRamDiskGoesAbove4GibWhenTheKernelAllowsIt() {
        const auto memory = makeMemory(3072 * kMib + 32 * kMib);
        Bytes kernel = made_up::linuxKernel();
        kernel.put<std::uint32_t>(0x22C, 0x17F'FFFF);
        Bytes disk(20 * kMib);
        disk.fill(0, 4096, 1);
        auto state = load(*memory, kernel, {disk});
        QVERIFY2(state, state ? "" : state.error().message.c_str());
        const std::uint64_t page = (*state)[Register::Rsi];
        QCOMPARE(memory->read<std::uint32_t>(page + 0xC0), std::optional<std::uint32_t>(1));
        const auto low = memory->read<std::uint32_t>(page + 0x218);
        QVERIFY(low && holds(*memory, (1ULL << 32) + *low, disk, 0, 20 * kMib));
        kernel.put<std::uint16_t>(0x236, 1);
        expectRefusal(load(*memory, kernel, {disk}), "does not fit");
    }

    void relocatableLinuxMovesBelowItsPreferredAddressInASmallMachine() {
        const auto memory = makeMemory(8 * kMib);
        auto state = load(*memory, made_up::linuxKernel());
        QVERIFY2(state, state ? "" : state.error().message.c_str());
        QCOMPARE(state->rip, 0x20'0200U);
        Bytes fixed = made_up::linuxKernel();
        fixed.put<std::uint8_t>(0x234, 0);
        expectRefusal(load(*memory, fixed), "more memory");
    }

    void linuxThatCannotBeBootedIsRefused_data() {
        QTest::addColumn<std::size_t>("offset");
        QTest::addColumn<std::uint32_t>("value");
        QTest::addColumn<std::size_t>("size");
        QTest::addColumn<QByteArray>("part");
        QTest::newRow("old protocol")
            << std::size_t{0x206} << 0x0209U << std::size_t{2} << QByteArray("2.09");
        QTest::newRow("loaded low")
            << std::size_t{0x211} << 0U << std::size_t{1} << QByteArray("zImage");
        QTest::newRow("short header")
            << std::size_t{0x201} << 0x20U << std::size_t{1} << QByteArray("header");
        QTest::newRow("no code") << std::size_t{0x1F4} << 0U << std::size_t{4}
                                 << QByteArray("no code");
        QTest::newRow("more code than file")
            << std::size_t{0x1F4} << 0x101U << std::size_t{4} << QByteArray("truncated");
        QTest::newRow("code of 64 GiB")
            << std::size_t{0x1F4} << 0xFFFF'FFFFU << std::size_t{4} << QByteArray("memory");
        QTest::newRow("4 GiB to start")
            << std::size_t{0x260} << 0xFFFF'FFFFU << std::size_t{4} << QByteArray("more memory");
        QTest::newRow("set-up beyond the file")
            << std::size_t{0x1F1} << 0xFFU << std::size_t{1} << QByteArray("truncated");
    }
    void linuxThatCannotBeBootedIsRefused() {
        QFETCH(std::size_t, offset);
        QFETCH(std::uint32_t, value);
        QFETCH(std::size_t, size);
        QFETCH(QByteArray, part);
        Bytes kernel = made_up::linuxKernel();
        for (std::size_t byte = 0; byte < size; ++byte)
            kernel.put(offset + byte, static_cast<std::uint8_t>(value >> (8 * byte)));
        expectRefusal(load(*makeMemory(64 * kMib), kernel), part.constData());
    }

    void linuxCommandLineMustFitTheKernelsLimit() {
        const auto memory = makeMemory(64 * kMib);
        QVERIFY(load(*memory, made_up::linuxKernel(), {}, std::string(2047, 'x')));
        expectRefusal(load(*memory, made_up::linuxKernel(), {}, std::string(2048, 'x')),
                      "2048 bytes");
        Bytes boundless = made_up::linuxKernel();
        boundless.put<std::uint32_t>(0x238, 0xFFFF'FFFF);
        expectRefusal(load(*memory, boundless, {}, std::string(kMib, 'x')), "640 KiB");
    }

    void multibootKernelGetsWhatABootLoaderGives_data() {
        QTest::addColumn<int>("kind");
        QTest::newRow("flat") << 0;
        QTest::newRow("ELF of 32 bits") << 1;
        QTest::newRow("ELF of 64 bits") << 2;
    }
    void multibootKernelGetsWhatABootLoaderGives() {
        QFETCH(int, kind);
        const auto memory = makeMemory(64 * kMib);
        // What the loader is to clear.
        std::memset(memory->at(0x10'0000, 32 * kMib), 0xEE, 32 * kMib);
        Bytes kernel = kind == 0   ? made_up::flatMultiboot()
                       : kind == 1 ? made_up::elf32()
                                   : made_up::elf64();
        if (kind != 0)
            made_up::addMultibootHeader(kernel, made_up::kSegmentOffset + 0x20, 3);
        Bytes module(5000);
        module.fill(0, 5000, 4);
        auto state = load(*memory, kernel, {module, Bytes(10)}, "first second");
        QVERIFY2(state, state ? "" : state.error().message.c_str());

        if (kind == 0) {
            QCOMPARE(state->rip, 0x10'0040U);
            QVERIFY(holds(*memory, 0x10'0000, kernel, 0, 0x2000));
            QVERIFY(isZero(*memory, 0x10'2000, 0x1000));
        } else {
            QCOMPARE(state->rip, 0x20'0010U);
            QVERIFY(
                holds(*memory, 0x20'0000, kernel, made_up::kSegmentOffset, made_up::kSegmentSize));
            QVERIFY(isZero(*memory, 0x20'1000, made_up::kSegmentSize));
        }
        QCOMPARE((*state)[Register::Rax], 0x2BAD'B002U);
        QCOMPARE(state->cr0 & 0x8000'0001, 1U);
        QCOMPARE(state->efer, 0U);
        QVERIFY((*state)[SegmentName::Cs].isDefaultBig());
        QCOMPARE((*state)[SegmentName::Ss].limit, 0xFFFF'FFFFU);

        const std::uint64_t info = (*state)[Register::Rbx];
        const auto word = [&](std::uint64_t offset) {
            return memory->read<std::uint32_t>(info + offset).value_or(0xDEAD);
        };
        QCOMPARE(word(0) & 0x4D, 0x4DU);
        QCOMPARE(word(4), 639U);
        QCOMPARE(word(8), 63U * 1024);
        QCOMPARE(text(*memory, word(16)), "kernel first second");
        QCOMPARE(word(20), 2U);
        const auto moduleWord = [&](std::uint64_t offset) {
            return memory->read<std::uint32_t>(word(24) + offset).value_or(0xDEAD);
        };
        QCOMPARE(moduleWord(4) - moduleWord(0), 5000U);
        QCOMPARE(moduleWord(0) % 4096, 0U);
        QVERIFY(holds(*memory, moduleWord(0), module, 0, 5000));
        QCOMPARE(text(*memory, moduleWord(8)), "disk0");
        QCOMPARE(moduleWord(20) - moduleWord(16), 10U);
        QVERIFY(moduleWord(16) >= moduleWord(4));
        QCOMPARE(text(*memory, moduleWord(24)), "disk1");
        const auto map = devices::memoryMap(*memory);
        QCOMPARE(word(44), 24U * map.size());
        for (std::size_t index = 0; index < map.size(); ++index) {
            const std::uint64_t entry = word(48) + 24 * index;
            QCOMPARE(memory->read<std::uint32_t>(entry), std::optional<std::uint32_t>(20));
            QCOMPARE(memory->read<std::uint64_t>(entry + 4), std::optional(map[index].start));
            QCOMPARE(memory->read<std::uint64_t>(entry + 12), std::optional(map[index].size));
        }
    }

    void multibootHeaderMustLieInTheFirst8192Bytes() {
        Bytes kernel(12000);
        made_up::addMultibootHeader(kernel, 8192 - 12, 0);
        QVERIFY(devices::recogniseKernel(made_up::imageFile(kernel, "k")) ==
                KernelFormat::Multiboot);
        Bytes late(12000);
        made_up::addMultibootHeader(late, 8192 - 8, 0);
        QVERIFY(!devices::recogniseKernel(made_up::imageFile(late, "k")));
        kernel.put<std::uint32_t>(8192 - 4, 0);
        QVERIFY(!devices::recogniseKernel(made_up::imageFile(kernel, "k")));
    }

    void multibootThatCannotBeBootedIsRefused() {
        const auto memory = makeMemory(16 * kMib);
        const auto change = [&](std::size_t offset, std::uint32_t value) {
            Bytes kernel = made_up::flatMultiboot();
            kernel.put(offset, value);
            return load(*memory, kernel);
        };
        expectRefusal(change(0x410, 0x10'0401), "outside");
        expectRefusal(change(0x40C, 0x10'0800), "outside");
        expectRefusal(change(0x414, 0x10'2001), "truncated");
        expectRefusal(change(0x414, 0x0F'0000), "before its start");
        expectRefusal(change(0x418, 0x10'1000), "damaged");
        expectRefusal(change(0x418, 0xFFFF'FFFF), "more memory");
        Bytes unknown = made_up::flatMultiboot();
        made_up::addMultibootHeader(unknown, 0x400, (1U << 16) | 0x80);
        expectRefusal(load(*memory, unknown), "0x80");
        expectRefusal(load(*memory, made_up::flatMultiboot(), {Bytes(15 * kMib)}), "does not fit");
    }

    void pvhKernelGetsItsStartInformation() {
        const auto memory = makeMemory(64 * kMib);
        Bytes kernel = made_up::elf64();
        made_up::addPvhNote(kernel, 0x20'0050);
        Bytes module(5000);
        module.fill(0, 5000, 4);
        auto state = load(*memory, kernel, {module}, "console=ttyS0");
        QVERIFY2(state, state ? "" : state.error().message.c_str());
        QCOMPARE(state->rip, 0x20'0050U);
        QVERIFY((*state)[SegmentName::Cs].isDefaultBig());
        QVERIFY(holds(*memory, 0x20'0000, kernel, made_up::kSegmentOffset, made_up::kSegmentSize));
        const std::uint64_t info = (*state)[Register::Rbx];
        const auto word = [&](std::uint64_t offset) {
            return memory->read<std::uint64_t>(info + offset).value_or(0xDEAD);
        };
        QCOMPARE(memory->read<std::uint32_t>(info), std::optional<std::uint32_t>(0x336E'C578));
        QCOMPARE(memory->read<std::uint32_t>(info + 4), std::optional<std::uint32_t>(1));
        QCOMPARE(memory->read<std::uint32_t>(info + 12), std::optional<std::uint32_t>(1));
        QCOMPARE(text(*memory, word(24)), "console=ttyS0");
        QCOMPARE(word(32), 0xF'0000U);
        const auto module0 = memory->read<std::uint64_t>(word(16));
        QVERIFY(module0 && holds(*memory, *module0, module, 0, 5000));
        QCOMPARE(memory->read<std::uint32_t>(info + 48),
                 std::optional(static_cast<std::uint32_t>(devices::memoryMap(*memory).size())));
        QCOMPARE(memory->read<std::uint64_t>(word(40) + 8),
                 std::optional(devices::kConventionalMemoryEnd));
    }

    void foreignFilesAreNamed_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QByteArray>("part");
        QTest::newRow("gzip") << QByteArray("\x1F\x8B\x08 and more") << QByteArray("gzip");
        QTest::newRow("cpio") << QByteArray("07070100000000") << QByteArray("--initrd");
        QTest::newRow("script") << QByteArray("#!/bin/sh\n") << QByteArray("script");
        QTest::newRow("text") << QByteArray("hello") << QByteArray("not a kernel");
        QTest::newRow("one byte") << QByteArray("x") << QByteArray("not a kernel");
        QTest::newRow("EFI program") << QByteArray("MZ and so on") << QByteArray("EFI");
        QTest::newRow("start of an ELF file") << QByteArray(
                                                     "\x7F"
                                                     "ELF")
                                              << QByteArray("ELF");
    }
    void foreignFilesAreNamed() {
        QFETCH(QByteArray, content);
        QFETCH(QByteArray, part);
        Bytes file;
        file.put(0, content.toStdString());
        expectRefusal(load(*makeMemory(16 * kMib), file), part.constData());
    }

    void elfWithoutAKnownEntryIsRefused() {
        const auto memory = makeMemory(16 * kMib);
        expectRefusal(load(*memory, made_up::elf64()), "neither");
        Bytes arm = made_up::elf64();
        arm.put<std::uint16_t>(18, 183);
        expectRefusal(load(*memory, arm), "another processor");
        Bytes object = made_up::elf64();
        object.put<std::uint16_t>(16, 1);
        expectRefusal(load(*memory, object), "not executable");
    }

    void directoriesAndEmptyFilesAreNoImages() {
        const auto empty = ImageFile::create(
            hypervisor::FileDescriptor(::memfd_create("empty", MFD_CLOEXEC)), "empty");
        QVERIFY(!empty);
        QVERIFY(empty.error().message.find("is empty") != std::string::npos);
        const auto folder =
            ImageFile::create(hypervisor::FileDescriptor(::open("/", O_RDONLY)), "folder");
        QVERIFY(!folder);
        QVERIFY(folder.error().message.find("directory") != std::string::npos);
    }

    // Every truncation and a few thousand damaged files either load or are refused: what they
    // must not do is touch anything else, which the sanitizers see, or take long.
    void damagedKernelsAreLoadedOrRefused() {
        const auto memory = makeMemory(8 * kMib);
        std::vector<Bytes> kernels{made_up::linuxKernel(), made_up::flatMultiboot(),
                                   made_up::elf32(), made_up::elf64(), made_up::elf64()};
        made_up::addMultibootHeader(kernels[2], made_up::kSegmentOffset, 0);
        made_up::addMultibootHeader(kernels[3], made_up::kSegmentOffset, 0);
        made_up::addPvhNote(kernels[4], 0x20'0050);
        constexpr std::array<std::uint8_t, 6> kNasty{0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF};
        std::mt19937 random(20240229);
        int loaded = 0;
        int refused = 0;
        for (const Bytes& original : kernels) {
            for (int round = 0; round < 1500; ++round) {
                Bytes kernel = original;
                const std::size_t interesting = std::min<std::size_t>(kernel.size(), 0x440);
                for (unsigned change = random() % 4; change != ~0U; --change) {
                    const std::size_t offset = random() % interesting;
                    const std::uint8_t value = random() % 2 == 0
                                                   ? kNasty[random() % kNasty.size()]
                                                   : static_cast<std::uint8_t>(random());
                    const std::size_t run = random() % 4 == 0 ? 8 : 1;
                    for (std::size_t byte = offset; byte < std::min(offset + run, kernel.size());
                         ++byte)
                        kernel[byte] = std::byte{value};
                }
                if (random() % 4 == 0)
                    kernel.truncate(1 + random() % kernel.size());
                Bytes disk(1 + random() % 5000);
                const auto state = load(*memory, kernel, {disk}, "line");
                ++(state ? loaded : refused);
                if (!state)
                    QVERIFY(!state.error().message.empty());
            }
        }
        // Neither outcome may be the only one, or the test would show nothing.
        QVERIFY(loaded > 500);
        QVERIFY(refused > 500);
    }
};

QTEST_APPLESS_MAIN(KernelLoaderTest)
#include "kernel_loader_test.moc"
