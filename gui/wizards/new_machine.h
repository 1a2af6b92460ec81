// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "gui/connection/machine_store.h"
#include "service/ipc/job_requests.h"
#include "wizard_page.h"

namespace gui {

/// What the New Virtual Machine Wizard has been told so far.
struct NewMachine {
    service::MachineSettings settings;
    /// Nothing: the service's own place.
    std::optional<std::string> folder;
    /// Made before the machine.
    std::optional<service::DiskCreateParams> newDisk;
    bool start = false;
};

/// A page that adds what it was told to a machine, in the order of the pages.
class NewMachinePage : public WizardPage {
    Q_OBJECT

  public:
    using WizardPage::WizardPage;

    /// What earlier pages have said.
    virtual void follow(const NewMachine&, const MachineStore&) {}
    virtual void store(NewMachine&) const {}
};

}  // namespace gui
