// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QImage>
#include <QTimer>
#include <QWidget>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "counter_series.h"
#include "graph_shape.h"
#include "time_range.h"
#include "time_window.h"

class QCustomPlot;
class QIODevice;

namespace gui {

class CursorBox;
class GraphCurves;
class GraphItems;
class GraphLegend;

/// Curves over time that move as time goes on, can be paused, zoomed and looked back at, and are
/// read with a cursor. Draws when something has changed and it is seen, at most 60 times a second.
///
/// Keys: Left and Right move the cursor (with Ctrl in large steps), Home and End take it to the
/// edges, Escape away; + and - zoom at the cursor, 0 shows everything again, Space pauses.
///
/// Thread safety: the GUI's thread.
class Graph final : public QWidget {
    Q_OBJECT

  public:
    /// `title` is its accessible name.
    Graph(GraphLook look, const QString& title, QWidget* parent = nullptr);
    ~Graph() override;

    [[nodiscard]] QString title() const { return accessibleName(); }
    void setTitle(const QString& title);
    /// After figures: " %".
    void setUnit(const QString& unit);
    void setFixedRange(double from, double to);
    /// From zero to what the highest curve needs. So at first.
    void setAutomaticRange();
    void setLevels(std::vector<GraphLevel> levels);
    /// Behind the legend's entries.
    void setNote(const QString& note);
    /// In the lower right corner.
    void setCornerText(const QString& text);

    /// Its number. `colour` is an index of curveColour().
    int addCurve(const QString& name, std::size_t colour, GraphShape shape);
    void removeCurve(int curve);
    void renameCurve(int curve, const QString& name);
    void setCurveShown(int curve, bool shown);
    [[nodiscard]] bool isCurveShown(int curve) const;

    // Figures of curves that are not there (any more) are dropped.
    void append(int curve, std::int64_t time, std::optional<double> value);
    void beginLive(int curve);
    void mergeHistory(int curve, std::span<const CounterPoint> history, std::int64_t step);
    void clearFigures();

    [[nodiscard]] const TimeWindow& window() const { return window_; }
    void setTimeRange(TimeRange range);
    void setPaused(bool paused);
    void resetZoom();
    [[nodiscard]] TimeSpan seen() const;

    /// Somebody can see it: not hidden, not minimized.
    [[nodiscard]] bool isShown() const { return shown_; }
    /// How often it has been drawn.
    [[nodiscard]] std::size_t draws() const { return draws_; }
    [[nodiscard]] const GraphCurves& curves() const { return *curves_; }
    /// As it is now, with its legend.
    [[nodiscard]] QImage picture();

    [[nodiscard]] QSize sizeHint() const override;

  signals:
    void shownChanged(bool shown);
    void timeRangeChanged();
    void pausedChanged(bool paused);
    /// Zoomed, panned, or no more.
    void movedChanged(bool moved);
    /// Something that was asked for could not be done; a sentence.
    void failed(const QString& problem);

  protected:
    bool event(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

  private:
    /// Draws soon.
    void schedule();
    void draw();
    void scrollOn();
    void dress();
    void refreshLegend();
    void setShown(bool shown);

    [[nodiscard]] std::int64_t timeAt(int x) const;
    [[nodiscard]] bool isInPlot(const QPoint& place) const;
    void placeCursor(std::optional<std::int64_t> time);
    void showCursor();
    void moveCursor(int pixels);
    void zoom(double factor, std::int64_t anchor);
    void windowChanged(bool movedBefore);

    const GraphLook look_;
    QCustomPlot* plot_;
    std::unique_ptr<GraphCurves> curves_;
    std::unique_ptr<GraphItems> items_;
    GraphLegend* legend_;
    CursorBox* box_;
    QString unit_;
    /// Nothing: automatic.
    std::optional<std::pair<double, double>> fixedRange_;
    double levelMost_ = 0;

    TimeWindow window_;
    std::optional<std::int64_t> cursor_;
    /// Where the mouse is: the cursor stays there while curves move under it.
    std::optional<int> mouse_;
    std::optional<int> dragged_;

    bool shown_ = false;
    bool stale_ = true;
    std::size_t draws_ = 0;
    QTimer drawing_;
    QTimer scrolling_;
    QElapsedTimer sinceDraw_;
    /// What drawing once costs, in milliseconds.
    double cost_ = 0;
};

}  // namespace gui
