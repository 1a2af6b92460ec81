// SPDX-License-Identifier: GPL-3.0-or-later
//
// guest_bench: the same program on the host, in Vireo and in QEMU's TCG with the same kernel and
// RAM disk, in turns, as a table and as JSON. docs/testing.md says how to read it.
#include <fmt/core.h>

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStandardPaths>
#include <array>
#include <cmath>
#include <expected>
#include <optional>

#include "guest_machine.h"
#include "measurement.h"

using namespace std::chrono_literals;

namespace {

using tests::GuestMachine;
using tests::GuestSettings;
using tests::Launcher;
using tests::Measurement;

constexpr std::chrono::milliseconds kSilence = 600s;
constexpr int kProcessors = 2;

using Outcome = std::expected<Measurement, std::string>;

Outcome onHost() {
    Measurement measurement;
    for (const QStringList& arguments : {QStringList(), QStringList("busy")}) {
        QProcess program;
        program.start(QStringLiteral(VIREO_PHASES), arguments);
        if (!program.waitForFinished(600000) || program.exitCode() != 0)
            return std::unexpected("the bench's program fails on the host");
        measurement.read(program.readAllStandardOutput());
    }
    return measurement;
}

Outcome inGuest(const GuestSettings& settings) {
    GuestMachine machine(settings);
    const auto failed = [&](const char* what) {
        return std::unexpected(fmt::format(
            "{}: {}\n{}{}", settings.launcher == Launcher::qemu ? "QEMU" : "Vireo", what,
            machine.complaints().toStdString(), machine.output().right(2000).toStdString()));
    };
    Measurement measurement;
    if (machine.waitFor("Run /init as init process", kSilence) != GuestMachine::Seen::text)
        return failed("the guest does not reach init");
    measurement.untilInit = std::chrono::duration<double>(machine.foundAt()).count();
    std::array<double, 2> hostClock{};
    for (double& each : hostClock) {
        if (machine.waitFor("\n@@clock", kSilence) != GuestMachine::Seen::text)
            return failed("the guest does not finish");
        each = std::chrono::duration<double>(machine.foundAt()).count();
    }
    if (machine.waitFor("\n@@measure", kSilence) != GuestMachine::Seen::text)
        return failed("the guest does not finish");
    // The largest process is the one that has the guest's memory.
    for (const qint64 process : tests::family(machine.processId())) {
        const auto memory = tests::residentMemory(process);
        if (memory.rest > measurement.memory.rest)
            measurement.memory = memory;
    }
    machine.type("\n");
    if (!machine.waitForEnd(kSilence) || machine.exitStatus() != 0)
        return failed("the guest does not power off");
    measurement.read(machine.output());
    // Every phase is timed by the guest's clock, so a wrong clock would make a wrong speed.
    const double onHost = hostClock[1] - hostClock[0];
    const double inGuest = measurement.clock.at(1) - measurement.clock.at(0);
    fmt::print("  its clock passed {:.2f} s in {:.2f} s of the host's\n", inGuest, onHost);
    if (std::abs(inGuest - onHost) > 0.25 + 0.05 * onHost)
        return failed("the guest's clock is wrong, so its times mean nothing");
    return measurement;
}

struct Contender {
    std::string name;
    std::vector<Measurement> runs{};

