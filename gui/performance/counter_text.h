// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <string>

namespace gui {

// Counters' names and figures as they are shown. Names themselves are Hyper-V's, in English, so
// that they are found again in its documentation and in `vireo stats`.

/// "Virtual Processor" of "Hyper-V Hypervisor Virtual Processor".
[[nodiscard]] QString shortSetName(const std::string& set);
/// In the locale's way, with as many digits as one reads: "41.2", "0.00013", "12,400".
[[nodiscard]] QString figureText(double value);
/// Shorter, for an axis: "2.5 k".
[[nodiscard]] QString axisText(double value);

}  // namespace gui
