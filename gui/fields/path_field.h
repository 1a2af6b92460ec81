// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLineEdit;
class QPushButton;

namespace gui {

/// A path, typed or looked for in a dialog that blocks nothing.
class PathField final : public QWidget {
    Q_OBJECT

  public:
    enum class Kind : unsigned char { ExistingFile, Folder };

    /// `name` is the object name of the field where the path is typed. `filter` as QFileDialog's.
    PathField(Kind kind, const QString& name, const QString& caption, const QString& filter = {},
              QWidget* parent = nullptr);

    [[nodiscard]] QString path() const;
    /// What is typed stays as it is when it says the same.
    void setPath(const QString& path);
    [[nodiscard]] QLineEdit* edit() const { return edit_; }

  signals:
    void changed();

  private:
    void browse();

    Kind kind_;
    QString caption_;
    QString filter_;
    QLineEdit* edit_;
    QPushButton* browse_;
};

/// "Disk images (*.vhdx ...)" and the like, for dialogs.
[[nodiscard]] QString diskFilter();
[[nodiscard]] QString discFilter();
[[nodiscard]] QString disketteFilter();

/// A path as the service takes it: "~" is the user's folder.
[[nodiscard]] QString expandedPath(const QString& typed);

}  // namespace gui
