// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "settings_page.h"

class QCheckBox;
class QLineEdit;
class QListWidget;
class QPlainTextEdit;
class QPushButton;

namespace gui {

class PathField;

/// What a machine boots: its BIOS or, of generation 2, its firmware, or a Linux kernel without
/// either.
class FirmwarePage final : public SettingsPage {
    Q_OBJECT

  public:
    explicit FirmwarePage(std::uint32_t generation, QWidget* parent = nullptr);

    [[nodiscard]] QString summary() const override;
    void store(service::MachineSettings& settings) const override;
    [[nodiscard]] bool differs(const service::MachineSettings& before,
                               const service::MachineSettings& after) const override;
    [[nodiscard]] bool hasProblem() const override { return problem_; }

  protected:
    void load(const service::MachineDetails& details, const service::HostReply* host) override;
    void judge() override;

  private:
    void addBootOrder(std::uint32_t generation);
    void addKernel();
    void move(int step);
    void enableMoves();
    void addRamDisk();
    [[nodiscard]] QStringList ramDisks() const;

    QListWidget* order_;
    QPushButton* up_;
    QPushButton* down_;
    QCheckBox* option_;
    std::uint32_t generation_;
    QCheckBox* bootKernel_;
    QWidget* kernelFields_;
    PathField* kernel_;
    FieldNote* kernelNote_;
    QPlainTextEdit* ramDisks_;
    QLineEdit* commandLine_;
    bool problem_ = false;
};

}  // namespace gui
