// SPDX-License-Identifier: GPL-3.0-or-later
//
// A VHDX with some of its bytes replaced, and checksums made right again, so that what is behind
// them is reached. Input: one byte of flags, then patches: where (a structure), offset in it (two
// bytes), length (one byte), bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "../devices/storage/memory_file.h"
#include "../devices/storage/sparse_content.h"
#include "devices/storage/vhdx/crc32c.h"
#include "devices/storage/vhdx/layout.h"
#include "devices/storage/vhdx/log_entry.h"
#include "devices/storage/vhdx/vhdx_driver.h"

using namespace devices::storage;
using namespace devices::storage::vhdx;

namespace {

enum Flag : unsigned {
    kFixChecksums = 1,
    kDifferencing = 2,
    kReadOnly = 4,
    kUncleanLog = 8,
    kWithoutParent = 16,
};

// As createFile() lays it out.
constexpr std::uint64_t kLogOffset = kMiB;
constexpr std::uint64_t kMetadataOffset = 2 * kMiB;
constexpr std::uint64_t kBatOffset = 3 * kMiB;
constexpr std::uint64_t kDiskSize = 24 * kMiB;

struct Template {
    SparseContent parent;
    SparseContent dynamic;
    SparseContent differencing;
};

IoEngine& engine() {
    static const auto engine = [] {
        auto created = IoEngine::create({.kind = IoEngineKind::ThreadPool});
        if (!created)
            std::abort();
        return std::move(*created);
    }();
    return *engine;
}

void require(bool condition) {
    if (!condition)
        std::abort();
}

Task<void> writeSome(DiskImage& image) {
    const std::vector<std::byte> bytes(64 * 1024, std::byte{0x77});
    for (const std::uint64_t offset : {std::uint64_t{0}, 3 * kMiB + 512, kDiskSize - bytes.size()})
        require((co_await writeDisk(image, offset, bytes)).ok());
    require((co_await flushDisk(image)).ok());
}

void create(SparseContent& content, const DiskImage* parent) {
    MemoryFile file(engine(), content);
    ImageCreateOptions options;
    options.size = kDiskSize;
    options.blockSize = kMiB;
    if (parent != nullptr) {
        options.kind = ImageKind::Differencing;
        options.parent = parent;
        options.parentPaths = {{ParentPath::Kind::Relative, ".\\parent.vhdx"}};
    }
    Job job;
    require(engine().wait(VhdxDriver().create(file, options, job)).has_value());
}

auto openWith(SparseContent& content, SparseContent& parent, bool readOnly, bool withParent) {
    ImageOpenOptions options;
    if (withParent)
        options.openParent =
            [&parent](
                const ParentReference&) -> Task<hypervisor::Result<std::unique_ptr<DiskImage>>> {
            co_return co_await VhdxDriver().open(
                std::make_unique<MemoryFile>(engine(), parent, 1, true), {});
        };
    return engine().wait(
        VhdxDriver().open(std::make_unique<MemoryFile>(engine(), content, 1, readOnly), options));
}

const Template& templates() {
    static const Template all = [] {
        Template made;
        create(made.parent, nullptr);
        auto parent = openWith(made.parent, made.parent, true, false);
        require(parent.has_value());
        // Not closed: the logs are to be replayed.
        for (auto* content : {&made.dynamic, &made.differencing}) {
            create(*content, content == &made.differencing ? parent->get() : nullptr);
            auto image = openWith(*content, made.parent, false, true);
            require(image.has_value());
            engine().wait([](DiskImage& written) -> Task<bool> {
                co_await writeSome(written);
                co_return true;
            }(**image));
        }
        return made;
    }();
    return all;
}

void fixChecksum(SparseContent& content, std::uint64_t offset, std::size_t length) {
    std::vector<std::byte> bytes(length);
    content.read(offset, bytes);
    const std::uint32_t checksum = crc32cWithoutField(bytes, sizeof(std::uint32_t));
    content.write(offset + sizeof(std::uint32_t), std::as_bytes(std::span(&checksum, 1)));
}

void fixChecksums(SparseContent& content) {
    for (const std::uint64_t offset : kHeaderOffsets)
        fixChecksum(content, offset, kHeaderSize);
    for (const std::uint64_t offset : kRegionTableOffsets)
        fixChecksum(content, offset, kRegionTableSize);
    for (std::uint64_t at = 0; at < 64 * kKiB; at += kMetadataSector) {
        std::vector<std::byte> bytes(sizeof(LogEntryHeaderLayout));
        content.read(kLogOffset + at, bytes);
        const auto header = load<LogEntryHeaderLayout>(bytes);
        if (header.signature == kLogEntrySignature && header.entryLength >= kMetadataSector &&
            header.entryLength <= kMiB - at)
            fixChecksum(content, kLogOffset + at, header.entryLength);
    }
}

void patch(SparseContent& content, std::span<const std::uint8_t> input) {
    constexpr std::uint64_t kPlaces[] = {
        0,
        kHeaderOffsets[0],
        kHeaderOffsets[1],
        kRegionTableOffsets[0],
        kRegionTableOffsets[1],
        kMetadataOffset,
        kMetadataOffset + kMetadataTableSize,
        kMetadataOffset + kMetadataTableSize + kMetadataSector,
        kBatOffset,
        kLogOffset,
        kLogOffset + kMetadataSector,
        kBatOffset + kMiB,
    };
    while (input.size() >= 4) {
        const std::uint64_t offset = input[1] | input[2] << 8U;
        const std::size_t length = std::min<std::size_t>(input[3], input.size() - 4);
        if (input[0] == 0xff) {
            // The file ends there, in units of 4 KiB.
            content.resize(offset * kMetadataSector);
        } else {
            content.write(kPlaces[input[0] % std::size(kPlaces)] + offset,
                          std::as_bytes(input.subspan(4, length)));
        }
        input = input.subspan(4 + length);
    }
}

Task<bool> use(DiskImage& image) {
    std::vector<std::byte> bytes(96 * 1024);
    const std::uint64_t sector = image.logicalSectorSize();
    for (std::uint64_t offset : {std::uint64_t{0}, kMiB - 32 * kKiB, 3 * kMiB, image.size() / 2,
                                 image.size() - std::min(image.size(), bytes.size() / 2)}) {
        offset = offset / sector * sector;
        const std::uint64_t room = image.size() - std::min(offset, image.size());
        const std::size_t length = std::min<std::uint64_t>(room, bytes.size()) / sector * sector;
        const auto piece = std::span(bytes).first(length);
        static_cast<void>(co_await readDisk(image, offset, piece));
        static_cast<void>(co_await image.extentAt(offset, std::max<std::uint64_t>(room, 1)));
        if (image.readOnly())
            continue;
        static_cast<void>(co_await writeDisk(image, offset, piece));
        static_cast<void>(co_await zeroDisk(image, offset, length));
        static_cast<void>(co_await unmapDisk(image, offset, length));
        static_cast<void>(co_await flushDisk(image));
    }
    if (!image.readOnly() && image.describe().blocks < 4096) {
        Job job;
        static_cast<void>(co_await image.compact(job));
        static_cast<void>(co_await image.resize(image.size() + 64 * sector, job));
    }
    co_return (co_await image.close()).has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const unsigned flags = data[0];
    SparseContent content =
        (flags & kDifferencing) != 0 ? templates().differencing : templates().dynamic;
    SparseContent parent = templates().parent;
    const bool readOnly = (flags & kReadOnly) != 0;
    if ((flags & kUncleanLog) == 0) {
        MemoryFile file(engine(), content);
        auto image = openWith(content, parent, false, true);
        require(image.has_value());
    }
    patch(content, {data + 1, size - 1});
    if ((flags & kFixChecksums) != 0)
        fixChecksums(content);
    {
        SparseContent copy = content;
        MemoryFile file(engine(), copy, 1, readOnly);
        Job job;
        static_cast<void>(engine().wait(
            VhdxDriver().check(file, readOnly ? CheckMode::Report : CheckMode::Repair, job)));
    }
    auto image = openWith(content, parent, readOnly, (flags & kWithoutParent) == 0);
    if (image)
        static_cast<void>(engine().wait(use(**image)));
    return 0;
}
