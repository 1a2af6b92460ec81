// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "vireo_settings_page.h"

class QPushButton;

namespace gui {

class PathField;

/// Where new disks, or the folders of new machines, go if nothing is said: the server's choice.
class DefaultFolderPage final : public VireoSettingsPage {
    Q_OBJECT

  public:
    enum class Of : bool { Disks, Machines };

    explicit DefaultFolderPage(Of of, QWidget* parent = nullptr);

    [[nodiscard]] QString summary() const override;
    void store(VireoSettings& settings) const override;
    [[nodiscard]] bool differs(const VireoSettings& before,
                               const VireoSettings& after) const override;
    [[nodiscard]] bool hasProblem() const override { return hasProblem_; }

  protected:
    void load(const VireoSettings& settings, const service::ServiceReply* service) override;
    void judge() override;

  private:
    [[nodiscard]] std::string service::ServiceSettings::*field() const;

    const Of of_;
    PathField* folder_;
    FieldNote* note_;
    QPushButton* useUsual_;
    /// Empty while the service has not said it.
    QString usual_;
    bool hasProblem_ = false;
};

}  // namespace gui
