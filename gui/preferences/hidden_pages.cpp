// SPDX-License-Identifier: GPL-3.0-or-later
#include "hidden_pages.h"

#include <QSettings>
#include <QStringList>

namespace gui {

namespace {

constexpr const char* kWizards = "wizards";

QString keyOf(const QString& page) {
    return page + QStringLiteral("/skipIntroduction");
}

QStringList hiddenOnes(QSettings& settings) {
    QStringList hidden;
    for (const QString& page : settings.childGroups())
        if (settings.value(keyOf(page), false).toBool())
            hidden << page;
    return hidden;
}

}  // namespace

bool isPageHidden(const QString& page) {
    QSettings settings;
    settings.beginGroup(QLatin1String(kWizards));
    return settings.value(keyOf(page), false).toBool();
}

void setPageHidden(const QString& page, bool hidden) {
    QSettings settings;
    settings.beginGroup(QLatin1String(kWizards));
    settings.setValue(keyOf(page), hidden);
}

int hiddenPages() {
    QSettings settings;
    settings.beginGroup(QLatin1String(kWizards));
    return static_cast<int>(hiddenOnes(settings).size());
}

void showHiddenPages() {
    QSettings settings;
    settings.beginGroup(QLatin1String(kWizards));
    for (const QString& page : hiddenOnes(settings))
        settings.remove(keyOf(page));
}

}  // namespace gui
