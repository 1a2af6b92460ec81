// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractScrollArea>
#include <QByteArray>
#include <QElapsedTimer>
#include <QFont>
#include <QString>
#include <QTimer>
#include <cstdint>
#include <vector>

#include "terminal_screen.h"
#include "terminal_selection.h"

namespace gui {

class TerminalColours;

/// A terminal to look at and to type into.
///
/// All keys are the guest's, Tab and Alt too, but for those of terminal_keys.h: Ctrl+Shift+Tab
/// leaves. While the guest wants the mouse, Shift takes it back for selecting.
///
/// Paints the lines that have changed, at most 60 times a second, and nothing while hidden.
class TerminalView final : public QAbstractScrollArea {
    Q_OBJECT

  public:
    static constexpr qreal kPointSize = 10;

    explicit TerminalView(QWidget* parent = nullptr);
    ~TerminalView() override;

    [[nodiscard]] TerminalScreen& screen() { return screen_; }
    [[nodiscard]] const TerminalScreen& screen() const { return screen_; }

    /// What the guest has written.
    void feed(const QByteArray& bytes);
    /// Another guest, or the same from the beginning.
    void clear();

    [[nodiscard]] bool hasSelection() const { return !selection_.isEmpty(); }
    [[nodiscard]] QString selectedText() const { return selection_.text(screen_); }
    void selectAll();
    void copy() const;
    void paste();
    /// As if typed, without the brackets that a guest may want around what is pasted.
    void typeClipboard();

    [[nodiscard]] qreal pointSize() const { return font_.pointSizeF(); }
    void zoom(int steps);
    void resetZoom();

    /// Enough for 24 lines of 80 characters.
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QVariant inputMethodQuery(Qt::InputMethodQuery query) const override;

  signals:
    /// Bytes for the guest.
    void output(const QByteArray& bytes);
    void titleChanged(const QString& title);
    void selectionChanged();

  protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void inputMethodEvent(QInputMethodEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    bool focusNextPrevChild(bool next) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

  private:
    void setFontSize(qreal points);
    void fitScreen();
    void schedule();
    void refresh();
    void restartBlinking();
    void blink();
    void bell();
    void scrollToEnd();

    [[nodiscard]] int top() const;
    [[nodiscard]] QRect rowArea(int row) const;
    [[nodiscard]] QRect cursorArea() const;
    void paintRow(QPainter& painter, const TerminalColours& colours, int row);
    void paintCells(QPainter& painter, const TerminalStyle& style, int row, std::size_t from,
                    std::size_t to, const QColor& text);
    void paintCursor(QPainter& painter, const TerminalColours& colours);
    void paintPreedit(QPainter& painter, const TerminalColours& colours);

    [[nodiscard]] bool guestHasMouse(Qt::KeyboardModifiers modifiers) const;
    /// The screen's cell below a point, or the nearest.
    [[nodiscard]] TerminalPosition cellAt(const QPointF& point) const;
    /// In all lines, between two cells for characters.
    [[nodiscard]] TerminalPosition positionAt(const QPointF& point) const;
    void beginSelection(const QPointF& point, TerminalSelection::Unit unit);
    void selected();
    void pasteText(const QString& text);

    TerminalScreen screen_;
    bool hasPlace_ = false;
    QFont font_;
    QFont boldFont_;
    int cellWidth_ = 8;
    int cellHeight_ = 16;
    int ascent_ = 12;
    /// Of the line that is being painted; kept for its memory.
    std::vector<TerminalCell> cells_;

    QTimer refreshTimer_;
    QElapsedTimer sinceRefresh_;
    std::int64_t firstLine_ = 0;
    bool followsEnd_ = true;

    QTimer blinkTimer_;
    bool cursorPhase_ = true;
    QElapsedTimer sinceBell_;
    QString preedit_;

    TerminalSelection selection_;
    TerminalSelection::Unit unit_ = TerminalSelection::Unit::Character;
    bool selecting_ = false;
    QElapsedTimer sinceDoubleClick_;
    int wheelRest_ = 0;
};

}  // namespace gui
