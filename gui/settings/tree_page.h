// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QScrollArea>
#include <functional>
#include <string>

#include "gui/fields/form.h"
#include "gui/fields/refusals.h"

class QGroupBox;
class QLabel;
class QVBoxLayout;

namespace gui {

/// One entry of a settings' tree, and its page: a heading, what it is about, and fields. It edits
/// what it was given and talks to nobody.
class TreePage : public QScrollArea {
    Q_OBJECT

  public:
    /// `icon` as gui::icon() takes it.
    TreePage(QString title, QString icon, const QString& explanation, QWidget* parent);

    [[nodiscard]] const QString& title() const { return title_; }
    [[nodiscard]] const QString& icon() const { return icon_; }
    /// The present value, as the tree shows it; empty: none.
    [[nodiscard]] virtual QString summary() const { return {}; }
    /// What is entered can't be right; the page says what.
    [[nodiscard]] virtual bool hasProblem() const { return false; }

    /// Says under the field that is meant why it is refused. False: none of this page's is.
    [[nodiscard]] bool showRefusal(const std::string& field, const QString& text);
    void clearRefusals() { refusals_.clear(); }

  signals:
    /// By the user.
    void changed();

  protected:
    /// `load` puts values into fields, which is no edit.
    void display(const std::function<void()>& load);
    /// Says of what is entered what can be said at once.
    virtual void judge() {}
    /// For fields' signals.
    void edited();

    [[nodiscard]] QVBoxLayout* column() const { return column_; }
    [[nodiscard]] Refusals& refusals() { return refusals_; }
    /// The whole page can't change now, for this reason; empty: it can.
    void setFrozen(const QString& reason);
    void changeEvent(QEvent* event) override;

  private:
    void colour();

    QString title_;
    QString icon_;
    QLabel* heading_;
    FieldNote* frozen_;
    QWidget* content_;
    QVBoxLayout* column_;
    Refusals refusals_;
    bool loading_ = false;
};

/// For what is in a group box.
[[nodiscard]] QVBoxLayout* groupColumn(QGroupBox& group);

}  // namespace gui
