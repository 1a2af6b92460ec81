// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace gui {

/// For tool tips, which take what looks like HTML for that.
[[nodiscard]] inline QString plainToolTip(const QString& text) {
    return text.isEmpty() ? QString()
                          : QStringLiteral("<span>%1</span>").arg(text.toHtmlEscaped());
}

}  // namespace gui
