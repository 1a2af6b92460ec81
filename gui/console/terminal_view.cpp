// SPDX-License-Identifier: GPL-3.0-or-later
#include "terminal_view.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFontDatabase>
#include <QFontMetricsF>
#include <QInputMethodEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QScrollBar>
#include <QStyleHints>
#include <algorithm>
#include <cmath>

#include "terminal_colours.h"
#include "terminal_keys.h"

namespace gui {

namespace {

constexpr int kMargin = 4;
constexpr int kFrame = 16;
constexpr int kBellPause = 500;
constexpr qreal kSmallest = 6;
constexpr qreal kLargest = 40;
constexpr int kWheelStep = 120;
constexpr int kLinesPerStep = 3;

int buttonNumber(Qt::MouseButton button) {
    switch (button) {
        case Qt::LeftButton:
            return 1;
        case Qt::MiddleButton:
            return 2;
        case Qt::RightButton:
            return 3;
        default:
            return 0;
    }
}

/// All characters as wide as a cell, whatever the font's fractions.
QFont inCells(QFont font, int width) {
    font.setLetterSpacing(QFont::AbsoluteSpacing, 0);
    const qreal advance = QFontMetricsF(font).horizontalAdvance(u'M');
    font.setLetterSpacing(QFont::AbsoluteSpacing, width - advance);
    return font;
}

}  // namespace

TerminalView::TerminalView(QWidget* parent)
    : QAbstractScrollArea(parent),
      screen_(24, 80,
              {[this](std::string_view bytes) {
                   emit output(QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size())));
               },
               [this](const QString& title) { emit titleChanged(title); }, [this] { bell(); }}) {
    setAccessibleName(tr("Terminal"));
    setAccessibleDescription(
        tr("Keys go to the virtual machine. Ctrl+Shift+Tab leaves the terminal."));
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_InputMethodEnabled);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    // It comes and goes with the guest's output; columns must not.
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    // A terminal's columns have no other direction.
    viewport()->setLayoutDirection(Qt::LeftToRight);
    viewport()->setCursor(Qt::IBeamCursor);
    viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
    viewport()->setMouseTracking(true);
    refreshTimer_.setSingleShot(true);
    refreshTimer_.setTimerType(Qt::PreciseTimer);
    connect(&refreshTimer_, &QTimer::timeout, this, &TerminalView::refresh);
    connect(&blinkTimer_, &QTimer::timeout, this, &TerminalView::blink);
    connect(verticalScrollBar(), &QScrollBar::valueChanged, this, [this](int value) {
        followsEnd_ = value == verticalScrollBar()->maximum();
        viewport()->update();
    });
    setFontSize(kPointSize);
}

TerminalView::~TerminalView() = default;

void TerminalView::feed(const QByteArray& bytes) {
    screen_.feed({bytes.constData(), static_cast<std::size_t>(bytes.size())});
    schedule();
}

void TerminalView::clear() {
    screen_.clear();
    selection_.clear();
    emit selectionChanged();
    followsEnd_ = true;
    schedule();
}

// --- size and font

void TerminalView::setFontSize(qreal points) {
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setStyleHint(QFont::Monospace);
    font.setFixedPitch(true);
    font.setKerning(false);
    font.setPointSizeF(std::clamp(points, kSmallest, kLargest));
    const QFontMetricsF metrics(font);
    cellWidth_ = std::max(1, static_cast<int>(std::lround(metrics.horizontalAdvance(u'M'))));
    cellHeight_ = std::max(1, static_cast<int>(std::ceil(metrics.height())));
    ascent_ = static_cast<int>(std::lround(metrics.ascent()));
    font_ = inCells(font, cellWidth_);
    font.setBold(true);
    boldFont_ = inCells(font, cellWidth_);
    fitScreen();
    viewport()->update();
    updateGeometry();
}

void TerminalView::zoom(int steps) {
    setFontSize(pointSize() + steps);
}

void TerminalView::resetZoom() {
    setFontSize(kPointSize);
}

QSize TerminalView::sizeHint() const {
    return {80 * cellWidth_ + 2 * kMargin + verticalScrollBar()->sizeHint().width(),
            24 * cellHeight_ + 2 * kMargin};
}

void TerminalView::fitScreen() {
    // Before it has a place, it is as large as guests expect.
    if (!hasPlace_)
        return;
    screen_.resize((viewport()->height() - 2 * kMargin) / cellHeight_,
                   (viewport()->width() - 2 * kMargin) / cellWidth_);
    refresh();
}

void TerminalView::resizeEvent(QResizeEvent* event) {
    QAbstractScrollArea::resizeEvent(event);
    hasPlace_ = true;
    fitScreen();
}

