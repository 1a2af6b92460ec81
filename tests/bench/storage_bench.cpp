// SPDX-License-Identifier: GPL-3.0-or-later

// Disk images side by side in one run: 4 KiB reads and writes, sequential and random, at depth 1
// and 32, on a fixed and on an allocating dynamic VHDX, against a raw file through the same event
// loop and against `qemu-img bench` on the same image.
//
// A host that does other things too is no obstacle: who is compared runs in short turns, one right
// after the other and in changing order, and what counts is the median of the pairs' ratios.

#include <fmt/core.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "devices/storage/images/disk_jobs.h"

using namespace devices::storage;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::uint64_t kSize = std::uint64_t{256} << 20;
constexpr std::size_t kRequest = 4096;
// Of one turn in this process, which takes some 10 ms, and of one beside the peer.
constexpr unsigned kShortTurn = 2'000;
constexpr unsigned kLongTurn = 20'000;
// Pairs of short turns for one --runs.
constexpr unsigned kPairs = 20;

struct Pattern {
    bool write;
    bool random;
    unsigned depth;
    [[nodiscard]] std::string name() const {
        return fmt::format("{} {} depth {}", random ? "random" : "sequential",
                           write ? "write" : "read", depth);
    }
};

std::uint64_t offsetOf(const Pattern& pattern, unsigned number, std::mt19937_64& random) {
    const std::uint64_t slots = kSize / kRequest;
    return (pattern.random ? random() % slots : number % slots) * kRequest;
}

/// Seconds for each request: of the clock, and of processors.
struct Cost {
    double time = 0;
    double processor = 0;
};

