// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QScrollArea>
#include <string>

#include "gui/fields/form.h"
#include "gui/fields/refusals.h"
#include "service/ipc/host_requests.h"

class QGroupBox;
class QLabel;
class QListWidget;
class QSpinBox;
class QVBoxLayout;

namespace gui {

/// One entry of the settings' tree, and its page. A page shows a machine's settings, edited ones
/// among them, and puts what it edits into settings that it is given; it talks to nobody.
class SettingsPage : public QScrollArea {
    Q_OBJECT

  public:
    /// `icon` as gui::icon() takes it.
    SettingsPage(QString title, QString icon, const QString& explanation, QWidget* parent);

    [[nodiscard]] const QString& title() const { return title_; }
    [[nodiscard]] const QString& icon() const { return icon_; }
    /// The present value, as the tree shows it; empty: none.
    [[nodiscard]] virtual QString summary() const { return {}; }
    /// `details.settings` are the edited ones. `host` is null before it is known.
    void show(const service::MachineDetails& details, const service::HostReply* host);
    virtual void store(service::MachineSettings& settings) const = 0;
    /// Whether what this page edits is another in the two.
    [[nodiscard]] virtual bool differs(const service::MachineSettings& before,
                                       const service::MachineSettings& after) const = 0;
    /// What is entered can't be right; the page says what.
    [[nodiscard]] virtual bool hasProblem() const { return false; }

    /// Says under the field that is meant why it is refused. False: none of this page's is.
    [[nodiscard]] bool showRefusal(const std::string& field, const QString& text);
    void clearRefusals() { refusals_.clear(); }

  signals:
    /// By the user.
    void changed();

  protected:
    virtual void load(const service::MachineDetails& details, const service::HostReply* host) = 0;
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

/// A list among fields, as high as its rows; lists that fill a pane have no frame.
void fitAmongFields(QListWidget& list);

/// Why hardware can't change in this state, empty if it can: "can't change while the machine is
/// running".
[[nodiscard]] QString frozenReason(service::MachineState state);

/// What is typed stays as it is when it says the same.
void setValue(QSpinBox& field, int value);

}  // namespace gui
