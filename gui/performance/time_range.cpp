// SPDX-License-Identifier: GPL-3.0-or-later
#include "time_range.h"

#include <QCoreApplication>

namespace gui {

QString textOf(TimeRange range) {
    switch (range) {
        case TimeRange::Minute:
            return QCoreApplication::translate("gui::TimeRange", "1 min");
        case TimeRange::FiveMinutes:
            return QCoreApplication::translate("gui::TimeRange", "5 min");
        case TimeRange::Hour:
            return QCoreApplication::translate("gui::TimeRange", "1 h");
        case TimeRange::Day:
            return QCoreApplication::translate("gui::TimeRange", "24 h");
    }
    return {};
}

}  // namespace gui
