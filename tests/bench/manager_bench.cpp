// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the manager costs: from its start to a window that can be used, frames while a list of many
// machines that all change is scrolled and sorted, curves, memory. Prints a table. Each figure is
// taken in a process of its own, as vireo-manager is one.
#include <fmt/core.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QEvent>
#include <QScrollBar>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <vector>

#include "gui/appearance/style.h"
#include "gui/performance/graph.h"
#include "manager.h"
#include "played_service.h"
#include "service/ipc/methods.h"
#include "session_service.h"
#include "stall_watch.h"
#include "worker_memory.h"

using namespace service;  // NOLINT: what stands behind the manager
using tests::Manager;

namespace {

constexpr int kMachines = 1'000;
constexpr int kStarts = 9;
constexpr int kCurves = 64;
constexpr std::size_t kPoints = 3'600;
constexpr int kScrollSeconds = 12;
constexpr int kCurveSeconds = 10;

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

void row(const char* what, double value, const char* unit, const char* goal) {
    fmt::print("{:<66}{:>9.1f} {:<5}{}\n", what, value, unit, goal);
    std::fflush(stdout);
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values.empty() ? -1 : values[values.size() / 2];
}

/// Runs `part` in a process of its own; what it returns. Empty if it failed.
std::vector<double> apart(const std::function<std::vector<double>()>& part) {
    int ends[2];
    if (::pipe(ends) != 0)
        return {};
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        const std::vector<double> values = part();
        const auto bytes = static_cast<ssize_t>(values.size() * sizeof(double));
        // At once, without what ends with the whole program.
        ::_exit(::write(ends[1], values.data(), static_cast<std::size_t>(bytes)) == bytes ? 0 : 1);
    }
    ::close(ends[1]);
    std::vector<double> values;
    for (double value = 0; ::read(ends[0], &value, sizeof(value)) == sizeof(value);)
        values.push_back(value);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    return status == 0 ? values : std::vector<double>();
}

/// What main() makes before there is a window.
struct Program {
    Program() : application(count, arguments) {
        QApplication::setOrganizationName(QStringLiteral("Vireo"));
        QApplication::setApplicationName(QStringLiteral("vireo-manager bench"));
        gui::applyStyle(application, gui::ColourScheme::Light);
    }

    char name[14] = "vireo-manager";
    char* arguments[2] = {name, nullptr};
    int count = 1;
    QApplication application;
};

/// Notes when a widget was painted.
class Paints final : public QObject {
  public:
    explicit Paints(QWidget& widget) { widget.installEventFilter(this); }

    std::function<void()> painted;

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override {
        // Seen before the widget paints: the frame ends when that has returned.
        if (event->type() == QEvent::Paint && painted)
            QTimer::singleShot(0, watched, painted);
        return false;
    }
};

double residentMebibytes() {
    return static_cast<double>(tests::residentMemory(::getpid()).rest) / 1'024;
}

