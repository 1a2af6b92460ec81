// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <optional>
#include <vector>

#include "service/ipc/error_codes.h"

class QLabel;
class QListWidget;
class QProgressBar;
class QPushButton;
class QStackedWidget;

namespace gui {

class Banner;
class WizardHead;
class WizardPage;

/// Steps at the left, one page at a time, and Finish as soon as all of them are valid. What is
/// carried out at the end is asynchronous; what goes wrong is taken back to the page it is about.
class Wizard : public QDialog {
    Q_OBJECT

  public:
    Wizard(const QString& title, const QString& icon, QWidget* parent);

    [[nodiscard]] int current() const;
    void accept() override;
    void reject() override;

  protected:
    void addPage(WizardPage* page);
    void goTo(int index);
    /// Anything was entered, or another page is shown: pages that depend on others follow here.
    virtual void follow() {}
    /// Finish was pressed and all pages are valid. Ends with done() or fail().
    virtual void carryOut() = 0;
    /// Cancel was pressed while it is carried out. Ends with fail() or stopWork().
    virtual void cancelWork() {}

    /// What is being done; pages wait. Without a percentage it isn't known how long it takes.
    void showWork(const QString& what, std::optional<double> percent = {});
    void stopWork();
    [[nodiscard]] bool works() const { return works_; }
    /// At the field that is meant, or above the page.
    void fail(const service::RpcError& error);
    void fail(const QString& text);
    /// Nothing can be done any more but to read this and close.
    void endWith(const QString& text);
    void refresh();
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    void build(const QString& icon);
    void listSteps();
    [[nodiscard]] bool allAreValid() const;

    std::vector<WizardPage*> pages_;
    int reached_ = 0;
    bool works_ = false;
    bool ended_ = false;
    bool follows_ = false;

    WizardHead* head_;
    QListWidget* steps_;
    Banner* banner_;
    QStackedWidget* stack_;
    QWidget* bar_;
    QLabel* work_;
    QProgressBar* progress_;
    QPushButton* previous_;
    QPushButton* next_;
    QPushButton* finish_;
    QPushButton* cancel_;
};

}  // namespace gui
