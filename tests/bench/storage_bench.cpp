// SPDX-License-Identifier: GPL-3.0-or-later

// Disk images side by side in one run: 4 KiB reads and writes, sequential and random, at depth 1
// and 32, on a fixed and on an allocating dynamic VHDX, against a raw file through the same event
// loop and against `qemu-img bench` on the same image. Rounds take turns; medians are printed.

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "devices/storage/images/disk_jobs.h"

using namespace devices::storage;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::uint64_t kSize = std::uint64_t{256} << 20;
constexpr std::size_t kRequest = 4096;
constexpr unsigned kRequests = 20'000;

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

/// Keeps `depth` requests in flight on a disk or a file.
template <class Request, class Target, class Operation>
double requestsPerSecond(IoEngine& engine, Target& target, const Pattern& pattern, Operation read,
                         Operation write) {
    struct Slot {
        Request request;
        std::vector<std::byte> data;
        iovec buffer = {};
    };
    struct Run {
        Target& target;
        const Pattern& pattern;
        std::mt19937_64 random{42};
        unsigned sent = 0;
        unsigned ended = 0;
        bool failed = false;
        void send(Request& request) {
            request.offset = offsetOf(pattern, sent++, random);
            target.submit(request);
        }
    } run{target, pattern};
    std::vector<Slot> slots(pattern.depth);
    const auto begin = Clock::now();
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
            if (self.sent < kRequests)
                self.send(request);
        };
        run.send(slot.request);
    }
    engine.runUntil([&] { return run.ended == kRequests; });
    const std::chrono::duration<double> elapsed = Clock::now() - begin;
    return run.failed ? 0 : kRequests / elapsed.count();
}

double rawFile(IoEngine& engine, const std::string& path, const Pattern& pattern) {
    PathImageOpener opener;
    const auto file = openImageFile(engine, opener, path, FileAccess::ReadWrite);
    return file ? requestsPerSecond<FileRequest>(engine, **file, pattern, FileOperation::Read,
                                                 FileOperation::Write)
                : 0;
}

double image(IoEngine& engine, const std::string& path, const Pattern& pattern) {
    PathImageOpener opener;
    OpenDiskOptions options;
    options.access = FileAccess::ReadWrite;
    const auto disk = engine.wait(openDisk(engine, opener, path, options));
    if (!disk)
        return 0;
    const double result = requestsPerSecond<DiskRequest>(engine, **disk, pattern,
                                                         DiskOperation::Read, DiskOperation::Write);
    return engine.wait((*disk)->close()) ? result : 0;
}

// qemu-img has no random access; a step of a large odd number of requests comes close.
double peer(const std::string& path, const Pattern& pattern) {
    const std::string step =
        pattern.random ? fmt::format("-S {}", std::uint64_t{7919} * kRequest) : "";
    const std::string command =
        fmt::format("qemu-img bench -f vhdx -t writeback {} -c {} -d {} -s {} {} '{}' 2>/dev/null",
                    pattern.write ? "-w" : "", kRequests, pattern.depth, kRequest, step, path);
    FILE* const output = ::popen(command.c_str(), "r");
    if (output == nullptr)
        return 0;
    double seconds = 0;
    std::array<char, 256> line = {};
    while (std::fgets(line.data(), line.size(), output) != nullptr)
        std::sscanf(line.data(), "Run completed in %lf seconds", &seconds);
    return ::pclose(output) == 0 && seconds > 0 ? kRequests / seconds : 0;
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
    PathImageOpener opener;
    OpenDiskOptions options;
    options.access = FileAccess::ReadWrite;
    options.format = formatOfPath(path);
    const auto disk = engine.wait(openDisk(engine, opener, path, options));
    if (!disk)
        return false;
    const auto write = [](DiskImage& target) -> Task<bool> {
        const std::vector<std::byte> data(std::size_t{1} << 20, std::byte{0x33});
        for (std::uint64_t offset = 0; offset < kSize; offset += data.size()) {
            const IoStatus status = co_await writeDisk(target, offset, data);
            if (!status.ok())
                co_return false;
        }
        co_return true;
    };
    return engine.wait(write(**disk)) && engine.wait((*disk)->close());
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

    // Per pattern: raw, fixed, QEMU on fixed, dynamic, QEMU on dynamic.
    std::string json;
    fmt::print("{:<26}{:>10}{:>10}{:>8}{:>10}{:>10}{:>10}{:>8}\n", "requests/s", "raw", "fixed",
               "/raw", "qemu", "dynamic", "qemu", "/qemu");
    for (const bool write : {false, true})
        for (const bool random : {false, true})
            for (const unsigned depth : {1u, 32u}) {
                const Pattern pattern{write, random, depth};
                std::array<std::vector<double>, 5> results;
                for (unsigned round = 0; round < rounds; ++round) {
                    results[0].push_back(rawFile(engine, raw, pattern));
                    results[1].push_back(image(engine, fixed, pattern));
                    results[2].push_back(peer(fixed, pattern));
                    // Writes allocate: each begins with an empty image.
                    for (std::size_t who = 3; who < 5; ++who) {
                        if (!create(engine, dynamic, ImageKind::Dynamic, ImageFormat::Vhdx,
                                    kSize) ||
                            (!write && !fill(engine, dynamic)))
                            return 1;
                        results[who].push_back(who == 3 ? image(engine, dynamic, pattern)
                                                        : peer(dynamic, pattern));
                    }
                }
                std::array<double, 5> middle = {};
                std::ranges::transform(results, middle.begin(), median);
                fmt::print("{:<26}{:>10.0f}{:>10.0f}{:>8.2f}{:>10.0f}{:>10.0f}{:>10.0f}{:>8.2f}\n",
                           pattern.name(), middle[0], middle[1], middle[1] / middle[0], middle[2],
                           middle[3], middle[4], middle[4] > 0 ? middle[3] / middle[4] : 0);
                json += fmt::format("{}\"{}\": [{}]", json.empty() ? "" : ", ", pattern.name(),
                                    fmt::join(middle, ", "));
            }

    std::vector<double> milliseconds;
    const std::string large = folder + "/storage_bench_large.vhdx";
    for (unsigned round = 0; round < rounds; ++round) {
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
            "{{\"columns\": [\"raw\", \"fixed\", \"qemu fixed\", \"dynamic\", \"qemu dynamic\"], "
            "\"requestsPerSecond\": {{{}}}, \"createMilliseconds\": {}, \"createBytes\": {}}}\n",
            json, median(milliseconds), room);
    for (const std::string& file : {raw, fixed, dynamic, large})
        std::filesystem::remove(file);
    return 0;
}
