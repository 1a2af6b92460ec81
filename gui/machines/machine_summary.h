// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <optional>
#include <string>
#include <vector>

#include "gui/connection/machine_store.h"

namespace gui {

class ScreenThumbnail;

/// Names and values below each other, in two columns where there is room; values can be selected
/// and copied.
class FactSheet final : public QScrollArea {
    Q_OBJECT

  public:
    struct Fact {
        QString name;
        QString value;
    };

    explicit FactSheet(QWidget* parent = nullptr);

    /// `empty` is shown when there are none.
    void setFacts(const std::vector<Fact>& facts, const QString& empty = {});
    /// Beside them.
    void setPicture(QWidget* picture);

  protected:
    void resizeEvent(QResizeEvent* event) override;

  private:
    /// As high as the facts are in this width: a scroll area does not ask for that itself.
    void fit();

    QHBoxLayout* row_;
    QFormLayout* form_;
    QLabel* empty_;
    std::vector<QLabel*> values_;
    std::vector<QString> names_;
};

/// The tabs Summary, Memory, Networking and Storage of the selected machine.
class MachineSummaryPages final : public QObject {
    Q_OBJECT

  public:
    MachineSummaryPages(MachineStore& store, QWidget* parent);

    void setMachine(const std::string& id);
    [[nodiscard]] QWidget* summary() const { return summary_; }
    [[nodiscard]] QWidget* memory() const { return memory_; }
    [[nodiscard]] QWidget* networking() const { return networking_; }
    [[nodiscard]] QWidget* storage() const { return storage_; }

  private:
    void load();
    void display();

    MachineStore& store_;
    std::string id_;
    std::optional<service::MachineDetails> details_;
    FactSheet* summary_;
    ScreenThumbnail* thumbnail_;
    FactSheet* memory_;
    FactSheet* networking_;
    FactSheet* storage_;
};

}  // namespace gui
