// SPDX-License-Identifier: GPL-3.0-or-later
#include "screen_text.h"

namespace tests {

namespace {

constexpr int kGlyphWidth = 8;
constexpr int kHeight = 16;
constexpr char16_t kFirst = u' ';
constexpr char16_t kLast = u'~';

}  // namespace

QByteArray ScreenText::cell(const QImage& picture, int row, int column) const {
    QByteArray bits;
    const int left = column * width_;
    const int top = row * kHeight;
    const QRgb background = picture.pixel(left, top);
    for (int y = 0; y < kHeight; ++y) {
        unsigned line = 0;
        for (int x = 0; x < kGlyphWidth; ++x)
            line = line << 1 | (picture.pixel(left + x, top + y) != background);
        bits.append(static_cast<char>(line));
    }
    return bits;
}

std::optional<ScreenText> ScreenText::learn(const QImage& picture, int row) {
    if (picture.width() < (kLast - kFirst + 1) * kGlyphWidth ||
        picture.height() < (row + 1) * kHeight)
        return std::nullopt;
    ScreenText text(kGlyphWidth);
    for (char16_t character = kFirst; character <= kLast; ++character)
        text.characters_.insert(text.cell(picture, row, character - kFirst), QChar(character));
    if (text.characters_.size() != kLast - kFirst + 1)
        return std::nullopt;
    return text;
}

std::optional<ScreenText> ScreenText::ofVideoBios(const QByteArray& bios, int width) {
    const QByteArray letter = QByteArray::fromHex("000010386cc6c6fec6c6c6c600000000");
    constexpr qsizetype kLetter = u'A';
    const qsizetype font = bios.indexOf(letter) - kLetter * kHeight;
    if (font < 0 || font + (kLast + 1) * kHeight > bios.size())
        return std::nullopt;
    ScreenText text(width);
    for (char16_t character = kFirst; character <= kLast; ++character)
        text.characters_.insert(bios.mid(font + character * kHeight, kHeight), QChar(character));
    return text;
}

QString ScreenText::read(const QImage& picture, int row) const {
    QString line;
    for (int column = 0; column < picture.width() / width_; ++column)
        line += characters_.value(cell(picture, row, column), QChar(u'?'));
    while (line.endsWith(QChar(u' ')))
        line.chop(1);
    return line;
}

QString ScreenText::read(const QImage& picture) const {
    QString lines;
    for (int row = 0; row < picture.height() / kHeight; ++row)
        lines += read(picture, row) + QChar(u'\n');
    return lines;
}

}  // namespace tests
