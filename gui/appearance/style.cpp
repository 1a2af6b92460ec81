// SPDX-License-Identifier: GPL-3.0-or-later
#include "style.h"

#include <QApplication>
#include <QFontDatabase>
#include <QPalette>
#include <QStyleFactory>

#include "colours.h"

namespace gui {

namespace {

QPalette lightPalette() {
    QPalette palette;
    palette.setColor(QPalette::Window, QColor(0xF5, 0xF7, 0xFA));
    palette.setColor(QPalette::WindowText, QColor(0x1B, 0x1F, 0x24));
    palette.setColor(QPalette::Base, QColor(0xFF, 0xFF, 0xFF));
    palette.setColor(QPalette::AlternateBase, QColor(0xF7, 0xF9, 0xFB));
    palette.setColor(QPalette::Text, QColor(0x1B, 0x1F, 0x24));
    palette.setColor(QPalette::PlaceholderText, QColor(0x7B, 0x84, 0x90));
    palette.setColor(QPalette::Button, QColor(0xFD, 0xFD, 0xFE));
    palette.setColor(QPalette::ButtonText, QColor(0x1B, 0x1F, 0x24));
    palette.setColor(QPalette::BrightText, Qt::white);
    palette.setColor(QPalette::Highlight, QColor(0xCF, 0xE3, 0xF8));
    palette.setColor(QPalette::HighlightedText, QColor(0x10, 0x14, 0x19));
    palette.setColor(QPalette::Link, QColor(0x1F, 0x6F, 0xC5));
    palette.setColor(QPalette::LinkVisited, QColor(0x5B, 0x4B, 0xA8));
    palette.setColor(QPalette::ToolTipBase, QColor(0xFF, 0xFF, 0xFF));
    palette.setColor(QPalette::ToolTipText, QColor(0x1B, 0x1F, 0x24));
    palette.setColor(QPalette::Mid, QColor(0xB4, 0xBC, 0xC6));
    for (const auto role : {QPalette::Text, QPalette::WindowText, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, QColor(0x8D, 0x95, 0xA0));
    palette.setColor(QPalette::Disabled, QPalette::Base, QColor(0xF3, 0xF5, 0xF8));
    return palette;
}

QPalette darkPalette() {
    QPalette palette;
    palette.setColor(QPalette::Window, QColor(0x22, 0x26, 0x2C));
    palette.setColor(QPalette::WindowText, QColor(0xE4, 0xE8, 0xED));
    palette.setColor(QPalette::Base, QColor(0x1B, 0x1E, 0x23));
    palette.setColor(QPalette::AlternateBase, QColor(0x20, 0x24, 0x2A));
    palette.setColor(QPalette::Text, QColor(0xE4, 0xE8, 0xED));
    palette.setColor(QPalette::PlaceholderText, QColor(0x8A, 0x93, 0x9F));
    palette.setColor(QPalette::Button, QColor(0x2B, 0x30, 0x38));
    palette.setColor(QPalette::ButtonText, QColor(0xE4, 0xE8, 0xED));
    palette.setColor(QPalette::BrightText, Qt::white);
    palette.setColor(QPalette::Highlight, QColor(0x24, 0x4A, 0x73));
    palette.setColor(QPalette::HighlightedText, QColor(0xF4, 0xF7, 0xFA));
    palette.setColor(QPalette::Link, QColor(0x5A, 0xA7, 0xF2));
    palette.setColor(QPalette::LinkVisited, QColor(0xB4, 0x8A, 0xE8));
    palette.setColor(QPalette::ToolTipBase, QColor(0x2B, 0x30, 0x38));
    palette.setColor(QPalette::ToolTipText, QColor(0xE4, 0xE8, 0xED));
    palette.setColor(QPalette::Mid, QColor(0x55, 0x5E, 0x69));
    for (const auto role : {QPalette::Text, QPalette::WindowText, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, QColor(0x7C, 0x85, 0x91));
    palette.setColor(QPalette::Disabled, QPalette::Base, QColor(0x21, 0x25, 0x2B));
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
        "QPushButton:focus { border-color: @accent; }"
        "QPushButton:pressed { background: @select; }"
        "QPushButton:disabled { color: @faint; border-color: @line; }"
        "QPushButton:default:enabled { background: @accent; border-color: @accent;"
        " color: @onaccent; }"
        "QPushButton:default:hover:enabled { background: @accentdark; }"
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
QFont interfaceFont(const QApplication& application) {
    QFont font = application.font();
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

void applyStyle(QApplication& application, ColourScheme scheme) {
    // Asked before anything is changed: the desktop's own.
    static const bool systemIsDark =
        application.palette().color(QPalette::Window).lightness() < 128;
    const bool dark =
        scheme == ColourScheme::Dark || (scheme == ColourScheme::System && systemIsDark);
    const QPalette palette = dark ? darkPalette() : lightPalette();
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QApplication::setPalette(palette);
    QApplication::setFont(interfaceFont(application));
    application.setStyleSheet(sheet(palette));
}

}  // namespace gui
