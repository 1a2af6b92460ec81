// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "drive_places.h"
#include "settings_page.h"

class QCheckBox;
class QComboBox;
class QPushButton;

namespace gui {

class ChoiceList;
class PathField;
class ServiceConnection;

/// A hard disk or DVD drive: its place and its image.
class DrivePage final : public SettingsPage {
    Q_OBJECT

  public:
    explicit DrivePage(ServiceConnection& connection, const service::Drive& drive,
                       QWidget* parent = nullptr);

    [[nodiscard]] QString summary() const override;
    void store(service::MachineSettings& settings) const override;
    [[nodiscard]] bool differs(const service::MachineSettings& before,
                               const service::MachineSettings& after) const override;
    [[nodiscard]] bool hasProblem() const override { return problem_; }

  signals:
    void moveWanted(const gui::DrivePlace& to);
    void removeWanted();

  protected:
    void load(const service::MachineDetails& details, const service::HostReply* host) override;
    void judge() override;

  private:
    void addPlace();
    void addImage();
    void fillLocations(const service::MachineSettings& settings);
    void move();
    [[nodiscard]] bool isDvd() const { return kind_ == service::DriveKind::Dvd; }

    DrivePlace place_;
    service::DriveKind kind_;
    QComboBox* controller_;
    QComboBox* location_;
    ChoiceList* media_ = nullptr;
    PathField* path_;
    QCheckBox* readOnly_ = nullptr;
    FieldNote* placeNote_;
    QPushButton* inspect_;
    QPushButton* remove_;
    FieldNote* pathNote_;
    FieldNote* inspected_;
    service::MachineSettings shown_;
    std::string boundField_;
    bool problem_ = false;
};

}  // namespace gui