    [[nodiscard]] double medianOf(auto&& value) const {
        std::vector<double> values;
        for (const Measurement& each : runs)
            values.push_back(value(each));
        return tests::median(values);
    }
    [[nodiscard]] double phase(const QString& name_) const {
        return medianOf([&](const Measurement& each) { return each.phases.at(name_); });
    }
    [[nodiscard]] double untilInit() const {
        return medianOf([](const Measurement& each) { return each.untilInit; });
    }
    /// How much longer two busy processes take than one.
    [[nodiscard]] double scaling() const {
        return medianOf([](const Measurement& each) { return each.scaling(); });
    }
    [[nodiscard]] double restOfMemory() const {
        return medianOf(
            [](const Measurement& each) { return static_cast<double>(each.memory.rest) / 1024; });
    }
};

std::string verdict(bool met) {
    return met ? "met" : "MISSED";
}

/// Prints the table; returns it for machines.
QJsonObject report(const Contender& host, const Contender& vireo, const Contender* tcg) {
    QJsonObject phases;
    std::vector<double> toHost, toTcg;
    fmt::print("\n{:<14}{:>10}{:>10}{:>10}{:>14}{:>14}\n", "seconds", "host", "Vireo", "TCG",
               "Vireo/host", "TCG/Vireo");
    for (const QString& name : tests::phaseNames()) {
        const double onHost = host.phase(name), inVireo = vireo.phase(name);
        toHost.push_back(inVireo / onHost);
        QJsonObject row = {{"host", onHost}, {"vireo", inVireo}};
        std::string peer = "-", ratio = "-";
        if (tcg != nullptr) {
            const double inTcg = tcg->phase(name);
            toTcg.push_back(inTcg / inVireo);
            row["tcg"] = inTcg;
            row["tcgToVireo"] = inTcg / inVireo;
            peer = fmt::format("{:.3f}", inTcg);
            ratio = fmt::format("{:.3f}", inTcg / inVireo);
        }
        phases[name] = row;
        fmt::print("{:<14}{:>10.3f}{:>10.3f}{:>10}{:>14.1f}{:>14}\n", name.toStdString(), onHost,
                   inVireo, peer, inVireo / onHost, ratio);
    }
    QJsonObject all = {{"phases", phases},
                       {"runs", static_cast<int>(vireo.runs.size())},
                       {"slowdownToHost", tests::geometricMean(toHost)}};
    fmt::print("\nGeometric mean: {:.1f} times the host's time\n", tests::geometricMean(toHost));
    if (tcg != nullptr) {
        const double speed = tests::geometricMean(toTcg);
        const double init = vireo.untilInit() / tcg->untilInit();
        all["speedToTcg"] = speed;
        all["untilInit"] =
            QJsonObject{{"vireo", vireo.untilInit()}, {"tcg", tcg->untilInit()}, {"ratio", init}};
        fmt::print("Geometric mean: {:.3f} of TCG's speed (at least 0.25: {})\n", speed,
                   verdict(speed >= 0.25));
        fmt::print("Start to init:  {:.2f} s, TCG {:.2f} s, ratio {:.2f} (at most 3: {})\n",
                   vireo.untilInit(), tcg->untilInit(), init, verdict(init <= 3));
    } else {
        all["untilInit"] = QJsonObject{{"vireo", vireo.untilInit()}};
        fmt::print("Start to init:  {:.2f} s\n", vireo.untilInit());
    }
    all["twoBusyToOne"] = QJsonObject{{"host", host.scaling()}, {"vireo", vireo.scaling()}};
    fmt::print("Two busy processes to one: {:.3f}, host {:.3f}{} (at most 1.15: {})\n",
               vireo.scaling(), host.scaling(),
               tcg == nullptr ? "" : fmt::format(", TCG {:.3f}", tcg->scaling()),
               verdict(vireo.scaling() <= 1.15));
    all["workerMiBBeyondGuest"] = vireo.restOfMemory();
    fmt::print("Worker's memory beyond the guest's: {:.1f} MiB at {} VPs (at most 64: {})\n",
               vireo.restOfMemory(), kProcessors, verdict(vireo.restOfMemory() <= 64));
    return all;
}

}  // namespace

int main(int count, char** arguments) {
    const QCoreApplication application(count, arguments);
    QCommandLineParser options;
    options.addHelpOption();
    options.addOptions({{"runs", "How often each; medians are reported.", "N", "3"},
                        {"kernel", "cloud or standard.", "NAME", "cloud"},
                        {"backend", "Vireo's backend.", "NAME", "software"},
                        {"no-peer", "Leave QEMU out."},
                        {"json", "Write the result to this file.", "FILE"}});
    options.process(application);
    const int runs = options.value("runs").toInt();
    const QString kernel =
        QStringLiteral(VIREO_GUEST_IMAGES "/") + options.value("kernel") + "/vmlinuz";
    if (runs < 1 || !QFile::exists(kernel) ||
        !QFile::exists(QStringLiteral(VIREO_BENCH_RAM_DISK))) {
        fmt::print(stderr,
                   "guest_bench: needs --runs of at least 1 and the guest images: run "
                   "installer/guest-images.sh, then build\n");
        return 2;
    }
    const bool peer = !options.isSet("no-peer");
    if (peer && QStandardPaths::findExecutable("qemu-system-x86_64").isEmpty()) {
        fmt::print(stderr,
                   "guest_bench: qemu-system-x86_64 is missing: run \"installer/packages.sh "
                   "bench\", or leave it out with --no-peer\n");
        return 2;
    }

    GuestSettings settings = {.kernel = kernel,
                              .initialRamDisk = QStringLiteral(VIREO_BENCH_RAM_DISK),
                              .append = QStringLiteral("vireo.recipe=bench"),
                              .processors = kProcessors,
                              .backend = options.value("backend")};
    Contender host{"host"}, vireo{"Vireo"}, tcg{"TCG"};
    for (int run = 1; run <= runs; ++run)
        for (Contender* contender : {&host, &vireo, &tcg}) {
            if (contender == &tcg && !peer)
                continue;
            fmt::print("run {} of {}: {}\n", run, runs, contender->name);
            std::fflush(stdout);
            settings.launcher = contender == &tcg ? Launcher::qemu : Launcher::vireo;
            Outcome outcome = contender == &host ? onHost() : inGuest(settings);
            if (!outcome) {
                fmt::print(stderr, "guest_bench: {}\n", outcome.error());
                return 1;
            }
            if (contender != &host && outcome->checksums != host.runs.front().checksums) {
                fmt::print(stderr, "guest_bench: {} computes otherwise than the host\n",
                           contender->name);
                return 1;
            }
            contender->runs.push_back(std::move(*outcome));
        }
    const QJsonObject result = report(host, vireo, peer ? &tcg : nullptr);
    const QByteArray json = QJsonDocument(result).toJson();
    if (!options.isSet("json")) {
        fmt::print("\n{}", json.toStdString());
        return 0;
    }
    QFile file(options.value("json"));
    if (!file.open(QIODevice::WriteOnly) || file.write(json) != json.size()) {
        fmt::print(stderr, "guest_bench: cannot write {}: {}\n", file.fileName().toStdString(),
                   file.errorString().toStdString());
        return 1;
    }
    return 0;
}
