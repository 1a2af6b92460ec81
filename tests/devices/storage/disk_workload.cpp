// SPDX-License-Identifier: GPL-3.0-or-later
#include "disk_workload.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

using namespace devices::storage;
using hypervisor::failure;
using hypervisor::Result;

namespace {

// Sectors of each block that requests reach: runs at its begin, within, and across its end.
constexpr std::uint64_t kRun = 8;
constexpr std::uint64_t kParentMark = std::uint64_t{1} << 63;

std::vector<std::byte> contentOf(std::uint64_t value, std::uint64_t sector, std::size_t size) {
    std::vector<std::byte> bytes(size);
    if (value == 0)
        return bytes;
    for (std::size_t at = 0; at < size; at += 16) {
        std::memcpy(bytes.data() + at, &value, sizeof value);
        std::memcpy(bytes.data() + at + 8, &sector, sizeof sector);
    }
    return bytes;
}

}  // namespace

/// An image owns its file; this one is owned by the workload.
class DiskWorkload::SharedFile final : public StorageFile {
  public:
    explicit SharedFile(StorageFile& file) : file_(file) {}
    [[nodiscard]] IoEngine& engine() const override { return file_.engine(); }
    [[nodiscard]] const std::string& name() const override { return file_.name(); }
    [[nodiscard]] bool readOnly() const override { return file_.readOnly(); }
    [[nodiscard]] std::uint64_t size() const override { return file_.size(); }
    [[nodiscard]] FileRange nextData(std::uint64_t offset) const override {
        return file_.nextData(offset);
    }
    void submit(FileRequest& request) override { file_.submit(request); }

  private:
    StorageFile& file_;
};

DiskWorkload::DiskWorkload(IoEngine& engine, const Options& options)
    : engine_(engine),
      options_(options),
      random_(options.seed),
      history_(options.kind == ImageKind::Differencing
                   ? &DiskWorkload::initialValue
                   : [](std::uint64_t) { return std::uint64_t{0}; }) {}

