// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <utility>
#include <vector>

#include "wizard_page.h"

class QFormLayout;

namespace gui {

/// A wizard's last page: what will be done, in lines of a name and a value.
class SummaryPage final : public WizardPage {
    Q_OBJECT

  public:
    using Facts = std::vector<std::pair<QString, QString>>;

    SummaryPage(const QString& title, const QString& text, QWidget* parent = nullptr);

    void setFacts(const Facts& facts);

  private:
    QFormLayout* form_;
    Facts shown_;
};

/// The lines by themselves; what is shown already stays.
[[nodiscard]] QFormLayout* makeFacts();
void showFacts(QFormLayout& form, const SummaryPage::Facts& facts);

}  // namespace gui
