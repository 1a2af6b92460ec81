// SPDX-License-Identifier: GPL-3.0-or-later
#include "field_note.h"

#include <QApplication>
#include <QEvent>

#include "gui/appearance/colours.h"

namespace gui {

FieldNote::FieldNote(QWidget* parent) : QLabel(parent) {
    setWordWrap(true);
    setTextFormat(Qt::PlainText);
    // On a page's ground it would be another.
    setForegroundRole(QPalette::WindowText);
    setTextInteractionFlags(Qt::TextSelectableByMouse);
    hide();
    colour();
}

void FieldNote::say(Kind kind, const QString& text) {
    kind_ = kind;
    setText(text);
    colour();
    setVisible(!text.isEmpty());
}

void FieldNote::changeEvent(QEvent* event) {
    QLabel::changeEvent(event);
    if (event->type() == QEvent::ApplicationPaletteChange || event->type() == QEvent::StyleChange)
        colour();
}

void FieldNote::colour() {
    const Colours colours = Colours::of(QApplication::palette());
    const QColor wanted = kind_ == Kind::Problem   ? colours.bad
                          : kind_ == Kind::Warning ? colours.warning
                                                   : colours.faint;
    QPalette own = palette();
    if (own.color(QPalette::Active, QPalette::WindowText) == wanted)
        return;
    own.setColor(QPalette::WindowText, wanted);
    setPalette(own);
}

}  // namespace gui