/// From the start of the process to all machines on the screen.
std::vector<double> usableAfter(const std::string& socket, Clock::time_point begun) {
    Program program;
    Manager manager(socket);
    Paints paints(*manager.window.machines().viewport());
    bool usable = false;
    paints.painted = [&] {
        if (manager.window.machines().filter().rowCount() < kMachines || usable)
            return;
        usable = true;
        QApplication::quit();
    };
    QTimer::singleShot(30'000, &program.application, [] { QApplication::exit(1); });
    if (QApplication::exec() != 0)
        return {};
    return {milliseconds(Clock::now() - begun), residentMebibytes()};
}

/// Lengths of frames while the list is scrolled all the time and sorted anew twice a second.
std::vector<double> frames(const std::string& socket) {
    Program program;
    Manager manager(socket);
    auto& list = manager.window.machines();
    std::vector<double> lengths;
    bool scrolls = false;
    Clock::time_point last{};
    qint64 waited = 0;
    Paints paints(*list.viewport());
    paints.painted = [&] {
        const auto now = Clock::now();
        const qint64 waitedNow = tests::waitedForProcessor();
        if (last != Clock::time_point() && scrolls)
            lengths.push_back(milliseconds(now - last) - static_cast<double>(waitedNow - waited));
        last = now;
        waited = waitedNow;
    };
    QTimer scroll;
    scroll.setTimerType(Qt::PreciseTimer);
    int step = 0;
    int direction = 1;
    QObject::connect(&scroll, &QTimer::timeout, [&] {
        QScrollBar& bar = *list.verticalScrollBar();
        if (bar.value() + direction > bar.maximum() || bar.value() + direction < 0)
            direction = -direction;
        bar.setValue(bar.value() + direction);
        if (++step % 30 == 0)
            list.sortByColumn(step / 30 % gui::MachineListModel::Status,
                              step / 30 % 2 == 0 ? Qt::AscendingOrder : Qt::DescendingOrder);
    });
    QTimer begin;
    QObject::connect(&begin, &QTimer::timeout, [&] {
        if (list.filter().rowCount() < kMachines)
            return;
        begin.stop();
        scrolls = true;
        last = {};
        scroll.start(16);
        QTimer::singleShot(kScrollSeconds * 1'000, &program.application, &QApplication::quit);
    });
    begin.start(100);
    QTimer::singleShot(60'000, &program.application, [] { QApplication::exit(1); });
    if (QApplication::exec() != 0)
        return {};
    return lengths;
}

double processorSeconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// The part of a processor that live curves take, and the memory of a manager with them.
std::vector<double> liveCurves(const std::string& socket) {
    Program program;
    Manager manager(socket);
    gui::Graph graph(gui::GraphLook::Open, QStringLiteral("Graph"));
    graph.setTimeRange(gui::TimeRange::Hour);
    const auto now = [] {
        return std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
            .count();
    };
    std::vector<int> curves;
    for (std::size_t at = 0; at < kCurves; ++at) {
        const int curve =
            graph.addCurve(QStringLiteral("curve %1").arg(at), at, gui::GraphShape::Line);
        std::vector<gui::CounterPoint> points(kPoints);
        for (std::size_t point = 0; point < kPoints; ++point) {
            points[point].time = now() - static_cast<std::int64_t>(kPoints - point) * 1'000;
            points[point].value = 50 +
                                  30 * std::sin(static_cast<double>(point * (at + 1)) / 300.0) +
                                  static_cast<double>((point * 7'919 + at * 31) % 17);
        }
        graph.mergeHistory(curve, points, 1'000);
        curves.push_back(curve);
    }
    graph.resize(1'000, 600);
    graph.show();
    QTimer second;
    QObject::connect(&second, &QTimer::timeout, [&] {
        for (const int curve : curves)
            graph.append(curve, now(), 50.0);
    });
    second.start(1'000);
    double before = 0;
    double share = 0;
    QElapsedTimer clock;
    QTimer::singleShot(2'000, &program.application, [&] {
        // The window of machines is not what is measured; it does not work while hidden.
        manager.window.hide();
        before = processorSeconds();
        clock.start();
    });
    QTimer::singleShot(2'000 + kCurveSeconds * 1'000, &program.application, [&] {
        share = (processorSeconds() - before) * 1'000 / static_cast<double>(clock.elapsed());
        QApplication::quit();
    });
    QApplication::exec();
    return {share * 100, residentMebibytes()};
}

bool measureStart() {
    tests::SessionService service;
    if (!service.start()) {
        fmt::print(stderr, "{}\n", service.output());
        return false;
    }
    tests::RpcClient client = service.client();
    for (int number = 0; number < kMachines; ++number) {
        const auto settings = tests::tinyMachine("machine " + std::to_string(number), HALTED_GUEST);
        if (!client.call<MachineCreateMethod>({settings, std::nullopt}))
            return false;
    }
    std::vector<double> times;
    double memory = 0;
    for (int turn = 0; turn < kStarts; ++turn) {
        const auto begun = Clock::now();
        const auto one = apart([&] { return usableAfter(service.socket(), begun); });
        if (one.size() != 2)
            return false;
        times.push_back(one[0]);
        memory = one[1];
    }
    row("start to 1,000 machines of a real service on the screen, median", median(times), "ms",
        "under 400");
    row("memory then", memory, "MiB", "under 150");
    return true;
}

bool measureFrames(const QString& folder, bool states) {
    const tests::PlayedService service(
        QDir(folder).filePath(states ? "states" : "usage").toStdString(), kMachines, states);
    auto lengths = apart([&] { return frames(service.socket()); });
    if (lengths.size() < 100)
        return false;
    const auto slow = std::ranges::count_if(lengths, [](double length) { return length > 33; });
    const double seconds = [&] {
        double sum = 0;
        for (const double length : lengths)
            sum += length;
        return sum / 1'000;
    }();
    const char* const what = states ? "usage and state" : "usage";
    row(fmt::format("scrolling and sorting, all change {} each second: frames", what).c_str(),
        static_cast<double>(lengths.size()) / seconds, "/s", "60");
    row("  median frame", median(lengths), "ms", "");
    row("  longest frame", *std::ranges::max_element(lengths), "ms", "no frame over 33");
    row("  frames over 33 ms", static_cast<double>(slow), "", "0");
    return true;
}

bool measureCurves(const QString& folder) {
    const tests::PlayedService service(QDir(folder).filePath("curves").toStdString(), kMachines,
                                       false);
    const auto values = apart([&] { return liveCurves(service.socket()); });
    if (values.size() != 2)
        return false;
    row("64 live curves of 3,600 points: part of a processor", values[0], "%", "under 25");
    row("memory with them and 1,000 machines", values[1], "MiB", "under 150");
    return true;
}

}  // namespace

int main() {
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM") && !qEnvironmentVariableIsSet("DISPLAY") &&
        !qEnvironmentVariableIsSet("WAYLAND_DISPLAY"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    const QTemporaryDir folder;
    qputenv("XDG_CONFIG_HOME", folder.path().toUtf8());
    const bool good = measureStart() && measureFrames(folder.path(), false) &&
                      measureFrames(folder.path(), true) && measureCurves(folder.path());
    if (!good)
        fmt::print(stderr, "a part failed\n");
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
