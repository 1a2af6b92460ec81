// SPDX-License-Identifier: GPL-3.0-or-later
#include "screen_viewer.h"

#include <QPainter>

namespace tests {

ScreenViewer::ScreenViewer(const QString& socket) : client_(socket) {
    connect(&client_, &gui::ScreenClient::shown, this,
            [this](const QImage& piece, const QPoint& at, const QSize& size) {
                if (picture_.size() != size) {
                    picture_ = QImage(size, QImage::Format_RGB32);
                    picture_.fill(Qt::black);
                }
                QPainter(&picture_).drawImage(at, piece);
                ++pieces_;
                client_.taken();
            });
    connect(&client_, &gui::ScreenClient::ended, this, [this](const QString& problem) {
        hasEnded_ = true;
        qInfo("the screen's connection has ended: %s", qPrintable(problem));
    });
    client_.start();
}

void ScreenViewer::type(const QString& text) {
    for (const gui::ScreenStroke& stroke : gui::strokesOfText(text))
        client_.send(stroke);
}

void ScreenViewer::point(int x, int y, std::uint8_t buttons) {
    client_.send(gui::ScreenPointer{{x, y}, buttons});
}

}  // namespace tests
