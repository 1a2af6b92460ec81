// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "gui/fields/refusals.h"
#include "service/ipc/switch_requests.h"
#include "switch_manager_page.h"

class QCheckBox;
class QComboBox;
class QGroupBox;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;

namespace gui {

class ChoiceList;
class FieldNote;

/// The properties of one switch. It edits, and talks to nobody.
class SwitchPage final : public SwitchManagerPage {
    Q_OBJECT

  public:
    explicit SwitchPage(QWidget* parent = nullptr);

    /// `known` has the state and, as its settings, what is edited. What is typed stays as it is
    /// where it says the same.
    void show(const service::VirtualSwitch& known,
              const std::vector<service::HostAdapter>& adapters);
    void store(service::SwitchSettings& settings) const;
    /// What is entered can't be right; the page says what.
    [[nodiscard]] bool hasProblem() const { return problem_; }
    /// Says under the field that is meant why it is refused. False: none of this page's is.
    [[nodiscard]] bool showRefusal(const std::string& field, const QString& text);
    void clearRefusals() { refusals_.clear(); }
    void focusName();

  signals:
    void changed();
    void removeWanted();

  private:
    void build();
    [[nodiscard]] QWidget* externalFields();
    [[nodiscard]] QWidget* internalFields();
    void fillAdapters(const service::VirtualSwitch& known,
                      const std::vector<service::HostAdapter>& adapters);
    void edited();
    void judge();

    Refusals refusals_;
    bool loading_ = false;
    bool problem_ = false;

    FieldNote* state_;
    QLineEdit* name_;
    FieldNote* nameNote_;
    QPlainTextEdit* notes_;
    QGroupBox* connection_;
    ChoiceList* kind_;
    QComboBox* adapter_;
    FieldNote* adapterNote_;
    QCheckBox* shared_;
    FieldNote* sharedNote_;
    QLineEdit* address_;
    FieldNote* machines_;
    QPushButton* remove_;
};

}  // namespace gui
