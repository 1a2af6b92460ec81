// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph_axes.h"

#include <qcustomplot.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "counter_text.h"
#include "gui/appearance/colours.h"

namespace gui {

namespace {

/// Figures in the locale's way, at round steps.
class FigureTicker final : public QCPAxisTicker {
  public:
    void setStep(double step) { step_ = step; }

  protected:
    double getTickStep(const QCPRange& range) override {
        return step_ > 0 ? step_ : QCPAxisTicker::getTickStep(range);
    }
    int getSubTickCount(double) override { return 0; }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override {
        return axisText(tick);
    }

  private:
    double step_ = 0;
};

/// Times at round seconds, minutes and hours of the local time.
class ClockTicker final : public QCPAxisTickerDateTime {
  protected:
    int getSubTickCount(double) override { return 0; }
};

/// Of the locale's way to write a time.
QString clockFormat(bool withSeconds) {
    QString format = QLocale().timeFormat(QLocale::ShortFormat);
    // Some have seconds even in their short one.
    format.remove(QLatin1String(":ss"));
    if (withSeconds)
        format.replace(QLatin1String("mm"), QLatin1String("mm:ss"));
    // The library's letters for the half of the day.
    return format.replace(QLatin1String("Ap"), QLatin1String("AP"));
}

constexpr double kMilliseconds = 1e-3;
constexpr std::int64_t kShowSeconds = 150'000;

}  // namespace

void prepareAxes(QCustomPlot& plot, GraphLook look) {
    plot.setNoAntialiasingOnDrag(false);
    plot.plotLayout()->setRowSpacing(0);
    QCPAxisRect& rectangle = *plot.axisRect();
    rectangle.setupFullAxesBox(false);
    plot.xAxis->setTicker(QSharedPointer<ClockTicker>::create());
    plot.yAxis->setTicker(QSharedPointer<FigureTicker>::create());
    for (QCPAxis* const axis : {plot.xAxis, plot.yAxis, plot.xAxis2, plot.yAxis2}) {
        axis->setVisible(true);
        axis->setTicks(axis == plot.xAxis || axis == plot.yAxis);
        axis->setTickLength(0);
        axis->setSubTicks(false);
        axis->setTickLabels(look != GraphLook::Small && axis->ticks());
        axis->setTickLabelPadding(axis == plot.xAxis ? 4 : 6);
        axis->grid()->setSubGridVisible(false);
        axis->grid()->setZeroLinePen(Qt::NoPen);
        axis->setLayer(QStringLiteral("axes"));
    }
    plot.xAxis->grid()->setVisible(false);
    if (look == GraphLook::Small) {
        rectangle.setAutoMargins(QCP::msNone);
        rectangle.setMargins(QMargins(1, 1, 1, 1));
    }
}

void dressAxes(QCustomPlot& plot, GraphLook look, const QPalette& palette, const QFont& font,
               bool focused) {
    const Colours colours = Colours::of(palette);
    plot.setBackground(QBrush(palette.color(QPalette::Base)));
    QFont small = font;
    if (font.pointSizeF() > 0)
        small.setPointSizeF(font.pointSizeF() * 0.86);
    const QPen frame = focused                   ? QPen(colours.accent, 1)
                       : look == GraphLook::Open ? QPen(Qt::NoPen)
                                                 : QPen(colours.separator, 1);
    for (QCPAxis* const axis : {plot.xAxis, plot.yAxis, plot.xAxis2, plot.yAxis2}) {
        axis->setBasePen(frame);
        axis->setTickPen(Qt::NoPen);
        axis->setTickLabelFont(small);
        axis->setTickLabelColor(colours.faint);
        axis->grid()->setPen(QPen(colours.grid, 1));
    }
    if (look == GraphLook::Small)
        return;
    // All alike, so that graphs under each other begin at the same place.
    const QFontMetrics metrics(small);
    plot.axisRect()->setMinimumMargins(
        QMargins(metrics.horizontalAdvance(QStringLiteral("000 k")) + 8, metrics.height() / 2 + 1,
                 metrics.horizontalAdvance(QStringLiteral("00")), metrics.height() + 5));
}

void setTimeSpan(QCustomPlot& plot, const TimeSpan& span) {
    plot.xAxis->setRange(static_cast<double>(span.from) * kMilliseconds,
                         static_cast<double>(span.to) * kMilliseconds);
    const auto ticker = plot.xAxis->ticker().dynamicCast<QCPAxisTickerDateTime>();
    const bool seconds = span.length() < kShowSeconds;
    ticker->setDateTimeFormat(clockFormat(seconds));
    const int label =
        QFontMetrics(plot.xAxis->tickLabelFont()).horizontalAdvance(QStringLiteral("00:00:00"));
    const int fitting = std::clamp(plot.axisRect()->width() / (label * 2), 2, 8);
    // Labels without seconds stand at whole minutes only.
    const auto minutes = static_cast<int>(std::min<std::int64_t>(span.length() / 60'000, 8));
    ticker->setTickCount(seconds ? fitting : std::min(fitting, minutes));
}

void setFigures(QCustomPlot& plot, double from, double to, bool percent) {
    plot.yAxis->setRange(from, to);
    const auto ticker = plot.yAxis->ticker().dynamicCast<FigureTicker>();
    const int labels = std::max(
        2, plot.axisRect()->height() / (QFontMetrics(plot.yAxis->tickLabelFont()).height() * 2));
    if (percent)
        ticker->setStep((to - from) / (labels >= 4 || !plot.yAxis->tickLabels() ? 4 : 2));
    else
        ticker->setStep(0);
    ticker->setTickCount(std::min(labels, 5));
}

double roundedUp(double most) {
    if (!(most > 0) || !std::isfinite(most))
        return 1;
    // Room over the highest point, so that it is seen as one.
    const double wanted = most * 1.05;
    const double power = std::pow(10, std::floor(std::log10(wanted)));
    for (const double step : {1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0})
        if (wanted <= step * power)
            return step * power;
    return 10 * power;
}

}  // namespace gui
