// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gui/connection/machine_store.h"

class QListWidget;
class QPushButton;
class QStackedWidget;

namespace gui {

class Banner;
class NewSwitchPage;
class SwitchPage;

/// Virtual Switch Manager: switches are edited here and made by the service, which may refuse.
/// What somebody else changes meanwhile is followed where it was not edited.
///
/// Thread safety: the GUI's thread.
class SwitchManager final : public QDialog {
    Q_OBJECT

  public:
    explicit SwitchManager(MachineStore& store, QWidget* parent = nullptr);
    ~SwitchManager() override;

    void accept() override;
    /// A new one, not yet made.
    void add(service::SwitchKind kind);

  private:
    enum class Then : unsigned char { Stay, Close };

    /// One line of the list.
    struct Entry {
        /// As the service has it; nothing: it is yet to be made.
        std::optional<service::VirtualSwitch> known;
        service::SwitchSettings edited;

        [[nodiscard]] bool isChanged() const { return !known || known->settings != edited; }
    };

    void build();
    void listen();
    /// The service's switches as they are now, under what is edited.
    void take();
    void showList();
    void showPage();
    void edited();
    void removeCurrent();
    void mark();
    [[nodiscard]] Entry* current();
    [[nodiscard]] bool isChanged() const;
    void select(std::size_t entry);

    void apply(Then then);
    /// Carries out the first change that is left, then itself again.
    void applyNext();
    void removeFirst();
    void create(Entry& entry);
    void rename(Entry& entry);
    void set(Entry& entry);
    void done(Entry& entry, const service::VirtualSwitch& now);
    void refused(const Entry& entry, const service::RpcError& error);
    void setBusy(bool busy);

    MachineStore& store_;
    std::vector<std::unique_ptr<Entry>> entries_;
    /// Of those that are to be removed.
    std::vector<service::SwitchSettings> removed_;
    bool busy_ = false;
    Then then_ = Then::Stay;

    QListWidget* list_;
    QStackedWidget* stack_;
    NewSwitchPage* newPage_;
    SwitchPage* page_;
    Banner* banner_;
    QPushButton* ok_;
    QPushButton* cancel_;
    QPushButton* apply_;
};

}  // namespace gui
