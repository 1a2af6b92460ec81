// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <string>

#include "gui/fields/form.h"
#include "gui/fields/refusals.h"

class QVBoxLayout;

namespace gui {

/// One step of a wizard. It says in place what is wrong with what is entered.
class WizardPage : public QWidget {
    Q_OBJECT

  public:
    /// `step` is its name in the list of steps; empty: its title.
    explicit WizardPage(QString title, QString step = {}, QWidget* parent = nullptr);

    [[nodiscard]] const QString& title() const { return title_; }
    [[nodiscard]] const QString& step() const { return step_; }
    /// With what is entered, defaults included, the wizard can finish.
    [[nodiscard]] virtual bool isValid() const { return true; }
    /// Says under the field that is meant why it is refused. False: none of this page's is.
    [[nodiscard]] bool showRefusal(const std::string& field, const QString& text);

  signals:
    /// What is entered, or whether it is valid.
    void changed();

  protected:
    [[nodiscard]] QVBoxLayout* column() const { return column_; }
    [[nodiscard]] Refusals& refusals() { return refusals_; }
    void explain(const QString& text);
    /// "Do not show this page again", remembered under this name (gui/preferences/hidden_pages.h).
    void offerToSkip(const QString& page);
    /// Says of what is entered what can be said at once.
    virtual void judge() {}
    /// For fields' signals.
    void edited();

  private:
    QString title_;
    QString step_;
    QVBoxLayout* column_;
    Refusals refusals_;
};

}  // namespace gui
