// SPDX-License-Identifier: GPL-3.0-or-later
#include "chosen_server.h"

#include <QSettings>
#include <array>

namespace gui {

using service::client::ServiceKind;

namespace {

constexpr const char* kKey = "server";

struct Word {
    ChosenServer server;
    const char* text;
};
constexpr std::array<Word, 3> kWords{{{ChosenServer::System, "system"},
                                      {ChosenServer::Session, "session"},
                                      {ChosenServer::None, "none"}}};

}  // namespace

ChosenServer chosenServer() {
    const QString kept = QSettings().value(QLatin1String(kKey)).toString();
    for (const auto& [server, text] : kWords)
        if (kept == QLatin1String(text))
            return server;
    return ChosenServer::Usual;
}

void setChosenServer(ChosenServer chosen) {
    QSettings settings;
    settings.remove(QLatin1String(kKey));
    for (const auto& [server, text] : kWords)
        if (server == chosen)
            settings.setValue(QLatin1String(kKey), QLatin1String(text));
}

std::optional<ChosenServer> choiceOf(ServiceKind kind) {
    switch (kind) {
        case ServiceKind::System:
            return ChosenServer::System;
        case ServiceKind::Session:
            return ChosenServer::Session;
        case ServiceKind::Other:
            break;
    }
    return std::nullopt;
}

}  // namespace gui
