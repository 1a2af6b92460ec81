// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "job_watch.h"
#include "new_machine.h"
#include "wizard.h"

namespace gui {

/// Makes a virtual machine: its disk first, as a job, then the machine, and starts it if that is
/// wanted.
class NewMachineWizard final : public Wizard {
    Q_OBJECT

  public:
    explicit NewMachineWizard(MachineStore& store, QWidget* parent = nullptr);
    ~NewMachineWizard() override;

  signals:
    void created(const std::string& id);

  protected:
    void follow() override;
    void carryOut() override;
    void cancelWork() override;

  private:
    void add(NewMachinePage* page);
    void createDisk();
    void createMachine();
    void start(const std::string& id);
    void removeUnusedDisk();

    MachineStore& store_;
    std::vector<NewMachinePage*> pages_;
    NewMachine machine_;
    JobWatch disk_;
    /// Made here, and not yet any machine's.
    std::string madeDisk_;
};

}  // namespace gui
