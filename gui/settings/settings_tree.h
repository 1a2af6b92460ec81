// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTreeWidget>
#include <vector>

namespace gui {

class TreePage;

/// The pages of the settings, each with its present value in a second line, and a mark while it is
/// changed and not applied or can't be right.
class SettingsTree final : public QTreeWidget {
    Q_OBJECT

  public:
    enum class Mark : unsigned char { None, Changed, Problem };

    struct Entry {
        /// Of a section that begins here; its page is null.
        QString section;
        TreePage* page = nullptr;
        /// Below the last entry that is not nested.
        bool nested = false;
    };

    explicit SettingsTree(QWidget* parent = nullptr);

    void setEntries(const std::vector<Entry>& entries);
    /// What the page says of itself, and its mark.
    void show(const TreePage& page, Mark mark);
    void select(const TreePage& page);

  signals:
    void chosen(gui::TreePage* page);

  protected:
    void changeEvent(QEvent* event) override;

  private:
    void colour();
    [[nodiscard]] QTreeWidgetItem* find(const TreePage& page) const;
};

}  // namespace gui
