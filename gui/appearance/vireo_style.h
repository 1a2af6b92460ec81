// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProxyStyle>

namespace gui {

/// Fusion, but for the outlines of check boxes and radio buttons: it makes those of the window's
/// colour darkened, which nobody sees on a dark window.
class VireoStyle final : public QProxyStyle {
    Q_OBJECT

  public:
    VireoStyle();

    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                       const QWidget* widget) const override;
};

}  // namespace gui
