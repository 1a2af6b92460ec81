// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <optional>
#include <vector>

#include "gui/connection/machine_store.h"
#include "vireo_settings.h"

class QPushButton;
class QStackedWidget;

namespace gui {

class Banner;
class SettingsTree;
class VireoSettingsPage;

/// "Vireo Settings": what the service does where nothing is said, applied by the service, which may
/// refuse, and what this user wants of the manager, applied here. The user's own can be changed
/// without a service.
///
/// Thread safety: the GUI's thread.
class VireoSettingsDialog final : public QDialog {
    Q_OBJECT

  public:
    explicit VireoSettingsDialog(MachineStore& store, QWidget* parent = nullptr);
    ~VireoSettingsDialog() override;

    void accept() override;

  private:
    enum class Then : unsigned char { Stay, Close };

    void build();
    void addPages();
    void listen();
    void load();
    /// The service's settings as they are now, under what is edited.
    void take(service::ServiceReply reply);
    void showAll();
    void edited(VireoSettingsPage& page);
    void mark();
    void apply(Then then);
    void applyOwn();
    void setService(Then then);
    void refused(const service::RpcError& error);
    [[nodiscard]] VireoSettingsPage* firstProblem() const;

    MachineStore& store_;
    /// As they are in force, and as they shall be.
    VireoSettings known_;
    VireoSettings edited_;
    /// What was said of the service last; nothing while it can't be reached.
    std::optional<service::ServiceReply> service_;
    std::vector<VireoSettingsPage*> pages_;
    bool busy_ = false;

    SettingsTree* tree_;
    QStackedWidget* stack_;
    Banner* banner_;
    QPushButton* ok_;
    QPushButton* cancel_;
    QPushButton* apply_;
};

}  // namespace gui
