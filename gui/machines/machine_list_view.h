// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>
#include <QTreeView>
#include <string>
#include <vector>

#include "machine_list_model.h"

namespace gui {

/// The pane "Virtual Machines": selection, order and place of scrolling stay while machines change.
class MachineListView final : public QTreeView {
    Q_OBJECT

  public:
    explicit MachineListView(MachineListModel& model, QWidget* parent = nullptr);

    [[nodiscard]] MachineListFilter& filter() { return filter_; }
    /// Ids, in the order of rows.
    [[nodiscard]] std::vector<std::string> selectedMachines() const;
    /// The one that panes and actions are about; empty: none, or several.
    [[nodiscard]] std::string currentMachine() const;
    void select(const std::string& id);

    /// What a click into the header does, for the keyboard: the menus are made anew.
    void fillSorting(QMenu& menu);
    void fillColumns(QMenu& menu);

  signals:
    void machineSelectionChanged();
    void connectWanted();
    void renameWanted();
    void deleteWanted();

  protected:
    void drawRow(QPainter* painter, const QStyleOptionViewItem& option,
                 const QModelIndex& index) const override;
    void keyPressEvent(QKeyEvent* event) override;
    void selectionChanged(const QItemSelection& selected,
                          const QItemSelection& deselected) override;

  private:
    /// What the column's title, and its words where they are known, need.
    [[nodiscard]] int widthOf(int column) const;
    void remember();
    void restore();

    MachineListModel& model_;
    MachineListFilter filter_;
    std::vector<std::string> remembered_;
    bool restoring_ = false;
};

/// State as a dot before the name, and usage as a small curve before its number.
class MachineDelegate final : public QStyledItemDelegate {
    Q_OBJECT

  public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option,
                                 const QModelIndex& index) const override;
};

}  // namespace gui
