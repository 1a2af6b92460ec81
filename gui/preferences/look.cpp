// SPDX-License-Identifier: GPL-3.0-or-later
#include "look.h"

#include <QSettings>
#include <QString>
#include <array>

namespace gui {

namespace {

constexpr const char* kColours = "look/colours";
constexpr const char* kDesktopStyle = "look/desktopStyle";

struct Word {
    ColourScheme colours;
    const char* text;
};
constexpr std::array<Word, 3> kWords{{{ColourScheme::System, "system"},
                                      {ColourScheme::Light, "light"},
                                      {ColourScheme::Dark, "dark"}}};

}  // namespace

Look keptLook() {
    const QSettings settings;
    Look look;
    const QString kept = settings.value(QLatin1String(kColours)).toString();
    for (const auto& [colours, text] : kWords)
        if (kept == QLatin1String(text))
            look.colours = colours;
    if (settings.value(QLatin1String(kDesktopStyle), false).toBool())
        look.widgets = WidgetStyle::Desktop;
    return look;
}

void keepLook(const Look& look) {
    QSettings settings;
    for (const auto& [colours, text] : kWords)
        if (colours == look.colours)
            settings.setValue(QLatin1String(kColours), QLatin1String(text));
    settings.setValue(QLatin1String(kDesktopStyle), look.widgets == WidgetStyle::Desktop);
}

}  // namespace gui
