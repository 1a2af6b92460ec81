// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace tests {

/// A window's part of this object name, which must be there.
template <class Widget>
Widget& field(const QWidget& window, const char* name) {
    auto* const found = window.findChild<Widget*>(name);
    if (!found)
        qFatal("no field %s", name);
    return *found;
}

}  // namespace tests
