// SPDX-License-Identifier: GPL-3.0-or-later
#include "screen_text.h"

namespace tests {

namespace {

constexpr int kWidth = 8;
constexpr int kHeight = 16;
constexpr char16_t kFirst = u' ';
constexpr char16_t kLast = u'~';

}  // namespace

QByteArray ScreenText::cell(const QImage& picture, int row, int column) {
    QByteArray bits;
    for (int y = 0; y < kHeight; ++y)
        for (int x = 0; x < kWidth; ++x)
            bits.append(qGray(picture.pixel(column * kWidth + x, row * kHeight + y)) > 64 ? '1'
                                                                                          : '0');
    return bits;
}

std::optional<ScreenText> ScreenText::learn(const QImage& picture, int row) {
    if (picture.width() < (kLast - kFirst + 1) * kWidth || picture.height() < (row + 1) * kHeight)
        return std::nullopt;
    ScreenText text;
    for (char16_t character = kFirst; character <= kLast; ++character)
        text.characters_.insert(cell(picture, row, character - kFirst), QChar(character));
    if (text.characters_.size() != kLast - kFirst + 1)
        return std::nullopt;
    return text;
}

QString ScreenText::read(const QImage& picture, int row) const {
    QString line;
    for (int column = 0; column < picture.width() / kWidth; ++column)
        line += characters_.value(cell(picture, row, column), QChar(u'?'));
    while (line.endsWith(QChar(u' ')))
        line.chop(1);
    return line;
}

}  // namespace tests