double processorSeconds() {
    timespec time = {};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Keeps `depth` requests in flight on a disk or a file; the first of them is number `first`.
template <class Request, class Target, class Operation>
Cost costOf(IoEngine& engine, Target& target, const Pattern& pattern, unsigned first,
            unsigned count, Operation read, Operation write) {
    struct Slot {
        Request request;
        std::vector<std::byte> data;
        iovec buffer = {};
    };
    struct Run {
        Target& target;
        const Pattern& pattern;
        unsigned next;
        unsigned count;
        std::mt19937_64 random;
        unsigned sent = 0;
        unsigned ended = 0;
        bool failed = false;
        void send(Request& request) {
            ++sent;
            request.offset = offsetOf(pattern, next++, random);
            target.submit(request);
        }
    } run{target, pattern, first, count, std::mt19937_64(first + 42)};
    std::vector<Slot> slots(pattern.depth);
    for (Slot& slot : slots) {
        slot.data.assign(kRequest, std::byte{0x5A});
        slot.buffer = {slot.data.data(), kRequest};
        slot.request.operation = pattern.write ? write : read;
        slot.request.length = kRequest;
        slot.request.buffers = {&slot.buffer, 1};
        slot.request.context = &run;
        slot.request.completed = [](Request& request, IoStatus status) {
            auto& self = *static_cast<Run*>(request.context);
            self.failed |= !status.ok();
            ++self.ended;
            if (self.sent < self.count)
                self.send(request);
        };
    }
    const double processorBegin = processorSeconds();
    const auto begin = Clock::now();
    for (Slot& slot : slots)
        run.send(slot.request);
    engine.runUntil([&] { return run.ended == count; });
    const std::chrono::duration<double> elapsed = Clock::now() - begin;
    const double processor = processorSeconds() - processorBegin;
    return run.failed ? Cost{} : Cost{elapsed.count() / count, processor / count};
}

Cost fileCost(IoEngine& engine, StorageFile& file, const Pattern& pattern, unsigned first,
              unsigned count) {
    return costOf<FileRequest>(engine, file, pattern, first, count, FileOperation::Read,
                               FileOperation::Write);
}

Cost diskCost(IoEngine& engine, Disk& disk, const Pattern& pattern, unsigned first,
              unsigned count) {
    return costOf<DiskRequest>(engine, disk, pattern, first, count, DiskOperation::Read,
                               DiskOperation::Write);
}

std::unique_ptr<DiskImage> openForWriting(IoEngine& engine, const std::string& path) {
    PathImageOpener opener;
    OpenDiskOptions options;
    options.access = FileAccess::ReadWrite;
    options.format = formatOfPath(path);
    auto disk = engine.wait(openDisk(engine, opener, path, options));
    if (!disk) {
        fmt::print(stderr, "storage_bench: {}\n", disk.error().message);
        return nullptr;
    }
    return std::move(*disk);
}

double image(IoEngine& engine, const std::string& path, const Pattern& pattern) {
    const auto disk = openForWriting(engine, path);
    if (!disk)
        return 0;
    const Cost cost = diskCost(engine, *disk, pattern, 0, kLongTurn);
    return engine.wait(disk->close()) && cost.time > 0 ? 1 / cost.time : 0;
}

// qemu-img has no random access; a step of a large odd number of requests comes close.
double peer(const std::string& path, const Pattern& pattern) {
    const std::string step =
        pattern.random ? fmt::format("-S {}", std::uint64_t{7919} * kRequest) : "";
    const std::string command =
        fmt::format("qemu-img bench -f vhdx -t writeback {} -c {} -d {} -s {} {} '{}' 2>/dev/null",
                    pattern.write ? "-w" : "", kLongTurn, pattern.depth, kRequest, step, path);
    FILE* const output = ::popen(command.c_str(), "r");
    if (output == nullptr)
        return 0;
    double seconds = 0;
    std::array<char, 256> line = {};
    while (std::fgets(line.data(), line.size(), output) != nullptr)
        std::sscanf(line.data(), "Run completed in %lf seconds", &seconds);
    return ::pclose(output) == 0 && seconds > 0 ? kLongTurn / seconds : 0;
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

bool create(IoEngine& engine, const std::string& path, ImageKind kind, ImageFormat format,
            std::uint64_t size) {
    CreateDisk request;
    request.path = path;
    request.format = format;
    request.image.kind = kind;
    request.image.size = size;
    request.replace = true;
    Job job;
    const auto created = engine.wait(createDisk(engine, request, job));
    if (!created)
        fmt::print(stderr, "storage_bench: {}\n", created.error().message);
    return created.has_value();
}

// Written from end to end, so that reads find data and not holes.
bool fill(IoEngine& engine, const std::string& path) {
    const auto disk = openForWriting(engine, path);
    if (!disk)
        return false;
    const auto write = [](DiskImage& target) -> Task<bool> {
        const std::vector<std::byte> data(std::size_t{1} << 20, std::byte{0x33});
        for (std::uint64_t offset = 0; offset < kSize; offset += data.size()) {
            const IoStatus status = co_await writeDisk(target, offset, data);
            if (!status.ok())
                co_return false;
        }
        co_return (co_await flushDisk(target)).ok();
    };
    return engine.wait(write(*disk)) && engine.wait(disk->close());
}

/// One line of the table.
struct Row {
    double raw = 0;
    double fixed = 0;
    /// Medians of the pairs' ratios, fixed to raw: requests a second, processor time.
    double fixedToRaw = 0;
    double processorToRaw = 0;
    double dynamic = 0;
    double peer = 0;
    double dynamicToPeer = 0;
};

// Fixed image and raw file, in turns.
bool compareWithRaw(IoEngine& engine, const std::string& raw, const std::string& fixed,
                    const Pattern& pattern, unsigned pairs, Row& row) {
    PathImageOpener opener;
    const auto file = openImageFile(engine, opener, raw, FileAccess::ReadWrite);
    const auto disk = openForWriting(engine, fixed);
    if (!file || !disk)
        return false;
    std::vector<double> rawRates;
    std::vector<double> fixedRates;
    std::vector<double> ratios;
    std::vector<double> processor;
    // The first pair fills caches and begins the image's log; it does not count.
    for (unsigned pair = 0; pair <= pairs; ++pair) {
        Cost rawCost;
        Cost fixedCost;
        for (const bool which : {pair % 2 == 0, pair % 2 != 0}) {
            if (which)
                rawCost = fileCost(engine, **file, pattern, pair * kShortTurn, kShortTurn);
            else
                fixedCost = diskCost(engine, *disk, pattern, pair * kShortTurn, kShortTurn);
        }
        if (rawCost.time <= 0 || fixedCost.time <= 0)
            return false;
        if (pair == 0)
            continue;
        rawRates.push_back(1 / rawCost.time);
        fixedRates.push_back(1 / fixedCost.time);
        ratios.push_back(rawCost.time / fixedCost.time);
        processor.push_back(fixedCost.processor / rawCost.processor);
    }
    row.raw = median(rawRates);
    row.fixed = median(fixedRates);
    row.fixedToRaw = median(ratios);
    row.processorToRaw = median(processor);
    return engine.wait(disk->close()).has_value();
}

// A dynamic image of ours and one for the peer, in turns. Writes allocate: each turn begins with an
// empty image.
bool compareWithPeer(IoEngine& engine, const std::string& path, const Pattern& pattern,
                     unsigned rounds, Row& row) {
    std::vector<double> ours;
    std::vector<double> theirs;
    std::vector<double> ratios;
    for (unsigned round = 0; round < rounds; ++round) {
        double our = 0;
        double their = 0;
        for (const bool which : {round % 2 == 0, round % 2 != 0}) {
            if (!create(engine, path, ImageKind::Dynamic, ImageFormat::Vhdx, kSize) ||
                (!pattern.write && !fill(engine, path)))
                return false;
            (which ? our : their) = which ? image(engine, path, pattern) : peer(path, pattern);
        }
        ours.push_back(our);
        theirs.push_back(their);
        ratios.push_back(their > 0 ? our / their : 0);
    }
    row.dynamic = median(ours);
    row.peer = median(theirs);
    row.dynamicToPeer = median(ratios);
    return true;
}

}  // namespace

int main(int argumentCount, char** arguments) {
    unsigned rounds = 3;
    std::string folder = ".";
    std::string jsonPath;
    for (int i = 1; i + 1 < argumentCount; i += 2) {
        const std::string name = arguments[i];
        if (name == "--runs")
            rounds = static_cast<unsigned>(std::max(1, std::atoi(arguments[i + 1])));
        else if (name == "--folder")
            folder = arguments[i + 1];
        else if (name == "--json")
            jsonPath = arguments[i + 1];
    }
    auto engineOrError = IoEngine::create();
    if (!engineOrError) {
        fmt::print(stderr, "storage_bench: {}\n", engineOrError.error().message);
        return 1;
    }
    IoEngine& engine = **engineOrError;
    const std::string raw = folder + "/storage_bench.img";
    const std::string fixed = folder + "/storage_bench_fixed.vhdx";
    const std::string dynamic = folder + "/storage_bench_dynamic.vhdx";
    const bool made = create(engine, raw, ImageKind::Fixed, ImageFormat::Raw, kSize) &&
                      create(engine, fixed, ImageKind::Fixed, ImageFormat::Vhdx, kSize) &&
                      fill(engine, raw) && fill(engine, fixed);
    if (!made)
        return 1;

    std::string json;
    fmt::print("{:<26}{:>10}{:>10}{:>8}{:>8}{:>10}{:>10}{:>8}\n", "requests/s", "raw", "fixed",
               "/raw", "cpu", "dynamic", "qemu", "/qemu");
    for (const bool write : {false, true})
        for (const bool random : {false, true})
            for (const unsigned depth : {1u, 32u}) {
                const Pattern pattern{write, random, depth};
                Row row;
                if (!compareWithRaw(engine, raw, fixed, pattern, rounds * kPairs, row) ||
                    !compareWithPeer(engine, dynamic, pattern, rounds, row))
                    return 1;
                fmt::print("{:<26}{:>10.0f}{:>10.0f}{:>8.2f}{:>8.2f}{:>10.0f}{:>10.0f}{:>8.2f}\n",
                           pattern.name(), row.raw, row.fixed, row.fixedToRaw, row.processorToRaw,
                           row.dynamic, row.peer, row.dynamicToPeer);
                std::fflush(stdout);
                json += fmt::format(
                    "{}\"{}\": {{\"raw\": {}, \"fixed\": {}, \"fixedToRaw\": {}, "
                    "\"processorToRaw\": {}, \"dynamic\": {}, \"qemu\": {}, "
                    "\"dynamicToQemu\": {}}}",
                    json.empty() ? "" : ", ", pattern.name(), row.raw, row.fixed, row.fixedToRaw,
                    row.processorToRaw, row.dynamic, row.peer, row.dynamicToPeer);
            }

    std::vector<double> milliseconds;
    const std::string large = folder + "/storage_bench_large.vhdx";
    for (unsigned round = 0; round < rounds; ++round) {
        std::filesystem::remove(large);
        const auto begin = Clock::now();
        if (!create(engine, large, ImageKind::Dynamic, ImageFormat::Vhdx, std::uint64_t{1} << 40))
            return 1;
        milliseconds.push_back(
            std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    }
    const auto room = std::filesystem::file_size(large);
    fmt::print("1 TB dynamic VHDX: {:.1f} ms, {:.1f} MiB\n", median(milliseconds),
               static_cast<double>(room) / (1 << 20));
    if (!jsonPath.empty())
        std::ofstream(jsonPath) << fmt::format(
            "{{\"requestsPerSecond\": {{{}}}, \"createMilliseconds\": {}, \"createBytes\": {}}}\n",
            json, median(milliseconds), room);
    for (const std::string& file : {raw, fixed, dynamic, large})
        std::filesystem::remove(file);
    return 0;
}
