// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gui/connection/machine_store.h"
#include "page_list.h"
#include "processor_page_extras.h"

class QPushButton;
class QStackedWidget;

namespace gui {

class Banner;
class SettingsPage;
class SettingsTree;

/// A machine's settings: edited here, applied by the service, which may refuse. What somebody else
/// changes meanwhile is followed where it was not edited.
///
/// Thread safety: the GUI's thread.
class SettingsDialog final : public QDialog {
    Q_OBJECT

  public:
    SettingsDialog(MachineStore& store, std::string id, ProcessorPageExtras extras,
                   QWidget* parent = nullptr);
    ~SettingsDialog() override;

    /// For whoever opens the settings at a place, "network" for instance: the first page with this
    /// icon, once it is there.
    void showPage(const QString& icon);

    void accept() override;

  private:
    enum class Then : unsigned char { Stay, Close };

    struct KeyedPage {
        PageKey key;
        SettingsPage* page;
    };

    void build();
    void listen();
    void load();
    /// The machine's settings as they are now, under what is edited.
    void take(service::MachineDetails details);
    void removed();
    /// Pages come and go with drives and adapters.
    void arrange();
    [[nodiscard]] SettingsPage* pageFor(const PageKey& key);
    [[nodiscard]] SettingsPage* make(const PageKey& key);
    [[nodiscard]] SettingsPage* makeFixed(FixedPage page);
    [[nodiscard]] SettingsPage* makeDrive(const DrivePageKey& key);
    void showAll();
    void edited(SettingsPage& page);
    void mark();
    void addDrive(service::DriveKind kind, std::optional<DrivePlace> place);
    void addAdapter(bool legacy);
    void changed(const PageKey& select);
    void select(const PageKey& key);

    [[nodiscard]] bool isChanged() const;
    [[nodiscard]] SettingsPage* firstProblem() const;
    void apply(Then then);
    void rename(Then then);
    void set(Then then);
    void applied(service::MachineDetails details, Then then);
    void refused(const service::RpcError& error);
    void setBusy(bool busy);

    MachineStore& store_;
    const std::string id_;
    const ProcessorPageExtras extras_;
    /// As the service has it, and as it shall be.
    std::optional<service::MachineDetails> details_;
    service::MachineSettings edited_;
    std::vector<KeyedPage> pages_;
    QString wantedIcon_;
    bool busy_ = false;
    bool removed_ = false;

    SettingsTree* tree_;
    QStackedWidget* stack_;
    Banner* banner_;
    QPushButton* ok_;
    QPushButton* cancel_;
    QPushButton* apply_;
};

}  // namespace gui
