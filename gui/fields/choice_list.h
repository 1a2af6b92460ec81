// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <map>

class QButtonGroup;
class QRadioButton;
class QVBoxLayout;

namespace gui {

class FieldNote;

/// One of several, each with a sentence that explains it and, if it has any, fields of its own.
class ChoiceList final : public QWidget {
    Q_OBJECT

  public:
    explicit ChoiceList(QWidget* parent = nullptr);

    /// `name` is the button's object name.
    QRadioButton* add(int choice, const QString& name, const QString& text,
                      const QString& explanation = {});
    /// Under the choice that was added last, and enabled with it.
    void addFields(QWidget* fields);
    /// Not to be chosen, and why; with an empty reason it can be again.
    void forbid(int choice, const QString& reason);

    [[nodiscard]] int choice() const;
    void setChoice(int choice);

  signals:
    void changed();

  private:
    void enableFields();

    QVBoxLayout* column_;
    QButtonGroup* group_;
    std::map<int, FieldNote*> notes_;
    std::map<int, QString> explanations_;
    std::map<int, QWidget*> fields_;
    int last_ = 0;
};

}  // namespace gui
