// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "processor_page_extras.h"
#include "settings_page.h"

class QGroupBox;
class QLineEdit;

namespace gui {

class PercentSpinBox;

/// Virtual processors, and their part of the host's: reserve, limit and weight.
class ProcessorPage final : public SettingsPage {
    Q_OBJECT

  public:
    explicit ProcessorPage(ProcessorPageExtras extras, QWidget* parent = nullptr);

    [[nodiscard]] QString summary() const override;
    void store(service::MachineSettings& settings) const override;
    [[nodiscard]] bool differs(const service::MachineSettings& before,
                               const service::MachineSettings& after) const override;
    [[nodiscard]] bool hasProblem() const override { return problem_; }

  protected:
    void load(const service::MachineDetails& details, const service::HostReply* host) override;
    void judge() override;

  private:
    void build();
    void addGraphs(QVBoxLayout* column);
    void showTotals(const service::ProcessorSettings& entered, std::uint32_t lps);
    void judgeReserve(const service::ProcessorSettings& entered);
    [[nodiscard]] service::ProcessorSettings entered() const;

    ProcessorPageExtras extras_;
    QSpinBox* count_;
    Form::Row countNotes_{};
    PercentSpinBox* reserve_;
    FieldNote* reserveNote_;
    QLineEdit* reserveOfTotal_;
    PercentSpinBox* limit_;
    QLineEdit* limitOfTotal_;
    QSpinBox* weight_;
    FieldNote* inForce_;
    QGroupBox* control_;
    QLabel* barTitle_ = nullptr;
    QWidget* strip_ = nullptr;
    QVBoxLayout* stripPlace_ = nullptr;
    QWidget* bar_ = nullptr;

    std::string id_;
    service::MachineState state_ = service::MachineState::Off;
    std::optional<service::HostReply> host_;
    bool problem_ = false;
};

}  // namespace gui
