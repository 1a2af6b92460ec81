// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

#include "service/ipc/host_requests.h"

class QWidget;

namespace gui {

/// Graphs on the processor page, made by whoever opens the settings, so that settings don't depend
/// on the performance monitor. All may be empty.
struct ProcessorPageExtras {
    /// What the machine uses now.
    std::function<QWidget*(const std::string& id, QWidget* parent)> strip;
    /// Percents of each VP, drawn as lines across the strip.
    std::function<void(QWidget*, double reservePercent, double limitPercent)> setLines;
    /// Who has reserved what of the host.
    std::function<QWidget*(QWidget* parent)> bar;
    std::function<void(QWidget*, const service::HostReply&, const std::string& id,
                       double ownReservePercentOfTotal)>
        setBar;
};

}  // namespace gui
