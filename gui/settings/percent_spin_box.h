// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDoubleSpinBox>

namespace gui {

/// Percents in steps of one; thousandths can be typed, and are shown only where there are any.
class PercentSpinBox final : public QDoubleSpinBox {
    Q_OBJECT

  public:
    explicit PercentSpinBox(int least, QWidget* parent = nullptr);

    [[nodiscard]] QString textFromValue(double value) const override;
};

}  // namespace gui
