// SPDX-License-Identifier: GPL-3.0-or-later
#include "switch_words.h"

#include <QCoreApplication>

#include "gui/connection/text.h"
#include "service/ipc/machine_settings.h"

namespace gui {

using service::SwitchKind;

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(gui::switches)
};

}  // namespace

QString kindText(SwitchKind kind) {
    switch (kind) {
        case SwitchKind::Nat:
            return Words::tr("NAT");
        case SwitchKind::External:
            return Words::tr("External");
        case SwitchKind::Internal:
            return Words::tr("Internal");
        case SwitchKind::Private:
            break;
    }
    return Words::tr("Private");
}

QString switchTitle(const std::string& name) {
    return name == service::kDefaultSwitch ? Words::tr("Default Switch") : fromUtf8(name);
}

QString reachText(const service::SwitchSettings& settings) {
    switch (settings.kind) {
        case SwitchKind::Nat:
            return Words::tr(
                "The Default Switch leads out by this host's address; others reach "
                "the guest by forwarded ports alone.");
        case SwitchKind::External:
            return Words::tr("Connected with what the host's adapter %1 is connected to.")
                .arg(fromUtf8(settings.hostAdapter));
        case SwitchKind::Internal:
            return Words::tr("Connected with the other machines at it and with this host.");
        case SwitchKind::Private:
            break;
    }
    return Words::tr("Connected with the other machines at it alone.");
}

}  // namespace gui
