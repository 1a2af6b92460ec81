// SPDX-License-Identifier: GPL-3.0-or-later

// Hostile VHD files: opened, checked, read, written, compacted and grown. The input is the file;
// checksums are put right first, because otherwise hardly any input would come past them.

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "../devices/storage/memory_file.h"
#include "devices/storage/vhd/vhd_driver.h"

using namespace devices::storage;

namespace {

constexpr std::size_t kFooter = 512;
constexpr std::size_t kHeader = 1024;

void putRight(std::span<std::uint8_t> structure, std::size_t field) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < structure.size(); ++i)
        if (i < field || i >= field + 4)
            sum += structure[i];
    sum = ~sum;
    for (std::size_t i = 0; i < 4; ++i)
        structure[field + i] = static_cast<std::uint8_t>(sum >> (24 - 8 * i));
}

void putChecksumsRight(std::vector<std::uint8_t>& file) {
    if (file.size() >= kFooter) {
        putRight(std::span(file).first(kFooter), 64);
        putRight(std::span(file).last(kFooter), 64);
    }
    if (file.size() >= kFooter + kHeader)
        putRight(std::span(file).subspan(kFooter, kHeader), 36);
}

Task<bool> exercise(DiskImage& image) {
    std::vector<std::byte> bytes(64 * 1024);
    const std::uint64_t size = image.size();
    const auto piece = std::span(bytes).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), size)));
    for (const std::uint64_t offset : {std::uint64_t{0}, (size - piece.size()) / 512 * 512}) {
        static_cast<void>(co_await readDisk(image, offset, piece));
        static_cast<void>(co_await image.extentAt(offset, size - offset));
        static_cast<void>(co_await writeDisk(image, offset, piece));
        static_cast<void>(co_await zeroDisk(image, offset, 512));
        static_cast<void>(co_await unmapDisk(image, offset, 512));
    }
    static_cast<void>(co_await flushDisk(image));
    co_return true;
}

Task<bool> maintain(DiskImage& image, Job& job) {
    // Huge disks would only take their time.
    constexpr std::uint64_t kLargest = std::uint64_t{64} << 20;
    if (image.describe().blocks <= 256 && image.size() < kLargest) {
        static_cast<void>(co_await image.resize(image.size() + 512, job));
        static_cast<void>(co_await image.compact(job));
    }
    static_cast<void>(co_await image.close());
    co_return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t length) {
    static const auto engine = *IoEngine::create({.kind = IoEngineKind::ThreadPool});
    std::vector<std::uint8_t> bytes(data, data + length);
    putChecksumsRight(bytes);
    SparseContent content;
    content.write(0, std::as_bytes(std::span(bytes)));
    Job job;
    static_cast<void>(
        engine->wait(vhdDriver().recognizes(*std::make_unique<MemoryFile>(*engine, content))));
    {
        MemoryFile file(*engine, content);
        static_cast<void>(engine->wait(vhdDriver().check(file, CheckMode::Report, job)));
    }
    auto file = std::make_unique<MemoryFile>(*engine, content);
    // What may be written stays small.
    file->maximumSize = length + (std::uint64_t{8} << 20);
    const auto image = engine->wait(vhdDriver().open(std::move(file), {}));
    if (image) {
        engine->wait(exercise(**image));
        engine->wait(maintain(**image, job));
    }
    return 0;
}
