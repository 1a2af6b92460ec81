// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractScrollArea>
#include <QImage>
#include <QString>
#include <cstdint>
#include <map>

#include "screen_client.h"
#include "screen_keys.h"

namespace gui {

/// A machine's screen, to look at and to use: pixel by pixel, or scaled to the room there is.
///
/// All keys are the guest's, but for those of the window around it, the release key, which leaves,
/// and the Windows key with what is pressed with it where the user wants that so. Keys that are
/// held are let go when the focus leaves.
class ScreenView final : public QAbstractScrollArea {
    Q_OBJECT

  public:
    explicit ScreenView(QWidget* parent = nullptr);

    /// A piece of the picture.
    void show(const QImage& piece, const QPoint& at, const QSize& screen);
    /// There is no picture; `text` says why.
    void clear(const QString& text);
    using QAbstractScrollArea::show;

    /// As it was shown last; null without a picture.
    [[nodiscard]] const QImage& picture() const { return picture_; }

    [[nodiscard]] bool isScaled() const { return isScaled_; }
    void setScaled(bool scaled);

    [[nodiscard]] QSize sizeHint() const override;

  signals:
    /// The guest has another resolution, which sizeHint() is made of.
    void sized();
    void stroke(const gui::ScreenStroke& stroke);
    void pointer(const gui::ScreenPointer& pointer);

  protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void keyReleaseEvent(QKeyEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    bool focusNextPrevChild(bool next) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

  private:
    void fit();
    /// Where in the viewport the picture is.
    [[nodiscard]] QRectF area() const;
    [[nodiscard]] QPoint onScreen(const QPointF& point) const;
    void movePointer(const QPointF& at, std::uint8_t wheel = 0);
    void releaseKeys();
    /// The Windows key or what is pressed with it, and not the guest's now.
    [[nodiscard]] bool isComputersKey(const QKeyEvent& event) const;

    QImage picture_;
    QString text_;
    bool isScaled_ = true;
    /// By what the window system calls the key, which stays when Shift is let go meanwhile.
    std::map<std::uint64_t, ScreenKey> pressed_;
    std::uint8_t buttons_ = 0;
    int wheelRest_ = 0;
};

}  // namespace gui
