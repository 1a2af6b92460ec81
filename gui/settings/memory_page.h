// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "settings_page.h"

class QCheckBox;

namespace gui {

/// What the machine starts with, and between what the service may give and take.
class MemoryPage final : public SettingsPage {
    Q_OBJECT

  public:
    explicit MemoryPage(QWidget* parent = nullptr);

    [[nodiscard]] QString summary() const override;
    void store(service::MachineSettings& settings) const override;
    [[nodiscard]] bool differs(const service::MachineSettings& before,
                               const service::MachineSettings& after) const override;
    [[nodiscard]] bool hasProblem() const override { return problem_; }

  protected:
    void load(const service::MachineDetails& details, const service::HostReply* host) override;
    void judge() override;

  private:
    [[nodiscard]] service::MemorySettings entered() const;

    FieldNote* frozenNote_;
    QSpinBox* startup_;
    FieldNote* startupNote_;
    QCheckBox* dynamic_;
    QWidget* bounds_;
    QSpinBox* minimum_;
    QSpinBox* maximum_;
    QSpinBox* buffer_;
    QSpinBox* weight_;
    std::uint64_t hostMemory_ = 0;
    bool isFrozen_ = false;
    bool problem_ = false;
};

}  // namespace gui
