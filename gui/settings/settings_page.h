// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "service/ipc/host_requests.h"
#include "tree_page.h"

class QListWidget;
class QSpinBox;

namespace gui {

/// A page of a machine's settings. It shows them, edited ones among them, and puts what it edits
/// into settings that it is given.
class SettingsPage : public TreePage {
    Q_OBJECT

  public:
    using TreePage::TreePage;

    /// `details.settings` are the edited ones. `host` is null before it is known.
    void show(const service::MachineDetails& details, const service::HostReply* host);
    virtual void store(service::MachineSettings& settings) const = 0;
    /// Whether what this page edits is another in the two.
    [[nodiscard]] virtual bool differs(const service::MachineSettings& before,
                                       const service::MachineSettings& after) const = 0;

  protected:
    virtual void load(const service::MachineDetails& details, const service::HostReply* host) = 0;
};

/// A list among fields, as high as its rows; lists that fill a pane have no frame.
void fitAmongFields(QListWidget& list);

/// Why hardware can't change in this state, empty if it can: "can't change while the machine is
/// running".
[[nodiscard]] QString frozenReason(service::MachineState state);

/// The same for drives at such a controller: those at SCSI controllers are plugged while the
/// machine runs.
[[nodiscard]] QString frozenReason(service::MachineState state, service::ControllerKind controller);

/// What is typed stays as it is when it says the same.
void setValue(QSpinBox& field, int value);

}  // namespace gui
