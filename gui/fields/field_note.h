// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

namespace gui {

/// A line beside or under a field; hidden while it has nothing to say.
class FieldNote final : public QLabel {
    Q_OBJECT

  public:
    enum class Kind : unsigned char { Explanation, Warning, Problem };

    explicit FieldNote(QWidget* parent = nullptr);

    /// With an empty text it hides.
    void say(Kind kind, const QString& text);
    void clear() { say(Kind::Explanation, {}); }
    [[nodiscard]] Kind kind() const { return kind_; }

  protected:
    void changeEvent(QEvent* event) override;

  private:
    void colour();

    Kind kind_ = Kind::Explanation;
};

}  // namespace gui
