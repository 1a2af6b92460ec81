// SPDX-License-Identifier: GPL-3.0-or-later
#include "screenshots.h"

#include <QApplication>
#include <QDialog>
#include <QDir>
#include <QPointer>
#include <QPushButton>
#include <QTimer>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "gui/console/console_window.h"
#include "gui/machines/machine_list_view.h"
#include "gui/performance/performance_monitor.h"
#include "gui/settings/settings_dialog.h"
#include "main_window.h"

namespace gui {

namespace {

constexpr int kFailed = 1;
constexpr int kUnreachable = 5;
/// How long the service may take to answer.
constexpr int kPatience = 10'000;

}  // namespace

Screenshots::Screenshots(MainWindow& window, MachineStore& store, QString folder)
    : window_(window), store_(store), folder_(std::move(folder)) {}

int Screenshots::take() {
    if (!QDir().mkpath(folder_)) {
        std::fprintf(stderr, "vireo-manager: the folder '%s' can't be made\n", qPrintable(folder_));
        return kFailed;
    }
    bool begun = false;
    const auto begin = [&] {
        if (begun || !store_.isComplete())
            return;
        begun = true;
        addSteps();
        next();
    };
    connect(&store_, &MachineStore::replaced, this, begin);
    QTimer::singleShot(kPatience, this, [&] {
        if (begun)
            return;
        std::fprintf(
            stderr, "vireo-manager: %s\n",
            qPrintable(store_.connection().problem().isEmpty() ? tr("The service does not answer.")
                                                               : store_.connection().problem()));
        QApplication::exit(kUnreachable);
    });
    begin();
    const int status = QApplication::exec();
    return status != 0 ? status : failed_ ? kFailed : 0;
}

std::string Screenshots::subject() const {
    // The one that has most to show.
    const auto usage = [](const auto& one) {
        return one.second.summary.state == service::MachineState::Running
                   ? one.second.summary.cpuUsagePercent.value_or(0)
                   : -1;
    };
    const auto most = std::ranges::max_element(store_.machines(), {}, usage);
    return most == store_.machines().end() ? std::string() : most->first;
}

void Screenshots::addSteps() {
    const std::string id = subject();
    const auto tab = [this, id](const QString& name) {
        return [this, id, name]() -> QWidget* {
            window_.machines().select(id);
            window_.showTab(name);
            return &window_;
        };
    };
    steps_.push_back(
        {QStringLiteral("main-window"), tab(QStringLiteral("performance")), 2'500, false});
    steps_.push_back(
        {QStringLiteral("main-window-summary"), tab(QStringLiteral("summary")), 2'500, false});
    steps_.push_back(
        {QStringLiteral("main-window-events"), tab(QStringLiteral("events")), 400, false});
    // One picture for each page that the wizard lets us reach.
    const auto wizard = std::make_shared<QPointer<QDialog>>();
    for (int page = 1; page <= 8; ++page)
        steps_.push_back({QStringLiteral("new-machine-%1").arg(page),
                          [this, wizard, page]() -> QWidget* {
                              if (page == 1)
                                  *wizard = window_.windows().openNewMachine();
                              else if (auto* forward = *wizard == nullptr
                                                           ? nullptr
                                                           : (*wizard)->findChild<QPushButton*>(
                                                                 QStringLiteral("next")))
                                  forward->click();
                              return wizard->data();
                          },
                          400, page == 8});
    if (!id.empty()) {
        steps_.push_back({QStringLiteral("processor-page"),
                          [this, id]() -> QWidget* {
                              SettingsDialog* const dialog = window_.windows().openSettings(id);
                              dialog->showPage(QStringLiteral("processor"));
                              return dialog;
                          },
                          2'500});
        steps_.push_back({QStringLiteral("console"),
                          [this, id]() -> QWidget* { return window_.windows().openConsole(id); },
                          1'500, false});
        steps_.push_back({QStringLiteral("console-screen"),
                          [this, id]() -> QWidget* {
                              ConsoleWindow* const console = window_.windows().openConsole(id);
                              console->showScreen();
                              return console;
                          },
                          1'500});
    }
    steps_.push_back({QStringLiteral("performance-monitor"),
                      [this]() -> QWidget* { return window_.windows().openPerformance(); }, 3'500});
    steps_.push_back({QStringLiteral("quick-create"),
                      [this]() -> QWidget* { return window_.windows().openQuickCreate(); }});
    steps_.push_back({QStringLiteral("switch-manager"),
                      [this]() -> QWidget* { return window_.windows().openSwitchManager(); }});
    steps_.push_back({QStringLiteral("new-disk"),
                      [this]() -> QWidget* { return window_.windows().openNewDisk(); }});
}

void Screenshots::next() {
    if (at_ == steps_.size()) {
        QApplication::exit(0);
        return;
    }
    const Step& step = steps_[at_++];
    QWidget* const widget = step.open();
    if (!widget)
        return next();
    QTimer::singleShot(step.settle, widget, [this, widget, step] {
        const QString file = folder_ + QLatin1Char('/') + step.name + QStringLiteral(".png");
        if (!widget->grab().save(file)) {
            std::fprintf(stderr, "vireo-manager: '%s' can't be written\n", qPrintable(file));
            failed_ = true;
        }
        if (step.close)
            widget->close();
        QTimer::singleShot(0, this, &Screenshots::next);
    });
}

}  // namespace gui
