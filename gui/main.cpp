// SPDX-License-Identifier: GPL-3.0-or-later
//
// vireo-manager: the desktop program.
#include <CLI/CLI.hpp>
#include <QApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QSettings>
#include <QTranslator>
#include <cstdio>
#include <map>
#include <optional>

#include "gui/connection/machine_store.h"
#include "gui/performance/performance_feed.h"
#include "gui/preferences/chosen_server.h"
#include "gui/preferences/look.h"
#include "main_window.h"
#include "screenshots.h"

namespace {

constexpr int kUsage = 2;
constexpr int kUnreachable = 5;

struct Options : service::client::ServiceAddress::Options {
    std::string screenshots;
    /// Nothing: as the user has chosen.
    std::optional<gui::ColourScheme> scheme;
};

bool isServiceNamed(const Options& options) {
    return options.session || options.system || !options.socket.empty();
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App line{"Vireo Manager: create, run and watch virtual machines", "vireo-manager"};
    line.set_version_flag("--version", VIREO_VERSION);
    auto* session = line.add_flag("--session", options.session, "Use the user's own service");
    auto* system =
        line.add_flag("--system", options.system, "Use the host's service")->excludes(session);
    line.add_option("--socket", options.socket, "Use the service that listens on this socket")
        ->excludes(session)
        ->excludes(system);
    line.add_option("--screenshots,--screenshot", options.screenshots,
                    "Leave pictures of the windows in this folder, and end");
    line.add_option("--colours", options.scheme, "Light or dark instead of the desktop's choice")
        ->transform(CLI::CheckedTransformer(
            std::map<std::string, gui::ColourScheme>{{"system", gui::ColourScheme::System},
                                                     {"light", gui::ColourScheme::Light},
                                                     {"dark", gui::ColourScheme::Dark}}));
    try {
        line.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int status = line.exit(error);
        return status == 0 ? 0 : kUsage;
    }
    // Qt sees none of them: it would take --session for the session manager's.
    int programOnly = 1;
    QApplication application(programOnly, argv);
    QApplication::setApplicationName(QStringLiteral("vireo-manager"));
    QApplication::setOrganizationName(QStringLiteral("Vireo"));
    QApplication::setApplicationDisplayName(QStringLiteral("Vireo Manager"));
    QTranslator own;
    if (own.load(QLocale(), QStringLiteral("vireo"), QStringLiteral("_"),
                 QStringLiteral(":/translations")))
        QApplication::installTranslator(&own);
    QTranslator qts;
    if (qts.load(QLocale(), QStringLiteral("qtbase"), QStringLiteral("_"),
                 QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        QApplication::installTranslator(&qts);
    const gui::Look look = gui::keptLook();
    gui::applyStyle(application, options.scheme.value_or(look.colours),
                    options.scheme ? gui::WidgetStyle::Vireo : look.widgets);

    // What the manager was left with, unless a service is named.
    using gui::ChosenServer;
    const ChosenServer server = isServiceNamed(options) ? ChosenServer::Usual : gui::chosenServer();
    options.session |= server == ChosenServer::Session;
    options.system |= server == ChosenServer::System;
    auto address = service::client::ServiceAddress::chosen(options);
    if (!address) {
        std::fprintf(stderr, "vireo-manager: %s\n", address.error().message.c_str());
        return kUnreachable;
    }
    gui::ServiceConnection connection(std::move(*address));
    gui::MachineStore store(connection);
    gui::PerformanceFeed feed(connection);
    gui::MainWindow window(store, feed);
    if (server == ChosenServer::None)
        connection.close();
    else
        connection.open();
    window.show();
    if (options.screenshots.empty())
        return QApplication::exec();
    gui::Screenshots pictures(window, store, QString::fromStdString(options.screenshots));
    return pictures.take();
}
