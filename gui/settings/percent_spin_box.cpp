// SPDX-License-Identifier: GPL-3.0-or-later
#include "percent_spin_box.h"

namespace gui {

PercentSpinBox::PercentSpinBox(int least, QWidget* parent) : QDoubleSpinBox(parent) {
    setDecimals(3);
    setRange(least, 100);
    setSingleStep(1);
    setAccelerated(true);
}

QString PercentSpinBox::textFromValue(double value) const {
    QString text = locale().toString(value, 'f', 3);
    const QString point = locale().decimalPoint();
    const QString zero = locale().zeroDigit();
    while (text.contains(point) && text.endsWith(zero))
        text.chop(zero.size());
    if (text.endsWith(point))
        text.chop(point.size());
    return text;
}

}  // namespace gui
