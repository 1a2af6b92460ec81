// SPDX-License-Identifier: GPL-3.0-or-later
#include "screen_view.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "gui/preferences/console_keys.h"
#include "terminal_keys.h"

namespace gui {

namespace {

const QColor kGround(0x12, 0x15, 0x19);
const QColor kText(0xB8, 0xC0, 0xCA);
constexpr QSize kUsual(1024, 768);
constexpr std::uint8_t kWheelAway = 8;
constexpr std::uint8_t kWheelTowards = 16;

std::uint8_t bitOf(Qt::MouseButton button) {
    switch (button) {
        case Qt::LeftButton:
            return 1;
        case Qt::MiddleButton:
            return 2;
        case Qt::RightButton:
            return 4;
        default:
            return 0;
    }
}

std::uint64_t identityOf(const QKeyEvent& event) {
    constexpr std::uint64_t kByPlace = std::uint64_t{1} << 32;
    return event.nativeScanCode() != 0 ? kByPlace | event.nativeScanCode()
                                       : static_cast<std::uint64_t>(event.key());
}

}  // namespace

ScreenView::ScreenView(QWidget* parent) : QAbstractScrollArea(parent) {
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(QFrame::NoFrame);
    viewport()->setMouseTracking(true);
    viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
    setAttribute(Qt::WA_InputMethodEnabled, false);
    fit();
}

void ScreenView::show(const QImage& piece, const QPoint& at, const QSize& screen) {
    text_.clear();
    if (picture_.size() != screen) {
        picture_ = QImage(screen, QImage::Format_RGB32);
        picture_.fill(Qt::black);
        fit();
        updateGeometry();
        viewport()->update();
        emit sized();
    }
    QPainter(&picture_).drawImage(at, piece);
    const QRectF place = area();
    const qreal across = place.width() / picture_.width();
    const qreal down = place.height() / picture_.height();
    // One more in each direction: scaling reads neighbours.
    viewport()->update(QRectF(place.x() + at.x() * across, place.y() + at.y() * down,
                              piece.width() * across, piece.height() * down)
                           .toAlignedRect()
                           .adjusted(-1, -1, 1, 1));
}

void ScreenView::clear(const QString& text) {
    picture_ = QImage();
    text_ = text;
    pressed_.clear();
    buttons_ = 0;
    fit();
    viewport()->update();
}

void ScreenView::setScaled(bool scaled) {
    if (isScaled_ == scaled)
        return;
    isScaled_ = scaled;
    fit();
    viewport()->update();
}

QSize ScreenView::sizeHint() const {
    const QSize size = picture_.isNull() ? kUsual : picture_.size();
    return (QSizeF(size) / devicePixelRatioF()).toSize();
}

void ScreenView::fit() {
    const QSize room = viewport()->size();
    const QSize size = picture_.isNull() || isScaled_
                           ? room
                           : (QSizeF(picture_.size()) / devicePixelRatioF()).toSize();
    horizontalScrollBar()->setPageStep(room.width());
    horizontalScrollBar()->setRange(0, std::max(0, size.width() - room.width()));
    verticalScrollBar()->setPageStep(room.height());
    verticalScrollBar()->setRange(0, std::max(0, size.height() - room.height()));
}

QRectF ScreenView::area() const {
    const QSizeF room = viewport()->size();
    QSizeF size = QSizeF(picture_.size()) / devicePixelRatioF();
    // Never larger than it is: what is sharp stays so.
    if (isScaled_ && (size.width() > room.width() || size.height() > room.height()))
        size.scale(room, Qt::KeepAspectRatio);
    const auto place = [](qreal space, qreal length, int scrolled) {
        return length < space ? std::floor((space - length) / 2) : static_cast<qreal>(-scrolled);
    };
    return {QPointF(place(room.width(), size.width(), horizontalScrollBar()->value()),
                    place(room.height(), size.height(), verticalScrollBar()->value())),
            size};
}

void ScreenView::paintEvent(QPaintEvent* event) {
    QPainter painter(viewport());
    painter.fillRect(event->rect(), kGround);
    if (picture_.isNull()) {
        painter.setPen(kText);
        painter.drawText(viewport()->rect().adjusted(24, 24, -24, -24),
                         Qt::AlignCenter | Qt::TextWordWrap, text_);
        return;
    }
    const QRectF place = area();
    painter.setRenderHint(QPainter::SmoothPixmapTransform,
                          QSizeF(picture_.size()) / devicePixelRatioF() != place.size());
    painter.drawImage(place, picture_);
}

void ScreenView::resizeEvent(QResizeEvent* event) {
    QAbstractScrollArea::resizeEvent(event);
    fit();
}

bool ScreenView::event(QEvent* event) {
    // Without this, keys that menus have would not reach the guest.
    if (event->type() == QEvent::ShortcutOverride &&
        !isWindowKey(*static_cast<QKeyEvent*>(event)) &&
        !isComputersKey(*static_cast<QKeyEvent*>(event))) {
        event->accept();
        return true;
    }
    return QAbstractScrollArea::event(event);
}

bool ScreenView::focusNextPrevChild(bool) {
    return false;
}

bool ScreenView::isComputersKey(const QKeyEvent& event) const {
    const int key = event.key();
    const bool isWindows = key == Qt::Key_Meta || key == Qt::Key_Super_L || key == Qt::Key_Super_R;
    if (!isWindows && !event.modifiers().testFlag(Qt::MetaModifier))
        return false;
    switch (consoleKeys().windows) {
        case WindowsKeys::Computer:
            return true;
        case WindowsKeys::MachineInFullScreen:
            return !window()->isFullScreen();
        case WindowsKeys::Machine:
            break;
    }
    return false;
}

void ScreenView::keyPressEvent(QKeyEvent* event) {
    if (isReleaseKey(*event)) {
        QAbstractScrollArea::focusNextPrevChild(true);
        return;
    }
    if (isComputersKey(*event))
        return event->ignore();
    const ScreenKey key = screenKey(*event);
    if (key == ScreenKey{})
        return event->ignore();
    // A key that is held comes down again and again, as on a real keyboard.
    emit stroke({pressed_.try_emplace(identityOf(*event), key).first->second, true});
}

void ScreenView::keyReleaseEvent(QKeyEvent* event) {
    if (event->isAutoRepeat())
        return;
    if (const auto pressed = pressed_.extract(identityOf(*event)))
        emit stroke({pressed.mapped(), false});
}

void ScreenView::releaseKeys() {
    for (const auto& [identity, key] : pressed_)
        emit stroke({key, false});
    pressed_.clear();
}

void ScreenView::focusOutEvent(QFocusEvent* event) {
    releaseKeys();
    QAbstractScrollArea::focusOutEvent(event);
}

QPoint ScreenView::onScreen(const QPointF& point) const {
    const QRectF place = area();
    const auto on = [](qreal at, qreal start, qreal length, int pixels) {
        return std::clamp(static_cast<int>(std::floor((at - start) * pixels / length)), 0,
                          pixels - 1);
    };
    return {on(point.x(), place.x(), place.width(), picture_.width()),
            on(point.y(), place.y(), place.height(), picture_.height())};
}

void ScreenView::movePointer(const QPointF& at, std::uint8_t wheel) {
    if (!picture_.isNull())
        emit pointer({onScreen(at), static_cast<std::uint8_t>(buttons_ | wheel)});
}

void ScreenView::mousePressEvent(QMouseEvent* event) {
    buttons_ |= bitOf(event->button());
    movePointer(event->position());
}

void ScreenView::mouseReleaseEvent(QMouseEvent* event) {
    buttons_ &= static_cast<std::uint8_t>(~bitOf(event->button()));
    movePointer(event->position());
}

void ScreenView::mouseDoubleClickEvent(QMouseEvent* event) {
    // The guest counts clicks itself.
    mousePressEvent(event);
}

void ScreenView::mouseMoveEvent(QMouseEvent* event) {
    movePointer(event->position());
}

void ScreenView::wheelEvent(QWheelEvent* event) {
    wheelRest_ += event->angleDelta().y();
    const int notches = wheelRest_ / QWheelEvent::DefaultDeltasPerStep;
    wheelRest_ %= QWheelEvent::DefaultDeltasPerStep;
    for (int i = 0; i < std::abs(notches); ++i) {
        movePointer(event->position(), notches > 0 ? kWheelAway : kWheelTowards);
        movePointer(event->position());
    }
    event->accept();
}

void ScreenView::contextMenuEvent(QContextMenuEvent* event) {
    // The right button is the guest's.
    event->accept();
}

}  // namespace gui
