// SPDX-License-Identifier: GPL-3.0-or-later
#include "icons.h"

#include <QApplication>
#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QSvgRenderer>

#include "colours.h"

namespace gui {

namespace {

class TintedEngine final : public QIconEngine {
  public:
    TintedEngine(QString name, IconTone tone) : name_(std::move(name)), tone_(tone) {
        QFile file(QStringLiteral(":/icons/%1.svg").arg(name_));
        if (file.open(QIODevice::ReadOnly))
            source_ = file.readAll();
    }

    void paint(QPainter* painter, const QRect& place, QIcon::Mode mode, QIcon::State) override {
        QByteArray drawing = source_;
        drawing.replace("currentColor", colour(mode).name(QColor::HexRgb).toLatin1());
        QSvgRenderer renderer(drawing);
        const int side = std::min(place.width(), place.height());
        QRectF square(0, 0, side, side);
        square.moveCenter(QRectF(place).center());
        if (mode == QIcon::Disabled)
            painter->setOpacity(painter->opacity() * 0.55);
        renderer.render(painter, square);
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
        QPixmap picture(size);
        picture.fill(Qt::transparent);
        QPainter painter(&picture);
        paint(&painter, picture.rect(), mode, state);
        return picture;
    }
    [[nodiscard]] QIconEngine* clone() const override { return new TintedEngine(*this); }

  private:
    [[nodiscard]] QColor colour(QIcon::Mode mode) const {
        const QPalette palette = QApplication::palette();
        const Colours colours = Colours::of(palette);
        if (mode == QIcon::Disabled)
            return colours.faint;
        switch (tone_) {
            case IconTone::Text:
                return palette.color(QPalette::Text);
            case IconTone::Accent:
                return colours.accent;
            case IconTone::Good:
                return colours.good;
            case IconTone::Warning:
                return colours.warning;
            case IconTone::Bad:
                return colours.bad;
        }
        return {};
    }

    QString name_;
    IconTone tone_;
    QByteArray source_;
};

}  // namespace

QIcon icon(const QString& name, IconTone tone) {
    return QIcon(new TintedEngine(name, tone));
}

}  // namespace gui
