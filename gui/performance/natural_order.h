// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCollator>
#include <QLocale>

namespace gui {

/// Names in the locale's order, numbers in them by size: "LP 2" before "LP 10".
[[nodiscard]] inline QCollator naturalOrder() {
    // The C locale compares bytes and nothing else.
    QCollator collator(QLocale().language() == QLocale::C ? QLocale(QLocale::English) : QLocale());
    collator.setNumericMode(true);
    collator.setCaseSensitivity(Qt::CaseInsensitive);
    return collator;
}

}  // namespace gui
