// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>
#include <QString>

namespace gui {

enum class IconTone : unsigned char {
    /// As text is.
    Text,
    Accent,
    Good,
    Warning,
    Bad,
};

/// The picture `name` of resources/icons, in the colours of whoever shows it: sharp at every scale,
/// right in light and dark. Its SVG draws with `currentColor`.
[[nodiscard]] QIcon icon(const QString& name, IconTone tone = IconTone::Accent);

}  // namespace gui
