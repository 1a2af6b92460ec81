// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gui/appearance/style.h"

namespace gui {

/// How the manager looks to this user.
struct Look {
    ColourScheme colours = ColourScheme::System;
    WidgetStyle widgets = WidgetStyle::Vireo;

    bool operator==(const Look&) const = default;
};

[[nodiscard]] Look keptLook();
void keepLook(const Look& look);

}  // namespace gui
