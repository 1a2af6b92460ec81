// SPDX-License-Identifier: GPL-3.0-or-later
#include "window_walk.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractScrollArea>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QApplication>
#include <QComboBox>
#include <QGroupBox>
#include <QHeaderView>
#include <QKeySequence>
#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QScrollBar>
#include <QTabBar>
#include <QTextDocument>
#include <QToolButton>
#include <QtTest>
#include <cmath>
#include <map>
#include <set>

namespace tests {

namespace {

/// What is shown of a window, without the parts that Qt's own widgets are made of.
std::vector<QWidget*> shownIn(const QWidget& window) {
    std::vector<QWidget*> shown;
    for (QWidget* const widget : window.findChildren<QWidget*>())
        if (widget->isVisibleTo(&window) && widget->window() == &window &&
            !widget->objectName().startsWith(QLatin1String("qt_")) &&
            !qobject_cast<QAbstractSpinBox*>(widget->parentWidget()) &&
            !qobject_cast<QComboBox*>(widget->parentWidget()) &&
            !qobject_cast<QTabBar*>(widget->parentWidget()) &&
            !qobject_cast<QLineEdit*>(widget->parentWidget()))
            shown.push_back(widget);
    return shown;
}

bool isField(const QWidget& widget) {
    return qobject_cast<const QAbstractButton*>(&widget) ||
           qobject_cast<const QLineEdit*>(&widget) || qobject_cast<const QComboBox*>(&widget) ||
           qobject_cast<const QAbstractSpinBox*>(&widget) ||
           qobject_cast<const QPlainTextEdit*>(&widget) ||
           (qobject_cast<const QAbstractItemView*>(&widget) &&
            !qobject_cast<const QHeaderView*>(&widget)) ||
           qobject_cast<const QTabBar*>(&widget);
}

QString textOf(const QWidget& widget) {
    if (const auto* const label = qobject_cast<const QLabel*>(&widget)) {
        if (!Qt::mightBeRichText(label->text()))
            return label->text();
        QTextDocument text;
        text.setHtml(label->text());
        return text.toPlainText();
    }
    if (const auto* const button = qobject_cast<const QAbstractButton*>(&widget))
        return button->text();
    if (const auto* const box = qobject_cast<const QGroupBox*>(&widget))
        return box->title();
    return {};
}

QString described(const QWidget& widget) {
    const QString text = textOf(widget);
    return QStringLiteral("%1 '%2' %3 (%4 x %5)")
        .arg(QLatin1String(widget.metaObject()->className()), widget.objectName(),
             text.isEmpty() ? QString() : QStringLiteral("\"%1\"").arg(text.left(60)))
        .arg(widget.width())
        .arg(widget.height());
}

/// The part that its parents leave of it, but for those that scroll.
QRect seen(const QWidget& widget, const QWidget& window) {
    QRect rect = widget.rect();
    const QWidget* at = &widget;
    while (at != &window && at->parentWidget()) {
        rect.translate(at->pos());
        at = at->parentWidget();
        if (qobject_cast<const QAbstractScrollArea*>(at->parentWidget()) && at != &widget)
            return widget.rect();
        rect &= at->rect();
    }
    return rect;
}

QString clipped(const QWidget& widget) {
    const auto lack = [&](const QSize& wanted) {
        return QStringLiteral("%1 wants %2 x %3")
            .arg(described(widget))
            .arg(wanted.width())
            .arg(wanted.height());
    };
    if (const auto* const label = qobject_cast<const QLabel*>(&widget)) {
        if (label->text().isEmpty())
            return {};
        const bool ignores = label->sizePolicy().horizontalPolicy() == QSizePolicy::Ignored;
        if (label->wordWrap()) {
            const int height = label->heightForWidth(label->width());
            return label->height() < height ? lack({label->width(), height}) : QString();
        }
        // One that takes what room there is shows the whole in a tool tip.
        if (ignores && !label->toolTip().isEmpty())
            return {};
        const QSize wanted = label->sizeHint();
        return label->width() < wanted.width() || label->height() < wanted.height() ? lack(wanted)
                                                                                    : QString();
    }
    if (const auto* const tabs = qobject_cast<const QTabBar*>(&widget))
        return tabs->width() < tabs->sizeHint().width() ? lack(tabs->sizeHint()) : QString();
    if (const auto* const button = qobject_cast<const QAbstractButton*>(&widget)) {
        if (button->text().isEmpty())
            return {};
        const QSize wanted = qobject_cast<const QToolButton*>(button) ? button->minimumSizeHint()
                                                                      : button->sizeHint();
        return button->width() < wanted.width() || button->height() < wanted.height() ? lack(wanted)
                                                                                      : QString();
    }
    if (qobject_cast<const QAbstractSpinBox*>(&widget) || qobject_cast<const QComboBox*>(&widget)) {
        const QSize wanted = widget.minimumSizeHint();
        return widget.width() < wanted.width() || widget.height() < wanted.height() ? lack(wanted)
                                                                                    : QString();
    }
    if (const auto* const box = qobject_cast<const QGroupBox*>(&widget)) {
        const int wanted = box->minimumSizeHint().width();
        return box->width() < wanted ? lack({wanted, box->height()}) : QString();
    }
    if (qobject_cast<const QLineEdit*>(&widget))
        return widget.height() < widget.minimumSizeHint().height() ? lack(widget.minimumSizeHint())
                                                                   : QString();
    return {};
}

double luminance(const QColor& colour) {
    const auto linear = [](double part) {
        return part <= 0.03928 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) +
           0.0722 * linear(colour.blueF());
}

}  // namespace

QStringList clippedTexts(const QWidget& window) {
    QStringList faults;
    for (const QWidget* const widget : shownIn(window)) {
        if (const QString fault = clipped(*widget); !fault.isEmpty())
            faults << fault;
        else if (!textOf(*widget).isEmpty() && seen(*widget, window).size() != widget->size())
            faults << described(*widget) + QStringLiteral(" sticks out");
    }
    return faults;
}

QStringList namelessFields(const QWidget& window) {
    QStringList faults;
    for (QWidget* const widget : shownIn(window)) {
        if (!isField(*widget) || qobject_cast<QTabBar*>(widget))
            continue;
        QAccessibleInterface* const accessible = QAccessible::queryAccessibleInterface(widget);
        if (!accessible || accessible->text(QAccessible::Name).trimmed().isEmpty())
            faults << described(*widget);
    }
    return faults;
}

QStringList unreachableFields(QWidget& window) {
    std::set<const QWidget*> reached;
    QWidget* at = &window;
    // Round once; a ring that does not close is not walked for ever.
    for (int step = 0; step < 1'000; ++step) {
        QTest::keyClick(at, Qt::Key_Tab);
        at = window.focusWidget();
        if (!at)
            break;
        if (!reached.insert(at).second)
            break;
    }
    const auto reachedThroughGroup = [&](const QWidget& widget) {
        const auto* const radio = qobject_cast<const QRadioButton*>(&widget);
        if (!radio)
            return false;
        for (const QWidget* const one : reached)
            if (const auto* const other = qobject_cast<const QRadioButton*>(one);
                other && other->parentWidget() == radio->parentWidget())
                return true;
        return false;
    };
    QStringList faults;
    for (const QWidget* const widget : shownIn(window)) {
        if (!isField(*widget) || !widget->isEnabled() || reached.contains(widget) ||
            reachedThroughGroup(*widget))
            continue;
        // Tool buttons of tool bars show actions that menus have too.
        if (const auto* const tool = qobject_cast<const QToolButton*>(widget);
            tool && tool->defaultAction())
            continue;
        if (widget->focusProxy() && reached.contains(widget->focusProxy()))
            continue;
        // What is computed and stands beside what one enters is read with that.
        if (const auto* const line = qobject_cast<const QLineEdit*>(widget);
            line && line->isReadOnly() && !(line->focusPolicy() & Qt::TabFocus))
            continue;
        faults << described(*widget);
    }
    return faults;
}

QStringList sharedMnemonics(const QWidget& window) {
    std::map<QString, QString> owners;
    QStringList faults;
    const auto claim = [&](const QString& text) {
        const QString key = QKeySequence::mnemonic(text).toString();
        if (key.isEmpty())
            return;
        const auto [owner, isNew] = owners.try_emplace(key, text);
        if (!isNew && owner->second != text)
            faults << QStringLiteral("%1: \"%2\" and \"%3\"").arg(key, owner->second, text);
    };
    for (const QWidget* const widget : shownIn(window)) {
        const auto* const label = qobject_cast<const QLabel*>(widget);
        if ((label && label->buddy()) || qobject_cast<const QAbstractButton*>(widget) ||
            qobject_cast<const QGroupBox*>(widget))
            if (widget->isEnabled())
                claim(textOf(*widget));
        if (const auto* const bar = qobject_cast<const QMenuBar*>(widget))
            for (const QAction* const action : bar->actions())
                claim(action->text());
    }
    return faults;
}

QStringList faintTexts(const QWidget& window) {
    // What WCAG 2 asks of large text and of what is not to be read closely.
    constexpr double kLeast = 3.0;
    QStringList faults;
    for (const QWidget* const widget : shownIn(window)) {
        if (textOf(*widget).isEmpty() || !widget->isEnabled())
            continue;
        const auto* const button = qobject_cast<const QPushButton*>(widget);
        if (button && button->isDefault())
            continue;
        const double text = luminance(widget->palette().color(widget->foregroundRole()));
        const double behind = luminance(widget->palette().color(widget->backgroundRole()));
        const double contrast = (std::max(text, behind) + 0.05) / (std::min(text, behind) + 0.05);
        if (contrast < kLeast)
            faults << QStringLiteral("%1: contrast %2").arg(described(*widget)).arg(contrast);
    }
    return faults;
}

}  // namespace tests