// --- what is seen when

void TerminalView::schedule() {
    if (!isVisible() || refreshTimer_.isActive())
        return;
    const qint64 since = sinceRefresh_.isValid() ? sinceRefresh_.elapsed() : kFrame;
    refreshTimer_.start(static_cast<int>(std::clamp<qint64>(kFrame - since, 0, kFrame)));
}

void TerminalView::refresh() {
    if (!isVisible())
        return;
    sinceRefresh_.start();
    const TerminalDamage damage = screen_.takeDamage();
    QScrollBar* const bar = verticalScrollBar();
    const int before = bar->value();
    if (damage.scrolled) {
        const bool follows = followsEnd_;
        // What is read stays where it is while the oldest lines go.
        const auto gone =
            static_cast<int>(std::min<std::int64_t>(screen_.firstLine() - firstLine_, before));
        const QSignalBlocker quiet(bar);
        bar->setRange(0, screen_.scrollbackLines());
        bar->setPageStep(screen_.rows());
        bar->setValue(follows ? bar->maximum() : before - gone);
        followsEnd_ = bar->value() == bar->maximum();
        viewport()->update();
    }
    firstLine_ = screen_.firstLine();
    const int offset = screen_.scrollbackLines() - top();
    for (const TerminalDamage::Rows& rows : damage.rows)
        viewport()->update(rowArea(rows.first + offset) | rowArea(rows.last - 1 + offset));
    if (!damage.rows.empty())
        updateMicroFocus();
}

void TerminalView::showEvent(QShowEvent* event) {
    QAbstractScrollArea::showEvent(event);
    refresh();
    restartBlinking();
}

void TerminalView::hideEvent(QHideEvent* event) {
    QAbstractScrollArea::hideEvent(event);
    refreshTimer_.stop();
    blinkTimer_.stop();
}

void TerminalView::changeEvent(QEvent* event) {
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        viewport()->update();
}

void TerminalView::restartBlinking() {
    cursorPhase_ = true;
    const int time = QGuiApplication::styleHints()->cursorFlashTime() / 2;
    if (hasFocus() && isVisible() && time > 0)
        blinkTimer_.start(time);
    else
        blinkTimer_.stop();
    viewport()->update(cursorArea());
}

void TerminalView::blink() {
    const TerminalCursor cursor = screen_.cursor();
    if (!cursor.visible || (!cursor.blinks && cursorPhase_))
        return;
    cursorPhase_ = !cursorPhase_;
    viewport()->update(cursorArea());
}

void TerminalView::bell() {
    // A guest can ring as often as it likes.
    if (!isVisible() || (sinceBell_.isValid() && sinceBell_.elapsed() < kBellPause))
        return;
    sinceBell_.start();
    QApplication::beep();
}

void TerminalView::scrollToEnd() {
    verticalScrollBar()->setValue(verticalScrollBar()->maximum());
}

// --- painting

int TerminalView::top() const {
    return verticalScrollBar()->value();
}

QRect TerminalView::rowArea(int row) const {
    return {0, kMargin + row * cellHeight_, viewport()->width(), cellHeight_};
}

QRect TerminalView::cursorArea() const {
    const TerminalCursor cursor = screen_.cursor();
    const QRect row = rowArea(cursor.row + screen_.scrollbackLines() - top());
    return {kMargin + cursor.column * cellWidth_, row.y(), 2 * cellWidth_, cellHeight_};
}

void TerminalView::paintEvent(QPaintEvent* event) {
    QPainter painter(viewport());
    const TerminalColours colours(palette());
    for (const QRect& area : event->region())
        painter.fillRect(area, colours.ground());
    // Lines that have come since the last refresh are told of by the next.
    for (int row = 0; row < screen_.rows() && top() + row < screen_.lines(); ++row)
        if (event->region().intersects(rowArea(row)))
            paintRow(painter, colours, row);
    paintCursor(painter, colours);
    paintPreedit(painter, colours);
}

void TerminalView::paintRow(QPainter& painter, const TerminalColours& colours, int row) {
    screen_.readLine(top() + row, cells_);
    const TerminalSelection::Columns chosen = selection_.columns(screen_.firstLine() + top() + row);
    const auto isChosen = [&chosen](std::size_t column) {
        return static_cast<int>(column) >= chosen.from && static_cast<int>(column) < chosen.to;
    };
    const int y = rowArea(row).y();
    const std::size_t end = cells_.size();
    for (std::size_t from = 0; from < end;) {
        const TerminalStyle style = cells_[from].style;
        std::size_t to = from + 1;
        while (to < end && isChosen(to) == isChosen(from) &&
               (cells_[to].style == style || cells_[to].width == 0))
            ++to;
        TerminalColours::Pair pair = colours.of(style);
        if (isChosen(from))
            pair = {palette().color(QPalette::HighlightedText),
                    palette().color(QPalette::Highlight)};
        if (pair.ground != colours.ground())
            painter.fillRect(kMargin + static_cast<int>(from) * cellWidth_, y,
                             static_cast<int>(to - from) * cellWidth_, cellHeight_, pair.ground);
        paintCells(painter, style, row, from, to, pair.text);
        from = to;
    }
}

