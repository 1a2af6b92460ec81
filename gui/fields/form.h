// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "field_note.h"

class QGridLayout;

namespace gui {

/// Rows of a label, its field, a note beside it and one under it. Labels have mnemonics and are
/// their field's buddy and accessible name.
class Form final : public QWidget {
    Q_OBJECT

  public:
    enum class Width : unsigned char {
        /// As wide as the field wants to be; a note fits beside it.
        Narrow,
        /// All there is.
        Wide,
    };
    struct Row {
        /// Only of narrow fields.
        FieldNote* beside;
        FieldNote* under;
    };

    /// `labelCharacters`: how wide labels are at least, so that forms on one page align.
    explicit Form(int labelCharacters, QWidget* parent = nullptr);

    Row add(const QString& label, QWidget* field, Width width = Width::Narrow);
    /// A field that has its own text, a check box, in the fields' column.
    Row addUnlabelled(QWidget* field);

  private:
    QGridLayout* grid_;
};

}  // namespace gui
