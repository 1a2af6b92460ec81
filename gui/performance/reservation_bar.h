// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>
#include <cstdint>
#include <vector>

namespace gui {

/// Who has reserved how much of the host's processors, and what is free.
class ReservationBar final : public QWidget {
    Q_OBJECT

  public:
    struct Part {
        QString name;
        /// Of all LPs.
        double percentOfHost = 0;
        /// The machine whose settings these are.
        bool own = false;
    };

    explicit ReservationBar(QWidget* parent = nullptr);

    void setReservations(std::vector<Part> parts, std::uint32_t logicalProcessors);
    [[nodiscard]] QSize sizeHint() const override;

  protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

  private:
    /// Those that take place, and what is free as the last one.
    [[nodiscard]] std::vector<QRect> places() const;
    [[nodiscard]] double freePercent() const;
    [[nodiscard]] QString freeText() const;
    [[nodiscard]] QString textOf(const Part& part) const;

    std::vector<Part> parts_;
    std::uint32_t logicalProcessors_ = 0;
};

}  // namespace gui
