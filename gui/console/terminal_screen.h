// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "guest_output.h"
#include "terminal_cell.h"

struct VTerm;
struct VTermScreen;

namespace gui {

enum class TerminalKey : unsigned char {
    Enter,
    Tab,
    Backspace,
    Escape,
    Up,
    Down,
    Left,
    Right,
    Insert,
    Delete,
    Home,
    End,
    PageUp,
    PageDown,
    F1,
    F2,
    F3,
    F4,
    F5,
    F6,
    F7,
    F8,
    F9,
    F10,
    F11,
    F12,
};

struct TerminalCursor {
    enum class Shape : unsigned char { Block, Underline, Bar };
    int row = 0;
    int column = 0;
    bool visible = true;
    bool blinks = true;
    Shape shape = Shape::Block;
};

/// What has changed since it was asked for last.
struct TerminalDamage {
    /// Of the screen's rows, `last` not included.
    struct Rows {
        int first;
        int last;
    };
    std::vector<Rows> rows;
    /// Lines have come into the scrollback or left it: everything stands elsewhere.
    bool scrolled = false;
};

/// A terminal without a window: bytes of a guest become lines of cells, keys become bytes for it.
///
/// The guest is not trusted: any bytes are safe, and memory is bounded (scrollback:
/// kScrollbackLines, and kScrollbackCells in all).
///
/// Lines are counted from the oldest of the scrollback, the screen's rows follow. A line keeps its
/// number while it is there, but for those that firstLine() has grown by.
class TerminalScreen {
  public:
    static constexpr int kScrollbackLines = 10'000;
    static constexpr std::size_t kScrollbackCells = 2'000'000;
    static constexpr int kFewestRows = 2;
    static constexpr int kMostRows = 300;
    static constexpr int kFewestColumns = 20;
    static constexpr int kMostColumns = 1'000;

    struct Listener {
        /// Bytes for the guest: keys, pastes, and answers to what it asked.
        std::function<void(std::string_view)> output;
        std::function<void(const QString&)> titleChanged;
        std::function<void()> bell;
    };
    enum class Mouse : unsigned char { Unwanted, Clicks, Drags, Moves };

    TerminalScreen(int rows, int columns, Listener listener = {});
    ~TerminalScreen();
    TerminalScreen(const TerminalScreen&) = delete;
    TerminalScreen& operator=(const TerminalScreen&) = delete;

    void feed(std::string_view bytes);
    /// Whether the guest's questions (where the cursor is, what this is) are answered. Not while
    /// old output comes once more: nobody waits for those answers.
    void setAnswering(bool answering) { answering_ = answering; }
    /// As it was made, with the same size; the scrollback too.
    void clear();
    void clearScrollback();
    /// What is wider than the screen is lost but in the scrollback; the guest's scroll region goes
    /// back to the whole screen.
    void resize(int rows, int columns);

    [[nodiscard]] int rows() const { return rows_; }
    [[nodiscard]] int columns() const { return columns_; }
    [[nodiscard]] int scrollbackLines() const { return static_cast<int>(scrollback_.size()); }
    [[nodiscard]] int lines() const { return scrollbackLines() + rows_; }
    /// How many lines have left the scrollback for good.
    [[nodiscard]] std::int64_t firstLine() const { return firstLine_; }
    /// `line` from 0 to lines() - 1; `cells` becomes columns() long, or longer for a line that was.
    void readLine(int line, std::vector<TerminalCell>& cells) const;
    /// Cells `from` to `to`, `to` not included, without blanks at the line's end.
    [[nodiscard]] QString text(int line, int from, int to) const;

    [[nodiscard]] TerminalCursor cursor() const { return cursor_; }
    [[nodiscard]] QString title() const { return title_; }
    /// A full-screen program's screen, which has no scrollback.
    [[nodiscard]] bool isOtherScreen() const { return otherScreen_; }
    [[nodiscard]] Mouse mouse() const { return mouse_; }

    [[nodiscard]] TerminalDamage takeDamage();

    // Only Shift, Control and Alt of `modifiers` count.
    void key(TerminalKey key, Qt::KeyboardModifiers modifiers = {});
    void character(char32_t character, Qt::KeyboardModifiers modifiers = {});
    /// In brackets if the guest wants them; control characters but tabs and line ends are left out.
    void paste(const QString& text);
    /// The same without brackets.
    void type(const QString& text);
    /// Buttons are 1 to 3, 4 and 5 the wheel's directions. For a guest that wants the mouse.
    void mouseButton(int button, bool pressed, int row, int column,
                     Qt::KeyboardModifiers modifiers = {});
    void mouseMoved(int row, int column, Qt::KeyboardModifiers modifiers = {});
    void focusChanged(bool focused);

  private:
    /// What libvterm calls.
    struct Callbacks;
    struct Deleter {
        void operator()(VTerm* terminal) const;
    };

    void write(std::string_view bytes);
    void output(std::string_view bytes);
    void setTitle(std::string_view title);
    void damage(int first, int last);
    void moveCursor(int row, int column);
    void push(std::vector<TerminalCell> line);
    void dropOldest();

    Listener listener_;
    GuestOutput guestOutput_;
    std::unique_ptr<VTerm, Deleter> terminal_;
    /// The terminal's own part.
    VTermScreen* screen_ = nullptr;
    int rows_;
    int columns_;
    /// Lines end at their last cell that is not blank.
    std::deque<std::vector<TerminalCell>> scrollback_;
    std::size_t scrollbackCells_ = 0;
    std::int64_t firstLine_ = 0;
    std::vector<bool> damaged_;
    bool scrolled_ = false;
    TerminalCursor cursor_;
    QString title_;
    bool otherScreen_ = false;
    Mouse mouse_ = Mouse::Unwanted;
    bool answering_ = true;
    /// What libvterm puts out now answers the guest.
    bool feeding_ = false;
};

}  // namespace gui
