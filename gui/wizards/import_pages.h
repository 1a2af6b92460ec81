// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "gui/connection/machine_store.h"
#include "summary_page.h"

class QCheckBox;
class QFormLayout;
class QLineEdit;

namespace gui {

class ChoiceList;
class PathField;

/// What the Import Virtual Machine Wizard has been told so far.
struct ImportPlan {
    /// Nothing before the folder was looked at.
    std::optional<service::ImportInspectReply> found;
    service::MachineImportParams params;
};

class ImportPage : public WizardPage {
    Q_OBJECT

  public:
    using WizardPage::WizardPage;

    virtual void follow(const ImportPlan&) {}
    virtual void store(ImportPlan&) const {}
};

class ImportIntroductionPage final : public ImportPage {
    Q_OBJECT

  public:
    explicit ImportIntroductionPage(QWidget* parent = nullptr);

    /// Whether the user has said not to show this page again.
    [[nodiscard]] static bool isUnwanted();
};

/// Where the machine is; looked at when one pauses.
class LocateFolderPage final : public ImportPage {
    Q_OBJECT

  public:
    explicit LocateFolderPage(ServiceConnection& connection, QWidget* parent = nullptr);
    [[nodiscard]] bool isValid() const override { return found_.has_value(); }
    void store(ImportPlan& plan) const override;

  private:
    PathField* folder_;
    FieldNote* note_;
    std::optional<service::ImportInspectReply> found_;
};

/// What was found there, and what is wrong with it.
class FoundMachinePage final : public ImportPage {
    Q_OBJECT

  public:
    explicit FoundMachinePage(QWidget* parent = nullptr);
    [[nodiscard]] bool isValid() const override { return usable_; }
    void follow(const ImportPlan& plan) override;

  private:
    QFormLayout* form_;
    SummaryPage::Facts shown_;
    FieldNote* problems_;
    FieldNote* warnings_;
    bool usable_ = false;
};

class ImportTypePage final : public ImportPage {
    Q_OBJECT

  public:
    explicit ImportTypePage(QWidget* parent = nullptr);
    [[nodiscard]] bool isValid() const override { return possible_; }
    void follow(const ImportPlan& plan) override;
    void store(ImportPlan& plan) const override;

  private:
    ChoiceList* kind_;
    FieldNote* note_;
    bool possible_ = false;
};

/// The machine's name, and where its folder and its disks go.
class ImportFoldersPage final : public ImportPage {
    Q_OBJECT

  public:
    explicit ImportFoldersPage(const MachineStore& store, QWidget* parent = nullptr);
    [[nodiscard]] bool isValid() const override { return valid_; }
    void follow(const ImportPlan& plan) override;
    void store(ImportPlan& plan) const override;

  protected:
    void judge() override;

  private:
    const MachineStore& store_;
    QLineEdit* name_;
    FieldNote* nameNote_;
    QCheckBox* elsewhere_;
    PathField* machineFolder_;
    FieldNote* machineNote_;
    PathField* diskFolder_;
    FieldNote* diskNote_;
    /// What the name was set to by itself.
    QString suggested_;
    bool copies_ = true;
    bool valid_ = false;
};

/// "Register the virtual machine in-place".
[[nodiscard]] QString importKindText(service::ImportKind kind);

}  // namespace gui