void TerminalView::paintCells(QPainter& painter, const TerminalStyle& style, int row,
                              std::size_t from, std::size_t to, const QColor& text) {
    const int y = rowArea(row).y();
    const auto x = [this](std::size_t column) {
        return kMargin + static_cast<int>(column) * cellWidth_;
    };
    painter.setPen(text);
    QFont font = style.bold ? boldFont_ : font_;
    if (style.italic)
        font.setItalic(true);
    painter.setFont(font);
    QString run;
    std::size_t runStart = from;
    const auto drawRun = [&] {
        if (!QStringView(run).trimmed().isEmpty())
            painter.drawText(x(runStart), y + ascent_, run);
        run.clear();
    };
    for (std::size_t column = from; column < to; ++column) {
        const TerminalCell& cell = cells_[column];
        if (cell.character < 0x80 && cell.width == 1 && cell.marks[0] == 0) {
            if (run.isEmpty())
                runStart = column;
            run += cell.character == 0 ? u' ' : QChar(static_cast<char16_t>(cell.character));
            continue;
        }
        drawRun();
        if (cell.width == 0)
            continue;
        // Each in its place: these may be of another font, and must not be turned around.
        QString glyph;
        glyph += QChar::fromUcs4(cell.character == 0 ? U' ' : cell.character);
        for (const char32_t mark : cell.marks)
            if (mark != 0)
                glyph += QChar::fromUcs4(mark);
        painter.drawText(x(column), y + ascent_, glyph);
    }
    drawRun();
    const int width = static_cast<int>(to - from) * cellWidth_;
    if (style.underline)
        painter.fillRect(x(from), y + std::min(ascent_ + 1, cellHeight_ - 1), width, 1, text);
    if (style.strike)
        painter.fillRect(x(from), y + ascent_ * 2 / 3, width, 1, text);
}

void TerminalView::paintCursor(QPainter& painter, const TerminalColours& colours) {
    const TerminalCursor cursor = screen_.cursor();
    const int row = cursor.row + screen_.scrollbackLines() - top();
    if (!cursor.visible || row < 0 || row >= screen_.rows() || (hasFocus() && !cursorPhase_))
        return;
    screen_.readLine(screen_.scrollbackLines() + cursor.row, cells_);
    const auto column = static_cast<std::size_t>(cursor.column);
    const TerminalCell& cell = cells_[column];
    const TerminalColours::Pair pair = colours.of(cell.style);
    QRect area(kMargin + cursor.column * cellWidth_, rowArea(row).y(),
               cellWidth_ * std::max<int>(cell.width, 1), cellHeight_);
    if (!hasFocus()) {
        painter.setPen(pair.text);
        painter.drawRect(area.adjusted(0, 0, -1, -1));
        return;
    }
    switch (cursor.shape) {
        case TerminalCursor::Shape::Block:
            painter.fillRect(area, pair.text);
            if (cell.width > 0)
                paintCells(painter, cell.style, row, column, column + 1, pair.ground);
            break;
        case TerminalCursor::Shape::Underline:
            area.setTop(area.bottom() - 1);
            painter.fillRect(area, pair.text);
            break;
        case TerminalCursor::Shape::Bar:
            area.setWidth(2);
            painter.fillRect(area, pair.text);
            break;
    }
}

void TerminalView::paintPreedit(QPainter& painter, const TerminalColours& colours) {
    if (preedit_.isEmpty())
        return;
    QRect area = cursorArea();
    painter.setFont(font_);
    area.setWidth(painter.fontMetrics().horizontalAdvance(preedit_));
    area.moveRight(std::min(area.right(), viewport()->width() - kMargin));
    painter.fillRect(area, colours.ground());
    painter.setPen(colours.text());
    painter.drawText(area.x(), area.y() + ascent_, preedit_);
    painter.fillRect(area.x(), area.bottom(), area.width(), 1, colours.text());
}

// --- keys and text

