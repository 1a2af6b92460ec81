// SPDX-License-Identifier: GPL-3.0-or-later

// Random user-mode instructions on random operands, run natively and in the software processor:
// both must leave the same registers, flags, memory and faults.
//
// A case is named by seed, code size and number; `--seed S --bits B --first N --count 1 --verbose`
// shows it again.

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <vector>

#include "case_generator.h"
#include "comparison.h"
#include "interesting_values.h"
#include "native_processor.h"
#include "software_processor.h"

namespace {

using namespace oracle;
using Clock = std::chrono::steady_clock;

struct Options {
    std::uint64_t seed = 1;
    std::uint64_t first = 0;
    std::uint64_t count = 100'000;
    double hours = 0;
    unsigned bits = 0;
    unsigned shown = 10;
    bool verbose = false;
    std::string mnemonic;
};

std::unique_ptr<TestMemory> makeBackground(std::uint64_t seed) {
    auto memory = std::make_unique<TestMemory>();
    RandomSource random(seed);
    memory->fill(kFiller);
    for (const Window& window : kWindows)
        if (!window.executable)
            for (std::size_t i = 0; i < window.pages * kPage; i += 32)
                fillInteresting(random, ValueKind::Any,
                                std::span(*memory).subspan(window.page * kPage + i, 32));
    return memory;
}

class Run {
  public:
    Run(const Options& options, NativeProcessor& native, SoftwareProcessor& software)
        : options_(options), native_(native), software_(software) {}

    /// False if the native side has broken down.
    bool cases(const CaseGenerator& generator, std::uint64_t first, std::uint64_t count) {
        std::uint64_t filled = 0;
        std::array<std::size_t, 2> sizes{};
        std::array<std::uint64_t, 2> firsts{};
        std::vector<std::uint64_t> suspects;
        const auto fill = [&](unsigned batch) {
            firsts[batch] = first + filled;
            sizes[batch] = std::min<std::uint64_t>(NativeProcessor::kBatch, count - filled);
            const auto tests = native_.cases(batch);
            for (std::size_t i = 0; i < sizes[batch]; ++i)
                generator.generate(firsts[batch] + i, tests[i]);
            filled += sizes[batch];
        };
        fill(0);
        for (unsigned batch = 0; sizes[batch] != 0; batch ^= 1) {
            native_.start(batch, sizes[batch]);
            fill(batch ^ 1);
            if (auto done = native_.wait(); !done) {
                fmt::print(stderr, "{}\n", done.error().message);
                return false;
            }
            judge(batch, firsts[batch], sizes[batch], suspects);
        }
        // A switch of processes can lose pointers of the x87 unit, a timer can end a case: what is
        // the processor's own shows again.
        for (const std::uint64_t suspect : suspects) {
            generator.generate(suspect, native_.cases(0)[0]);
            native_.start(0, 1);
            if (auto done = native_.wait(); !done) {
                fmt::print(stderr, "{}\n", done.error().message);
                return false;
            }
            report(native_.cases(0)[0], suspect, native_.outcomes(0)[0]);
        }
        return true;
    }

    [[nodiscard]] std::uint64_t compared() const { return compared_; }
    [[nodiscard]] std::uint64_t different() const { return different_; }
    [[nodiscard]] const std::map<std::string, std::uint64_t>& byMnemonic() const {
        return byMnemonic_;
    }
    [[nodiscard]] const std::map<unsigned, std::uint64_t>& byEnding() const { return byEnding_; }

  private:
    void judge(unsigned batch, std::uint64_t first, std::size_t count,
               std::vector<std::uint64_t>& suspects) {
        const auto tests = native_.cases(batch);
        const auto outcomes = native_.outcomes(batch);
        for (std::size_t i = 0; i < count; ++i) {
            ++compared_;
            ++byEnding_[outcomes[i].vector];
            if (options_.verbose)
                report(tests[i], first + i, outcomes[i]);
            else if (!differences(tests[i], outcomes[i], software_.run(tests[i])).empty())
                suspects.push_back(first + i);
        }
    }

