// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>
#include <QWidget>
#include <map>

class QLabel;

namespace gui {

/// A curve's name and newest figure; pressed, the curve goes or comes.
class LegendEntry final : public QAbstractButton {
    Q_OBJECT

  public:
    LegendEntry(const QString& name, QWidget* parent);

    void setName(const QString& name);
    void setValue(const QString& value);
    void setColour(const QColor& colour);
    [[nodiscard]] QSize sizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    void textChanged();

    QString name_;
    QString value_;
    QColor colour_;
    /// Does not shrink, so that the legend does not move with each figure.
    int width_ = 0;
};

/// All of a graph's, and a remark behind them.
class GraphLegend final : public QWidget {
    Q_OBJECT

  public:
    explicit GraphLegend(QWidget* parent);

    void add(int curve, const QString& name);
    void remove(int curve);
    [[nodiscard]] LegendEntry* entry(int curve) const;
    void setNote(const QString& note);

  signals:
    void toggled(int curve, bool shown);

  private:
    std::map<int, LegendEntry*> entries_;
    QLabel* note_;
};

}  // namespace gui
