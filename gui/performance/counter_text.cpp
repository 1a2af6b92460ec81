// SPDX-License-Identifier: GPL-3.0-or-later
#include "counter_text.h"

#include <QLocale>
#include <array>
#include <cmath>
#include <utility>

namespace gui {

QString shortSetName(const std::string& set) {
    QString text = QString::fromStdString(set);
    for (const QString& prefix :
         {QStringLiteral("Hyper-V "), QStringLiteral("Hypervisor "), QStringLiteral("Vireo ")})
        if (text.startsWith(prefix))
            text.remove(0, prefix.size());
    return text;
}

QString figureText(double value) {
    const double size = std::abs(value);
    const QLocale locale;
    if (size >= 1'000)
        return locale.toString(value, 'f', 0);
    if (size >= 0.1 || size == 0)
        return locale.toString(value, 'f', 1);
    return locale.toString(value, 'g', 2);
}

QString axisText(double value) {
    static constexpr std::array<std::pair<double, const char*>, 3> kSteps{
        {{1e9, "G"}, {1e6, "M"}, {1e3, "k"}}};
    const QLocale locale;
    for (const auto& [size, letter] : kSteps)
        if (std::abs(value) >= size * 0.9999)
            return locale.toString(value / size, 'g', 4) + QStringLiteral("\u00A0") +
                   QLatin1String(letter);
    // What adding up steps leaves of zero.
    return locale.toString(std::abs(value) < 1e-12 ? 0.0 : value, 'g', 4);
}

}  // namespace gui
