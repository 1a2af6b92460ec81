// SPDX-License-Identifier: GPL-3.0-or-later
#include "side_pane.h"

#include <QPainter>

#include "gui/appearance/colours.h"

namespace gui {

void SidePane::paintEvent(QPaintEvent*) {
    QPainter(this).fillRect(rect(), Colours::of(palette()).side);
}

}  // namespace gui