bool TerminalView::event(QEvent* event) {
    if (event->type() == QEvent::ShortcutOverride) {
        // Without this, keys that menus have would not reach the guest.
        if (!isWindowKey(*static_cast<QKeyEvent*>(event))) {
            event->accept();
            return true;
        }
    }
    return QAbstractScrollArea::event(event);
}

bool TerminalView::focusNextPrevChild(bool) {
    return false;
}

void TerminalView::keyPressEvent(QKeyEvent* event) {
    event->accept();
    QScrollBar* const bar = verticalScrollBar();
    switch (terminalCommand(*event)) {
        case TerminalCommand::None:
            break;
        case TerminalCommand::Copy:
            return copy();
        case TerminalCommand::Paste:
            return paste();
        case TerminalCommand::ZoomIn:
            return zoom(1);
        case TerminalCommand::ZoomOut:
            return zoom(-1);
        case TerminalCommand::ZoomReset:
            return resetZoom();
        case TerminalCommand::PageUp:
            return bar->triggerAction(QScrollBar::SliderPageStepSub);
        case TerminalCommand::PageDown:
            return bar->triggerAction(QScrollBar::SliderPageStepAdd);
        case TerminalCommand::ToTop:
            return bar->setValue(0);
        case TerminalCommand::ToBottom:
            return scrollToEnd();
        case TerminalCommand::Leave:
            QAbstractScrollArea::focusNextPrevChild(false);
            return;
    }
    if (isWindowKey(*event) || !sendKey(screen_, *event)) {
        event->ignore();
        return;
    }
    scrollToEnd();
    restartBlinking();
}

void TerminalView::inputMethodEvent(QInputMethodEvent* event) {
    viewport()->update(rowArea(screen_.cursor().row + screen_.scrollbackLines() - top()));
    preedit_ = event->preeditString();
    for (const char32_t one : event->commitString().toUcs4())
        screen_.character(one);
    if (!event->commitString().isEmpty())
        scrollToEnd();
    event->accept();
}

QVariant TerminalView::inputMethodQuery(Qt::InputMethodQuery query) const {
    switch (query) {
        case Qt::ImEnabled:
            return true;
        case Qt::ImCursorRectangle:
            return cursorArea().translated(viewport()->pos());
        case Qt::ImFont:
            return font_;
        case Qt::ImHints:
            return static_cast<int>(Qt::ImhNoAutoUppercase | Qt::ImhNoPredictiveText);
        default:
            return QAbstractScrollArea::inputMethodQuery(query);
    }
}

void TerminalView::focusInEvent(QFocusEvent* event) {
    QAbstractScrollArea::focusInEvent(event);
    screen_.focusChanged(true);
    restartBlinking();
}

void TerminalView::focusOutEvent(QFocusEvent* event) {
    QAbstractScrollArea::focusOutEvent(event);
    screen_.focusChanged(false);
    restartBlinking();
}

// --- copy and paste

void TerminalView::selectAll() {
    selection_.all(screen_);
    selected();
}

void TerminalView::copy() const {
    const QString text = selectedText();
    if (!text.isEmpty())
        QGuiApplication::clipboard()->setText(text);
}

void TerminalView::paste() {
    pasteText(QGuiApplication::clipboard()->text());
}

void TerminalView::typeClipboard() {
    screen_.type(QGuiApplication::clipboard()->text());
    scrollToEnd();
}

void TerminalView::pasteText(const QString& text) {
    if (text.isEmpty())
        return;
    screen_.paste(text);
    scrollToEnd();
}

// --- mouse

bool TerminalView::guestHasMouse(Qt::KeyboardModifiers modifiers) const {
    return screen_.mouse() != TerminalScreen::Mouse::Unwanted && !(modifiers & Qt::ShiftModifier);
}

TerminalPosition TerminalView::cellAt(const QPointF& point) const {
    const auto row = static_cast<int>(std::floor((point.y() - kMargin) / cellHeight_));
    const auto column = static_cast<int>(std::floor((point.x() - kMargin) / cellWidth_));
    return {std::clamp(row, 0, screen_.rows() - 1), std::clamp(column, 0, screen_.columns() - 1)};
}

TerminalPosition TerminalView::positionAt(const QPointF& point) const {
    TerminalPosition position = cellAt(point);
    position.line += screen_.firstLine() + top();
    if (unit_ == TerminalSelection::Unit::Character)
        position.column =
            std::clamp(static_cast<int>(std::lround((point.x() - kMargin) / cellWidth_)), 0,
                       screen_.columns());
    return position;
}

void TerminalView::beginSelection(const QPointF& point, TerminalSelection::Unit unit) {
    unit_ = unit;
    selecting_ = true;
    selection_.begin(screen_, positionAt(point), unit);
    selected();
}