    void report(const Case& test, std::uint64_t number, const Outcome& native) {
        const Outcome software = software_.run(test);
        const std::string found = differences(test, native, software);
        if (found.empty() && !options_.verbose)
            return;
        const std::string text = disassembly(test);
        if (!found.empty()) {
            ++different_;
            const std::uint64_t times = ++byMnemonic_[text.substr(0, text.find(' '))];
            if (times > options_.shown)
                return;
        }
        fmt::print("{} --seed {} --bits {} --first {} --count 1{}: {}\n{}",
                   found.empty() ? "equal" : "DIFFERENT", options_.seed,
                   test.codeSize == CodeSize::Bits64 ? 64 : 32, number,
                   options_.mnemonic.empty() ? "" : " --instruction " + options_.mnemonic, text,
                   found);
        if (options_.verbose)
            fmt::print("{}", oracle::report(test, native, software));
    }

    const Options& options_;
    NativeProcessor& native_;
    SoftwareProcessor& software_;
    std::uint64_t compared_ = 0;
    std::uint64_t different_ = 0;
    std::map<std::string, std::uint64_t> byMnemonic_;
    std::map<unsigned, std::uint64_t> byEnding_;
};

int runAll(const Options& options) {
    constexpr int kSkipped = 77;
    const auto background = makeBackground(options.seed);
    auto native = NativeProcessor::create(*background);
    if (!native) {
        fmt::print("skipped: {}\n", native.error().message);
        return kSkipped;
    }
    auto software = SoftwareProcessor::create(*background);
    if (!software) {
        fmt::print(stderr, "{}\n", software.error().message);
        return 1;
    }
    const CaseGenerator wide(options.seed, CodeSize::Bits64, options.mnemonic);
    const CaseGenerator narrow(options.seed, CodeSize::Bits32, options.mnemonic);
    for (const std::string& name : wide.table().missing)
        fmt::print("skipped: {} (the host lacks it)\n", name);
    if (wide.empty() && narrow.empty()) {
        fmt::print(stderr, "no comparable instruction is called \"{}\"\n", options.mnemonic);
        return 2;
    }
    std::size_t forms = 0;
    for (const auto& [name, list] : wide.table().forms)
        forms += list.size();
    fmt::print("{} instructions in {} forms with 64 bits, {} instructions with 32 bits\n",
               wide.table().forms.size(), forms, narrow.table().forms.size());

    Run run(options, **native, **software);
    const auto start = Clock::now();
    // A quarter of the cases in 32-bit code, in slices so that a long run does both all the time.
    constexpr std::uint64_t kSlice = 64 * NativeProcessor::kBatch;
    std::uint64_t done = 0;
    const auto goesOn = [&] {
        return options.hours > 0
                   ? Clock::now() - start < std::chrono::duration<double>(options.hours * 3600)
                   : done < options.count;
    };
    while (goesOn()) {
        const std::uint64_t slice =
            options.hours > 0 ? kSlice : std::min(kSlice, options.count - done);
        const std::uint64_t inNarrow = narrow.empty() || options.bits == 64 ? 0
                                       : wide.empty() || options.bits == 32 ? slice
                                                                            : slice / 4;
        if (inNarrow != slice && !run.cases(wide, options.first + done, slice - inNarrow))
            return 1;
        if (inNarrow != 0 && !run.cases(narrow, options.first + done, inNarrow))
            return 1;
        done += slice;
    }

    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    fmt::print("{} cases in {:.1f} s; endings:", run.compared(), seconds);
    for (const auto& [vector, times] : run.byEnding())
        fmt::print(" {}: {}", vector, times);
    fmt::print("\n{} different", run.different());
    for (const auto& [name, times] : run.byMnemonic())
        fmt::print(" {}: {}", name, times);
    fmt::print("\n");
    return run.different() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Compares the software processor with the host's on random instructions");
    app.add_option("--seed", options.seed, "Of the random numbers");
    app.add_option("--first", options.first, "Number of the first case");
    app.add_option("--count", options.count, "Cases to run");
    app.add_option("--hours", options.hours, "Run for this time instead of a number of cases");
    app.add_option("--bits", options.bits, "32 or 64: only code of this size");
    app.add_option("--instruction", options.mnemonic, "Only this mnemonic, as Zydis writes it");
    app.add_option("--show", options.shown, "Differences shown for each mnemonic");
    app.add_flag("--verbose", options.verbose, "Show every case in full");
    CLI11_PARSE(app, argc, argv);
    return runAll(options);
}
