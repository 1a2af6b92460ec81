// SPDX-License-Identifier: GPL-3.0-or-later
#include "style.h"

#include <QApplication>
#include <QFontDatabase>
#include <QPalette>
#include <QStyle>

#include "colours.h"
#include "vireo_style.h"

namespace gui {

namespace {

struct Shade {
    QRgb light;
    QRgb dark;
    [[nodiscard]] QColor of(bool isDark) const { return QColor(isDark ? dark : light); }
};
struct RoleShade {
    QPalette::ColorRole role;
    Shade shade;
};

constexpr RoleShade kShades[]{
    {QPalette::Window, {0xF5F7FA, 0x22262C}},
    {QPalette::WindowText, {0x1B1F24, 0xE4E8ED}},
    {QPalette::Base, {0xFFFFFF, 0x1B1E23}},
    {QPalette::AlternateBase, {0xF7F9FB, 0x20242A}},
    {QPalette::Text, {0x1B1F24, 0xE4E8ED}},
    {QPalette::PlaceholderText, {0x7B8490, 0x8A939F}},
    {QPalette::Button, {0xFDFDFE, 0x2B3038}},
    {QPalette::ButtonText, {0x1B1F24, 0xE4E8ED}},
    {QPalette::BrightText, {0xFFFFFF, 0xFFFFFF}},
    {QPalette::Highlight, {0xCFE3F8, 0x244A73}},
    {QPalette::HighlightedText, {0x101419, 0xF4F7FA}},
    {QPalette::Link, {0x1F6FC5, 0x5AA7F2}},
    {QPalette::LinkVisited, {0x5B4BA8, 0xB48AE8}},
    {QPalette::ToolTipBase, {0xFFFFFF, 0x2B3038}},
    {QPalette::ToolTipText, {0x1B1F24, 0xE4E8ED}},
    {QPalette::Mid, {0xB4BCC6, 0x555E69}},
};
constexpr Shade kDisabledText{0x8D95A0, 0x7C8591};
constexpr Shade kDisabledBase{0xF3F5F8, 0x21252B};

QPalette paletteOf(bool dark) {
    QPalette palette;
    for (const auto& [role, shade] : kShades)
        palette.setColor(role, shade.of(dark));
    for (const auto role : {QPalette::Text, QPalette::WindowText, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, kDisabledText.of(dark));
    palette.setColor(QPalette::Disabled, QPalette::Base, kDisabledBase.of(dark));
    return palette;
}

/// What Fusion draws in another way. All colours are the palette's.
QString sheet(const QPalette& palette) {
    const Colours colours = Colours::of(palette);
    const auto name = [](const QColor& colour) { return colour.name(QColor::HexRgb); };
    QString text = QStringLiteral(
        "QToolBar { background: @header; border: 0; border-bottom: 1px solid @line; spacing: 2px;"
        " padding: 3px 6px; }"
        "QToolBar::separator { background: @line; width: 1px; margin: 4px 6px; }"
        "QToolButton { border: 1px solid transparent; border-radius: 3px; padding: 4px; }"
        "QToolButton:hover:enabled, QToolButton:focus { background: @hover; }"
        "QToolButton:checked, QToolButton:pressed { background: @select; }"
        "QToolButton[paneEntry=\"true\"] { border: 0; border-radius: 0; text-align: left;"
        " padding: 3px 10px 3px 12px; }"
        "QToolButton[paneEntry=\"true\"]::menu-indicator { image: none; }"
        "QMenuBar { background: @base; border-bottom: 1px solid @line; }"
        "QMenuBar::item { padding: 5px 10px; background: transparent; }"
        "QMenuBar::item:selected { background: @hover; }"
        "QStatusBar { background: @header; border-top: 1px solid @line; }"
        "QStatusBar::item { border: 0; }"
        "QHeaderView { background: @base; }"
        "QHeaderView::section { background: @base; color: @faint; border: 0;"
        " border-right: 1px solid @line; border-bottom: 1px solid @line; padding: 5px 8px; }"
        "QTreeView, QListView, QTableView { border: 0; outline: 0; }"
        "QSplitter::handle { background: @line; }"
        "QTabWidget::pane { border: 0; border-top: 1px solid @line; }"
        "QTabBar::tab { padding: 6px 12px; border: 0; border-bottom: 2px solid transparent;"
        " background: transparent; color: @faint; }"
        "QTabBar::tab:selected { color: @text; border-bottom: 2px solid @accent; }"
        "QTabBar::tab:hover:enabled { background: @hover; }"
        "QPushButton { min-height: 20px; min-width: 64px; padding: 3px 12px; border-radius: 3px;"
        " border: 1px solid @edge; background: @button; }"
        "QPushButton:hover:enabled { border-color: @accent; }"
        "QPushButton { outline: none; }"
        "QPushButton:focus { border-color: @accent; }"
        "QPushButton:pressed { background: @select; }"
        "QPushButton:disabled { color: @faint; border-color: @line; }"
        "QPushButton:default:enabled { background: @accent; border-color: @accent;"
        " color: @onaccent; }"
        "QPushButton:default:hover:enabled { background: @accentdark; }"
        "QPushButton:default:focus { border-color: @text; }"
        "QLineEdit, QPlainTextEdit, QTextEdit { border: 1px solid @edge; border-radius: 2px;"
        " padding: 3px 5px; background: @base; selection-background-color: @select;"
        " selection-color: @selecttext; }"
        "QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus { border-color: @accent; }"
        "QLineEdit:disabled, QPlainTextEdit:disabled { background: @side; color: @faint;"
        " border-color: @line; }"
        "QLineEdit[readOnly=\"true\"] { background: @side; border-color: @line; }"
        "QGroupBox { border: 1px solid @line; border-radius: 3px; margin-top: 8px;"
        " padding: 14px 10px 8px 10px; font-weight: 600; }"
        "QGroupBox::title { subcontrol-origin: padding; subcontrol-position: top left;"
        " left: 10px; top: 4px; }"
        "QToolTip { border: 1px solid @line; padding: 3px; }");
    const std::initializer_list<std::pair<const char*, QColor>> roles{
        {"@header", colours.header},
        {"@line", colours.separator},
        {"@hover", colours.dark ? QColor(0x2F, 0x36, 0x40) : QColor(0xE6, 0xEE, 0xF7)},
        {"@selecttext", palette.color(QPalette::HighlightedText)},
        {"@select", palette.color(QPalette::Highlight)},
        {"@base", palette.color(QPalette::Base)},
        {"@faint", colours.faint},
        {"@text", palette.color(QPalette::Text)},
        {"@accentdark", colours.accent.darker(112)},
        {"@accent", colours.accent},
        {"@onaccent", colours.dark ? QColor(0x10, 0x16, 0x1D) : QColor(Qt::white)},
        {"@edge", palette.color(QPalette::Mid)},
        {"@button", palette.color(QPalette::Button)},
        {"@side", colours.side},
    };
    for (const auto& [role, colour] : roles)
        text.replace(QLatin1String(role), name(colour));
    return text;
}

/// As Windows' consoles have it, or the nearest that there is.
QFont interfaceFont(QFont font) {
    const QStringList families = QFontDatabase::families();
    for (const char* const family : {"Segoe UI", "Open Sans", "Noto Sans"})
        if (families.contains(QLatin1String(family))) {
            font.setFamily(QLatin1String(family));
            break;
        }
    if (font.pointSizeF() < 9)
        font.setPointSizeF(9);
    return font;
}

}  // namespace

void applyStyle(QApplication& application, ColourScheme scheme, WidgetStyle widgets) {
    // Asked before anything is changed: the desktop's own.
    static const bool systemIsDark =
        application.palette().color(QPalette::Window).lightness() < 128;
    static const QString systemStyle = QApplication::style()->objectName();
    static const QFont systemFont = QApplication::font();
    if (widgets == WidgetStyle::Desktop) {
        application.setStyleSheet(QString());
        QApplication::setStyle(systemStyle);
        QApplication::setPalette(QPalette());
        QApplication::setFont(systemFont);
        return;
    }
    const bool dark =
        scheme == ColourScheme::Dark || (scheme == ColourScheme::System && systemIsDark);
    const QPalette palette = paletteOf(dark);
    QApplication::setStyle(new VireoStyle);
    QApplication::setPalette(palette);
    QApplication::setFont(interfaceFont(systemFont));
    application.setStyleSheet(sheet(palette));
}

}  // namespace gui