void TerminalView::selected() {
    viewport()->update();
    emit selectionChanged();
}

void TerminalView::mousePressEvent(QMouseEvent* event) {
    const QPointF point = event->position();
    if (guestHasMouse(event->modifiers())) {
        const TerminalPosition cell = cellAt(point);
        if (const int button = buttonNumber(event->button()))
            screen_.mouseButton(button, true, static_cast<int>(cell.line), cell.column,
                                event->modifiers());
        return;
    }
    if (event->button() == Qt::LeftButton) {
        const bool third = sinceDoubleClick_.isValid() &&
                           sinceDoubleClick_.elapsed() < QApplication::doubleClickInterval();
        sinceDoubleClick_.invalidate();
        beginSelection(point,
                       third ? TerminalSelection::Unit::Line : TerminalSelection::Unit::Character);
    } else if (event->button() == Qt::MiddleButton) {
        const QClipboard* const clipboard = QGuiApplication::clipboard();
        pasteText(clipboard->text(clipboard->supportsSelection() ? QClipboard::Selection
                                                                 : QClipboard::Clipboard));
    }
}

void TerminalView::mouseDoubleClickEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || guestHasMouse(event->modifiers()))
        return mousePressEvent(event);
    sinceDoubleClick_.start();
    beginSelection(event->position(), TerminalSelection::Unit::Word);
}

void TerminalView::mouseMoveEvent(QMouseEvent* event) {
    if (selecting_) {
        const qreal y = event->position().y();
        if (y < 0 || y > viewport()->height())
            verticalScrollBar()->setValue(top() + (y < 0 ? -1 : 1));
        selection_.extend(screen_, positionAt(event->position()));
        selected();
    } else if (guestHasMouse(event->modifiers())) {
        const TerminalPosition cell = cellAt(event->position());
        screen_.mouseMoved(static_cast<int>(cell.line), cell.column, event->modifiers());
    }
}

void TerminalView::mouseReleaseEvent(QMouseEvent* event) {
    if (selecting_ && event->button() == Qt::LeftButton) {
        selecting_ = false;
        QClipboard* const clipboard = QGuiApplication::clipboard();
        if (clipboard->supportsSelection() && hasSelection())
            clipboard->setText(selectedText(), QClipboard::Selection);
    } else if (guestHasMouse(event->modifiers())) {
        const TerminalPosition cell = cellAt(event->position());
        if (const int button = buttonNumber(event->button()))
            screen_.mouseButton(button, false, static_cast<int>(cell.line), cell.column,
                                event->modifiers());
    }
}

void TerminalView::wheelEvent(QWheelEvent* event) {
    if (event->modifiers() & Qt::ControlModifier) {
        if (event->angleDelta().y() != 0)
            zoom(event->angleDelta().y() > 0 ? 1 : -1);
        return;
    }
    const bool guest = guestHasMouse(event->modifiers());
    if (!guest && !screen_.isOtherScreen())
        return QAbstractScrollArea::wheelEvent(event);
    wheelRest_ += event->angleDelta().y();
    const TerminalPosition cell = cellAt(event->position());
    for (; std::abs(wheelRest_) >= kWheelStep;
         wheelRest_ -= wheelRest_ > 0 ? kWheelStep : -kWheelStep) {
        const bool up = wheelRest_ > 0;
        if (guest)
            screen_.mouseButton(up ? 4 : 5, true, static_cast<int>(cell.line), cell.column,
                                event->modifiers());
        else
            // A program that fills the screen has no scrollback to move in, but keys.
            for (int line = 0; line < kLinesPerStep; ++line)
                screen_.key(up ? TerminalKey::Up : TerminalKey::Down);
    }
    event->accept();
}

void TerminalView::contextMenuEvent(QContextMenuEvent* event) {
    if (event->reason() == QContextMenuEvent::Mouse && guestHasMouse(event->modifiers()))
        return;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setObjectName(QStringLiteral("terminalMenu"));
    menu->addAction(tr("&Copy"), this, &TerminalView::copy)->setEnabled(hasSelection());
    menu->addAction(tr("&Paste"), this, &TerminalView::paste)
        ->setEnabled(!QGuiApplication::clipboard()->text().isEmpty());
    menu->addAction(tr("Select &All"), this, &TerminalView::selectAll);
    menu->addSeparator();
    menu->addAction(tr("Zoom &In"), this, [this] { zoom(1); });
    menu->addAction(tr("Zoom &Out"), this, [this] { zoom(-1); });
    menu->addAction(tr("&Reset Zoom"), this, &TerminalView::resetZoom);
    menu->popup(event->globalPos());
}

}  // namespace gui
