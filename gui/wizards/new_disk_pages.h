// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "service/ipc/job_requests.h"
#include "wizard_page.h"

class QLineEdit;
class QSpinBox;

namespace gui {

class ChoiceList;
class PathField;

/// A page of the New Virtual Hard Disk Wizard.
class NewDiskPage : public WizardPage {
    Q_OBJECT

  public:
    using WizardPage::WizardPage;

    /// What earlier pages have said.
    virtual void follow(const service::DiskCreateParams&) {}
    virtual void store(service::DiskCreateParams&) const {}
};

class DiskFormatPage final : public NewDiskPage {
    Q_OBJECT

  public:
    explicit DiskFormatPage(QWidget* parent = nullptr);
    void store(service::DiskCreateParams& disk) const override;

  private:
    ChoiceList* format_;
};

class DiskTypePage final : public NewDiskPage {
    Q_OBJECT

  public:
    explicit DiskTypePage(QWidget* parent = nullptr);
    void store(service::DiskCreateParams& disk) const override;

  private:
    ChoiceList* type_;
};

class DiskPlacePage final : public NewDiskPage {
    Q_OBJECT

  public:
    /// `folder`: where the disk goes if nothing else is typed.
    explicit DiskPlacePage(const QString& folder, QWidget* parent = nullptr);
    [[nodiscard]] bool isValid() const override { return valid_; }
    void follow(const service::DiskCreateParams& disk) override;
    void store(service::DiskCreateParams& disk) const override;

  protected:
    void judge() override;

  private:
    [[nodiscard]] QString path() const;

    QLineEdit* name_;
    FieldNote* nameNote_;
    PathField* location_;
    FieldNote* locationNote_;
    /// Followed until something else is typed.
    QString suggested_;
    bool valid_ = true;
};

/// Its size, or its parent.
class DiskSizePage final : public NewDiskPage {
    Q_OBJECT

  public:
    explicit DiskSizePage(QWidget* parent = nullptr);
    [[nodiscard]] bool isValid() const override { return valid_; }
    void follow(const service::DiskCreateParams& disk) override;
    void store(service::DiskCreateParams& disk) const override;

  protected:
    void judge() override;

  private:
    Form* sizeForm_;
    QSpinBox* size_;
    Form::Row sizeNotes_{};
    Form* parentForm_;
    PathField* parent_;
    FieldNote* parentNote_;
    bool differencing_ = false;
    bool valid_ = true;
};

}  // namespace gui
