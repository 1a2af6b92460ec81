// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "gui/connection/service_connection.h"
#include "wizard_page.h"

class QComboBox;
class QLineEdit;
class QSpinBox;

namespace gui {

class ChoiceList;
class PathField;

enum class DiskAction : unsigned char { Compact, Convert, Expand, Merge };

/// What the Edit Virtual Hard Disk Wizard has been told so far.
struct DiskEdit {
    std::string path;
    /// Nothing before it was inspected.
    std::optional<service::DiskInspectReply> disk;
    DiskAction action = DiskAction::Compact;
    service::DiskConvertParams convert;
    std::uint64_t sizeBytes = 0;
};

class EditDiskPage : public WizardPage {
    Q_OBJECT

  public:
    using WizardPage::WizardPage;

    virtual void follow(const DiskEdit&) {}
    virtual void store(DiskEdit& edit) const = 0;
};

class LocateDiskPage final : public EditDiskPage {
    Q_OBJECT

  public:
    LocateDiskPage(ServiceConnection& connection, const QString& path, QWidget* parent = nullptr);
    [[nodiscard]] bool isValid() const override { return disk_.has_value(); }
    void store(DiskEdit& edit) const override;

  private:
    PathField* path_;
    FieldNote* note_;
    std::optional<service::DiskInspectReply> disk_;
};

class DiskActionPage final : public EditDiskPage {
    Q_OBJECT

  public:
    explicit DiskActionPage(QWidget* parent = nullptr);
    [[nodiscard]] bool isValid() const override { return valid_; }
    void follow(const DiskEdit& edit) override;
    void store(DiskEdit& edit) const override;

  private:
    ChoiceList* action_;
    bool valid_ = true;
};

class ConfigureEditPage final : public EditDiskPage {
    Q_OBJECT

  public:
    explicit ConfigureEditPage(QWidget* parent = nullptr);
    [[nodiscard]] bool isValid() const override { return valid_; }
    void follow(const DiskEdit& edit) override;
    void store(DiskEdit& edit) const override;

  protected:
    void judge() override;

  private:
    void addConversion();
    [[nodiscard]] QString destination() const;

    FieldNote* nothing_;
    Form* conversion_;
    QComboBox* format_;
    QComboBox* type_;
    PathField* folder_;
    QLineEdit* name_;
    FieldNote* nameNote_;
    Form* expansion_;
    QSpinBox* size_;
    Form::Row sizeNotes_{};
    DiskEdit edit_;
    std::string suggestedFor_;
    bool valid_ = true;
};

}  // namespace gui