// Every third sector of the parent is not zero.
std::uint64_t DiskWorkload::initialValue(std::uint64_t sector) {
    return sector % 3 == 0 ? kParentMark | sector : 0;
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> DiskWorkload::watched() const {
    const std::uint64_t perBlock = options_.blockSize / options_.logicalSectorSize;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> runs;
    for (std::uint64_t block = 0; block < kBlocks; block += kStride) {
        runs.emplace_back(block * perBlock, kRun);
        runs.emplace_back(block * perBlock + perBlock / 2 - 3, kRun);
        // Across its end.
        runs.emplace_back(block * perBlock + perBlock - kRun, 2 * kRun);
    }
    return runs;
}

Task<Result<std::unique_ptr<DiskImage>>> DiskWorkload::open(std::unique_ptr<StorageFile> file) {
    ImageOpenOptions options;
    options.openParent =
        [this](const ParentReference&) -> Task<Result<std::unique_ptr<DiskImage>>> {
        return driver().open(std::make_unique<MemoryFile>(engine_, parentContent_, 1, true), {});
    };
    co_return co_await driver().open(std::move(file), options);
}

Task<Result<void>> DiskWorkload::prepareParent() {
    MemoryFile empty(engine_, parentContent_);
    Job job;
    ImageCreateOptions create;
    create.size = kBlocks * options_.blockSize;
    create.blockSize = 2 * 1024 * 1024;
    create.logicalSectorSize = options_.logicalSectorSize;
    auto created = co_await driver().create(empty, create, job);
    if (!created)
        co_return created;
    auto parent = co_await driver().open(std::make_unique<MemoryFile>(engine_, parentContent_), {});
    if (!parent)
        co_return std::unexpected(parent.error());
    for (const auto& [first, count] : watched())
        for (std::uint64_t sector = first; sector < first + count; ++sector) {
            const auto bytes = contentOf(initialValue(sector), sector, options_.logicalSectorSize);
            const IoStatus status =
                co_await writeDisk(**parent, sector * options_.logicalSectorSize, bytes);
            if (!status.ok())
                co_return failure("parent: " + status.text());
        }
    co_return co_await (*parent)->close();
}

Result<void> DiskWorkload::create() {
    std::unique_ptr<DiskImage> parent;
    ImageCreateOptions options;
    options.kind = options_.kind;
    options.size = kBlocks * options_.blockSize;
    options.blockSize = options_.blockSize;
    options.logicalSectorSize = options_.logicalSectorSize;
    if (options_.kind == ImageKind::Differencing) {
        if (auto prepared = engine_.wait(prepareParent()); !prepared)
            return prepared;
        auto opened = engine_.wait(
            driver().open(std::make_unique<MemoryFile>(engine_, parentContent_, 1, true), {}));
        if (!opened)
            return std::unexpected(opened.error());
        parent = std::move(*opened);
        options.parent = parent.get();
        options.parentPaths = {{ParentPath::Kind::Relative, ".\\parent.vhdx"}};
    }
    Job job;
    MemoryFile empty(engine_, content_);
    if (auto created = engine_.wait(driver().create(empty, options, job)); !created)
        return created;
    file_ = std::make_unique<PowerCutFile>(engine_, content_, options_.seed);
    auto opened = engine_.wait(open(std::make_unique<SharedFile>(*file_)));
    if (!opened)
        return std::unexpected(opened.error());
    image_ = std::move(*opened);
    return {};
}

Task<void> DiskWorkload::request(std::uint64_t first, std::uint64_t count, int kind,
                                 unsigned& pending, std::string& error) {
    const std::uint32_t size = options_.logicalSectorSize;
    const std::uint64_t offset = first * size;
    const std::uint64_t length = count * size;
    IoStatus status;
    std::vector<std::byte> bytes;
    std::size_t operation = 0;
    using Kind = DiskHistory::Kind;
    // What a request that was begun may have left is possible from its submission on.
    const auto begin = [&](Kind what, std::uint64_t value, bool durable) {
        operation = history_.submitted(what, first, count, value, durable, file_->moments());
    };
    if (kind < 7) {
        const bool durable = kind == 6;
        const std::uint64_t value = nextValue_++;
        for (std::uint64_t sector = first; sector < first + count; ++sector) {
            const auto one = contentOf(value, sector, size);
            bytes.insert(bytes.end(), one.begin(), one.end());
        }
        begin(Kind::Write, value, durable);
        status = co_await writeDisk(*image_, offset, bytes,
                                    durable ? Durability::ForceUnitAccess : Durability::Cached);
    } else if (kind == 7) {
        begin(Kind::Write, 0, false);
        status = co_await zeroDisk(*image_, offset, length);
    } else {
        begin(Kind::Unmap, 0, false);
        status = co_await unmapDisk(*image_, offset, length);
    }
    history_.completed(operation, file_->moments());
    if (!status.ok())
        error = fmt::format("request {} on sector {}: {}", kind, first, status.text());
    --pending;
}

Task<Result<void>> DiskWorkload::flush() {
    const std::size_t begin = file_->moments();
    const IoStatus status = co_await flushDisk(*image_);
    if (!status.ok())
        co_return failure("flush: " + status.text());
    history_.flushed(begin, file_->moments());
    co_return Result<void>{};
}

Task<Result<void>> DiskWorkload::operation() {
    Job job;
    switch (random_() % 4) {
        case 0:
            co_return co_await image_->resize(
                image_->size() + options_.blockSize + options_.logicalSectorSize * (random_() % 8),
                job);
        case 1:
            // Those of a format without that refuse it.
            if (options_.kind == ImageKind::Fixed)
                co_return Result<void>{};
            co_return co_await image_->compact(job);
        default: {
            const std::size_t begin = file_->moments();
            auto closed = co_await image_->close();
            if (!closed)
                co_return closed;
            history_.flushed(begin, file_->moments());
            image_.reset();
            auto opened = co_await open(std::make_unique<SharedFile>(*file_));
            if (!opened)
                co_return std::unexpected(opened.error());
            image_ = std::move(*opened);
            co_return Result<void>{};
        }
    }
}

Task<Result<void>> DiskWorkload::runRounds(unsigned rounds) {
    const std::uint64_t perBlock = options_.blockSize / options_.logicalSectorSize;
    for (unsigned round = 0; round < rounds; ++round) {
        unsigned pending = 0;
        std::string error;
        std::vector<std::pair<std::uint64_t, std::uint64_t>> taken;
        for (unsigned i = 0; i < 6; ++i) {
            auto [first, count] = watched()[random_() % watched().size()];
            const int kind = static_cast<int>(random_() % 9);
            if (kind >= 7 && random_() % 3 != 0) {
                // A whole block, or two.
                first = first / perBlock * perBlock;
                count = perBlock * (1 + random_() % 2);
                count = std::min(count, kBlocks * perBlock - first);
            } else {
                const std::uint64_t skip = random_() % count;
                first += skip;
                count = 1 + random_() % (count - skip);
            }
            const bool free =
                std::ranges::none_of(taken, [&, f = first, c = count](const auto& other) {
                    return f < other.first + other.second && other.first < f + c;
                });
            if (!free)
                continue;
            taken.emplace_back(first, count);
            ++pending;
            spawn(request(first, count, kind, pending, error));
        }
        // The loop is ours: other requests are served while this one is waited for.
        while (pending != 0) {
            std::array<std::byte, 8> byte{};
            static_cast<void>(co_await readFile(*file_, 0, byte));
        }
        if (!error.empty())
            co_return failure(error);
        if (random_() % 3 == 0) {
            auto flushed = co_await flush();
            if (!flushed)
                co_return flushed;
        }
        if (options_.operations && random_() % 8 == 0) {
            auto done = co_await operation();
            if (!done)
                co_return done;
        }
    }
    co_return Result<void>{};
}

Result<void> DiskWorkload::run(unsigned rounds) {
    return engine_.wait(runRounds(rounds));
}

Task<Result<void>> DiskWorkload::runAllocation() {
    constexpr int kWrite = 0;
    for (const auto& [first, count] : watched()) {
        unsigned pending = 1;
        std::string error;
        co_await request(first, count, kWrite, pending, error);
        if (!error.empty())
            co_return failure(error);
        auto flushed = co_await flush();
        if (!flushed)
            co_return flushed;
    }
    co_return Result<void>{};
}

Result<void> DiskWorkload::allocateBlocks() {
    return engine_.wait(runAllocation());
}

Result<void> DiskWorkload::close() {
    const std::size_t begin = file_->moments();
    auto closed = engine_.wait(image_->close());
    if (closed)
        history_.flushed(begin, file_->moments());
    image_.reset();
    return closed;
}

Task<Result<void>> DiskWorkload::compare(
    Image& image, std::function<std::set<std::uint64_t>(std::uint64_t)> possible) {
    const std::uint32_t size = options_.logicalSectorSize;
    std::vector<std::byte> bytes;
    for (const auto& [first, count] : watched()) {
        bytes.resize(count * size);
        const IoStatus status = co_await readDisk(image, first * size, bytes);
        if (!status.ok())
            co_return failure(fmt::format("reading sector {}: {}", first, status.text()));
        for (std::uint64_t sector = first; sector < first + count; ++sector) {
            const auto actual = std::span(bytes).subspan((sector - first) * size, size);
            std::uint64_t value = 0;
            std::memcpy(&value, actual.data(), sizeof value);
            const auto allowed = possible(sector);
            // Of a larger sector, parts may be of different writes.
            bool sound = true;
            for (std::size_t part = 0; part < size && sound; part += PowerCutFile::kSector) {
                const auto piece = actual.subspan(part, PowerCutFile::kSector);
                sound = std::ranges::any_of(allowed, [&](std::uint64_t candidate) {
                    return std::ranges::equal(piece,
                                              contentOf(candidate, sector, PowerCutFile::kSector));
                });
            }
            if (!sound)
                co_return failure(fmt::format(
                    "sector {} (block {}) holds {:#x}, and only {} may be", sector,
                    sector * size / options_.blockSize, value, fmt::join(allowed, ", ")));
        }
    }
    co_return Result<void>{};
}

Result<void> DiskWorkload::check(SparseContent& content) {
    MemoryFile file(engine_, content);
    Job job;
    const auto report = engine_.wait(driver().check(file, CheckMode::Report, job));
    if (!report)
        return std::unexpected(report.error());
    for (const CheckFinding& finding : report->findings)
        if (finding.severity == CheckFinding::Severity::Error)
            return failure("check: " + finding.field + ": " + finding.text);
    return {};
}

Result<void> DiskWorkload::verifyAfterCut(SparseContent content, std::size_t moment,
                                          std::size_t secondCut, unsigned seed) {
    if (auto checked = check(content); !checked)
        return checked;
    {
        // For reading, the log is replayed in memory.
        auto image = engine_.wait(open(std::make_unique<MemoryFile>(engine_, content, seed, true)));
        if (!image)
            return std::unexpected(image.error());
    }
    // Opening may itself be cut off, in its middle.
    {
        SparseContent copy = content;
        PowerCutFile file(engine_, copy, seed);
        auto image = engine_.wait(open(std::make_unique<SharedFile>(file)));
        if (!image)
            return std::unexpected(image.error());
        image->reset();
        if (file.moments() != 0)
            content = file.afterCut(secondCut % file.moments(),
                                    PowerCutFile::Unflushed::SomeSectors, seed);
    }
    auto image = engine_.wait(open(std::make_unique<MemoryFile>(engine_, content, seed)));
    if (!image)
        return std::unexpected(image.error());
    auto same = engine_.wait(compare(
        **image, [&](std::uint64_t sector) { return history_.possibleAfterCut(sector, moment); }));
    if (!same)
        return same;
    if (auto closed = engine_.wait((*image)->close()); !closed)
        return closed;
    image->reset();
    return check(content);
}

Result<void> DiskWorkload::verifyNow() {
    if (auto checked = check(content_); !checked)
        return checked;
    auto image = engine_.wait(open(std::make_unique<MemoryFile>(engine_, content_)));
    if (!image)
        return std::unexpected(image.error());
    return engine_.wait(
        compare(**image, [&](std::uint64_t sector) { return history_.possibleNow(sector); }));
}
