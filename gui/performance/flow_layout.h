// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLayout>
#include <memory>
#include <vector>

namespace gui {

/// Widgets in rows, as many in each as there is place for.
class FlowLayout final : public QLayout {
    Q_OBJECT

  public:
    FlowLayout(QWidget* parent, int columnGap, int rowGap);

    void addItem(QLayoutItem* item) override;
    [[nodiscard]] int count() const override { return static_cast<int>(items_.size()); }
    [[nodiscard]] QLayoutItem* itemAt(int index) const override;
    QLayoutItem* takeAt(int index) override;
    [[nodiscard]] Qt::Orientations expandingDirections() const override { return {}; }
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSize() const override;
    void setGeometry(const QRect& rectangle) override;

  private:
    enum class Place : bool { No, Yes };
    /// The height that it takes.
    int arrange(const QRect& rectangle, Place place) const;

    std::vector<std::unique_ptr<QLayoutItem>> items_;
    const int columnGap_;
    const int rowGap_;
};

}  // namespace gui
