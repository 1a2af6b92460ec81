// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QString>
#include <QWidget>
#include <string>
#include <vector>

#include "field_note.h"

namespace gui {

/// Which note stands for which field of a request, so that a refusal is said where it is meant.
class Refusals {
  public:
    /// `field` in the service's words: "processor.reserve"; what is in it belongs to it too.
    void bind(std::string field, FieldNote* note, QWidget* widget);
    void unbind(const std::string& field);
    /// Whether one of these fields is meant. It gets the focus.
    [[nodiscard]] bool show(const std::string& field, const QString& text);
    /// After the notes were used for something else: a refusal stands until it is cleared.
    void repeat();
    /// Only what show() has said.
    void clear();

  private:
    struct Target {
        std::string field;
        QPointer<FieldNote> note;
        QPointer<QWidget> widget;
        /// Empty: not refused.
        QString said;
    };
    std::vector<Target> targets_;
};

}  // namespace gui
