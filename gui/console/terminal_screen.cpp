// SPDX-License-Identifier: GPL-3.0-or-later
#include "terminal_screen.h"

#include <vterm.h>

#include <algorithm>
#include <array>
#include <utility>

namespace gui {

namespace {

/// libvterm's mark in the second cell of a wide character.
constexpr auto kSecondHalf = static_cast<std::uint32_t>(-1);
constexpr int kMostTitle = 256;

TerminalColour fromLibrary(const VTermColor& colour) {
    if (VTERM_COLOR_IS_DEFAULT_FG(&colour) || VTERM_COLOR_IS_DEFAULT_BG(&colour))
        return {};
    if (VTERM_COLOR_IS_INDEXED(&colour))
        return {TerminalColour::Kind::Indexed, colour.indexed.idx, 0, 0};
    return {TerminalColour::Kind::Rgb, colour.rgb.red, colour.rgb.green, colour.rgb.blue};
}

VTermColor toLibrary(const TerminalColour& colour, const VTermColor& standard) {
    VTermColor result = standard;
    if (colour.kind == TerminalColour::Kind::Indexed)
        vterm_color_indexed(&result, colour.red);
    else if (colour.kind == TerminalColour::Kind::Rgb)
        vterm_color_rgb(&result, colour.red, colour.green, colour.blue);
    return result;
}

TerminalCell fromLibrary(const VTermScreenCell& cell) {
    TerminalCell result;
    if (cell.chars[0] == kSecondHalf) {
        result.width = 0;
    } else {
        result.character = cell.chars[0];
        // What is behind the first 0 is not set.
        for (std::size_t mark = 0; mark < result.marks.size() && cell.chars[mark] != 0; ++mark)
            result.marks[mark] = cell.chars[mark + 1];
        result.width = cell.width == 2 ? 2 : 1;
    }
    result.style = {fromLibrary(cell.fg),   fromLibrary(cell.bg),      cell.attrs.bold != 0,
                    cell.attrs.italic != 0, cell.attrs.underline != 0, cell.attrs.strike != 0,
                    cell.attrs.reverse != 0};
    return result;
}

bool isBlank(const TerminalCell& cell) {
    return (cell.character == 0 || cell.character == ' ') && cell.marks[0] == 0 &&
           cell.width == 1 && cell.style.background == TerminalColour{} && !cell.style.reverse &&
           !cell.style.underline && !cell.style.strike;
}

VTermModifier toLibrary(Qt::KeyboardModifiers modifiers) {
    int result = VTERM_MOD_NONE;
    if (modifiers & Qt::ShiftModifier)
        result |= VTERM_MOD_SHIFT;
    if (modifiers & Qt::AltModifier)
        result |= VTERM_MOD_ALT;
    if (modifiers & Qt::ControlModifier)
        result |= VTERM_MOD_CTRL;
    return static_cast<VTermModifier>(result);
}

VTermKey toLibrary(TerminalKey key) {
    static constexpr std::array kKeys{
        VTERM_KEY_ENTER, VTERM_KEY_TAB,  VTERM_KEY_BACKSPACE, VTERM_KEY_ESCAPE,  VTERM_KEY_UP,
        VTERM_KEY_DOWN,  VTERM_KEY_LEFT, VTERM_KEY_RIGHT,     VTERM_KEY_INS,     VTERM_KEY_DEL,
        VTERM_KEY_HOME,  VTERM_KEY_END,  VTERM_KEY_PAGEUP,    VTERM_KEY_PAGEDOWN};
    const auto number = static_cast<std::size_t>(key);
    if (number < kKeys.size())
        return kKeys[number];
    const int function = static_cast<int>(number - static_cast<std::size_t>(TerminalKey::F1)) + 1;
    return static_cast<VTermKey>(VTERM_KEY_FUNCTION_0 + function);
}

/// The control character that Control makes of a key; 0xFF: none.
char controlOf(char32_t key) {
    if (key >= 'a' && key <= 'z')
        key -= 'a' - 'A';
    if (key >= '@' && key <= '_')
        return static_cast<char>(key & 0x1F);
    switch (key) {
        case ' ':
        case '2':
            return 0;
        case '3':
        case '4':
        case '5':
        case '6':
        case '7':
            return static_cast<char>(key - '3' + 0x1B);
        case '/':
            return 0x1F;
        case '8':
        case '?':
            return 0x7F;
        default:
            return static_cast<char>(0xFF);
    }
}

}  // namespace

struct TerminalScreen::Callbacks {
    static TerminalScreen& of(void* user) { return *static_cast<TerminalScreen*>(user); }

    static int damage(VTermRect place, void* user) {
        of(user).damage(place.start_row, place.end_row);
        return 1;
    }
    static int moveCursor(VTermPos place, VTermPos, int, void* user) {
        of(user).moveCursor(place.row, place.col);
        return 1;
    }
    static int setProperty(VTermProp property, VTermValue* value, void* user) {
        TerminalScreen& screen = of(user);
        TerminalCursor& cursor = screen.cursor_;
        switch (property) {
            case VTERM_PROP_CURSORVISIBLE:
                cursor.visible = value->boolean != 0;
                break;
            case VTERM_PROP_CURSORBLINK:
                cursor.blinks = value->boolean != 0;
                break;
            case VTERM_PROP_CURSORSHAPE:
                cursor.shape = value->number == VTERM_PROP_CURSORSHAPE_UNDERLINE
                                   ? TerminalCursor::Shape::Underline
                               : value->number == VTERM_PROP_CURSORSHAPE_BAR_LEFT
                                   ? TerminalCursor::Shape::Bar
                                   : TerminalCursor::Shape::Block;
                break;
            case VTERM_PROP_ALTSCREEN:
                screen.otherScreen_ = value->boolean != 0;
                break;
            case VTERM_PROP_MOUSE:
                screen.mouse_ =
                    static_cast<Mouse>(std::clamp(value->number, 0, int{VTERM_PROP_MOUSE_MOVE}));
                break;
            default:
                break;
        }
        screen.damage(cursor.row, cursor.row + 1);
        return 1;
    }
    static int bell(void* user) {
        if (of(user).listener_.bell)
            of(user).listener_.bell();
        return 1;
    }
    static int pushLine(int columns, const VTermScreenCell* cells, void* user) {
        std::vector<TerminalCell> line(static_cast<std::size_t>(columns));
        std::ranges::transform(cells, cells + columns, line.begin(),
                               [](const VTermScreenCell& cell) { return fromLibrary(cell); });
        of(user).push(std::move(line));
        return 1;
    }
    /// For a screen that becomes higher.
    static int popLine(int columns, VTermScreenCell* cells, void* user) {
        TerminalScreen& screen = of(user);
        if (screen.scrollback_.empty() ||
            screen.scrollback_.back().size() > static_cast<std::size_t>(columns))
            return 0;
        std::vector<TerminalCell> line = std::move(screen.scrollback_.back());
        screen.scrollback_.pop_back();
        screen.scrollbackCells_ -= line.size();
        screen.scrolled_ = true;
        line.resize(static_cast<std::size_t>(columns));
        VTermColor foreground;
        VTermColor background;
        vterm_state_get_default_colors(vterm_obtain_state(screen.terminal_.get()), &foreground,
                                       &background);
        for (std::size_t column = 0; column < line.size(); ++column) {
            const TerminalCell& from = line[column];
            VTermScreenCell& to = cells[column];
            to = {};
            to.chars[0] = from.character;
            if (from.character != 0)
                std::ranges::copy(from.marks, to.chars + 1);
            // libvterm writes into the next cell, whether there is one or not.
            to.width = from.width == 2 && column + 1 < line.size() ? 2 : 1;
            to.attrs.bold = from.style.bold;
            to.attrs.italic = from.style.italic;
            to.attrs.underline =
                from.style.underline ? VTERM_UNDERLINE_SINGLE : VTERM_UNDERLINE_OFF;
            to.attrs.strike = from.style.strike;
            to.attrs.reverse = from.style.reverse;
            to.fg = toLibrary(from.style.foreground, foreground);
            to.bg = toLibrary(from.style.background, background);
        }
        return 1;
    }
    static void output(const char* bytes, std::size_t size, void* user) {
        of(user).output({bytes, size});
    }

    static constexpr VTermScreenCallbacks kScreen{
        .damage = damage,
        .moverect = nullptr,
        .movecursor = moveCursor,
        .settermprop = setProperty,
        .bell = bell,
        .resize = nullptr,
        .sb_pushline = pushLine,
        .sb_popline = popLine,
    };
};

void TerminalScreen::Deleter::operator()(VTerm* terminal) const {
    vterm_free(terminal);
}

TerminalScreen::TerminalScreen(int rows, int columns, Listener listener)
    : listener_(std::move(listener)),
      guestOutput_({[this](std::string_view bytes) { write(bytes); },
                    [this](std::string_view title) { setTitle(title); },
                    [this] { clearScrollback(); }}),
      rows_(std::clamp(rows, kFewestRows, kMostRows)),
      columns_(std::clamp(columns, kFewestColumns, kMostColumns)),
      damaged_(static_cast<std::size_t>(rows_), true) {
    terminal_.reset(vterm_new(rows_, columns_));
    vterm_set_utf8(terminal_.get(), 1);
    vterm_output_set_callback(terminal_.get(), &Callbacks::output, this);
    screen_ = vterm_obtain_screen(terminal_.get());
    vterm_screen_enable_altscreen(screen_, 1);
    vterm_screen_set_callbacks(screen_, &Callbacks::kScreen, this);
    vterm_screen_set_damage_merge(screen_, VTERM_DAMAGE_ROW);
    vterm_screen_reset(screen_, 1);
    guestOutput_.reset();
}

TerminalScreen::~TerminalScreen() = default;

void TerminalScreen::feed(std::string_view bytes) {
    feeding_ = true;
    guestOutput_.feed(bytes);
    feeding_ = false;
    vterm_screen_flush_damage(screen_);
}

void TerminalScreen::write(std::string_view bytes) {
    vterm_input_write(terminal_.get(), bytes.data(), bytes.size());
}

void TerminalScreen::output(std::string_view bytes) {
    if (listener_.output && (answering_ || !feeding_))
        listener_.output(bytes);
}

void TerminalScreen::clear() {
    guestOutput_.reset();
    vterm_screen_flush_damage(screen_);
    clearScrollback();
    damage(0, rows_);
    setTitle({});
}

void TerminalScreen::clearScrollback() {
    firstLine_ += static_cast<std::int64_t>(scrollback_.size());
    scrollback_.clear();
    scrollbackCells_ = 0;
    scrolled_ = true;
}

void TerminalScreen::resize(int rows, int columns) {
    rows = std::clamp(rows, kFewestRows, kMostRows);
    columns = std::clamp(columns, kFewestColumns, kMostColumns);
    if (rows == rows_ && columns == columns_)
        return;
    // libvterm would keep a scroll region that begins below the new end. Without one, the cursor
    // has to be put back, in rows that no origin mode moves any more.
    write("\x1B[r\x1B[" + std::to_string(cursor_.row + 1) + ';' +
          std::to_string(cursor_.column + 1) + 'H');
    rows_ = rows;
    columns_ = columns;
    damaged_.assign(static_cast<std::size_t>(rows), true);
    vterm_set_size(terminal_.get(), rows, columns);
    // It may have put the cursor above the first row.
    write("\x1B[0n");
    vterm_screen_flush_damage(screen_);
    VTermPos place;
    vterm_state_get_cursorpos(vterm_obtain_state(terminal_.get()), &place);
    moveCursor(place.row, place.col);
    damage(0, rows);
    scrolled_ = true;
}

void TerminalScreen::setTitle(std::string_view title) {
    QString line = QString::fromUtf8(title.data(), static_cast<qsizetype>(title.size()));
    line.removeIf(
        [](QChar one) { return !one.isPrint() || one.category() == QChar::Other_Format; });
    line.truncate(kMostTitle);
    if (line == title_)
        return;
    title_ = line;
    if (listener_.titleChanged)
        listener_.titleChanged(title_);
}

void TerminalScreen::damage(int first, int last) {
    last = std::min(last, static_cast<int>(damaged_.size()));
    for (int row = std::max(first, 0); row < last; ++row)
        damaged_[static_cast<std::size_t>(row)] = true;
}

void TerminalScreen::moveCursor(int row, int column) {
    damage(cursor_.row, cursor_.row + 1);
    cursor_.row = std::clamp(row, 0, rows_ - 1);
    cursor_.column = std::clamp(column, 0, columns_ - 1);
    damage(cursor_.row, cursor_.row + 1);
}

void TerminalScreen::push(std::vector<TerminalCell> line) {
    while (!line.empty() && isBlank(line.back()))
        line.pop_back();
    line.shrink_to_fit();
    scrollbackCells_ += line.size();
    scrollback_.push_back(std::move(line));
    while (scrollback_.size() > static_cast<std::size_t>(kScrollbackLines) ||
           scrollbackCells_ > kScrollbackCells)
        dropOldest();
    scrolled_ = true;
}

void TerminalScreen::dropOldest() {
    scrollbackCells_ -= scrollback_.front().size();
    scrollback_.pop_front();
    ++firstLine_;
}

void TerminalScreen::readLine(int line, std::vector<TerminalCell>& cells) const {
    const auto columns = static_cast<std::size_t>(columns_);
    if (line < scrollbackLines()) {
        cells = scrollback_[static_cast<std::size_t>(std::max(line, 0))];
        cells.resize(std::max(columns, cells.size()));
        return;
    }
    cells.assign(columns, {});
    VTermPos place{line - scrollbackLines(), 0};
    for (; place.col < columns_; ++place.col) {
        VTermScreenCell cell{};
        if (vterm_screen_get_cell(screen_, place, &cell) != 0)
            cells[static_cast<std::size_t>(place.col)] = fromLibrary(cell);
    }
}

QString TerminalScreen::text(int line, int from, int to) const {
    std::vector<TerminalCell> cells;
    readLine(line, cells);
    auto end = static_cast<std::size_t>(std::clamp(to, 0, static_cast<int>(cells.size())));
    const auto isEmpty = [](const TerminalCell& cell) {
        return cell.width == 1 && (cell.character == 0 || cell.character == ' ');
    };
    // Blanks count where something that is not one follows, chosen or not.
    if (std::all_of(cells.begin() + static_cast<std::ptrdiff_t>(end), cells.end(), isEmpty))
        while (end > 0 && isEmpty(cells[end - 1]))
            --end;
    QString result;
    for (auto column = static_cast<std::size_t>(std::max(from, 0)); column < end; ++column) {
        const TerminalCell& cell = cells[column];
        if (cell.width == 0)
            continue;
        result += QChar::fromUcs4(cell.character == 0 ? U' ' : cell.character);
        for (const char32_t mark : cell.marks)
            if (mark != 0)
                result += QChar::fromUcs4(mark);
    }
    return result;
}

TerminalDamage TerminalScreen::takeDamage() {
    TerminalDamage result;
    result.scrolled = std::exchange(scrolled_, false);
    for (int row = 0; row < rows_; ++row) {
        auto one = damaged_[static_cast<std::size_t>(row)];
        if (!one)
            continue;
        one = false;
        if (!result.rows.empty() && result.rows.back().last == row)
            ++result.rows.back().last;
        else
            result.rows.push_back({row, row + 1});
    }
    return result;
}

void TerminalScreen::key(TerminalKey key, Qt::KeyboardModifiers modifiers) {
    // With these libvterm writes sequences that next to no guest at a serial port knows.
    if (key == TerminalKey::Backspace && modifiers & Qt::ControlModifier)
        return character(U'\b', modifiers & Qt::AltModifier);
    if (key == TerminalKey::Enter || key == TerminalKey::Backspace || key == TerminalKey::Escape)
        modifiers &= Qt::AltModifier;
    if (key == TerminalKey::Tab)
        modifiers &= Qt::ShiftModifier;
    vterm_keyboard_key(terminal_.get(), toLibrary(key), toLibrary(modifiers));
}

void TerminalScreen::character(char32_t one, Qt::KeyboardModifiers modifiers) {
    if (one > 0x10FFFF || (one >= 0xD800 && one <= 0xDFFF))
        return;
    QByteArray bytes = QString::fromUcs4(&one, 1).toUtf8();
    if (modifiers & Qt::ControlModifier)
        if (const char control = controlOf(one); control != static_cast<char>(0xFF))
            bytes = QByteArray(1, control);
    if (modifiers & Qt::AltModifier)
        bytes.prepend('\x1B');
    output({bytes.constData(), static_cast<std::size_t>(bytes.size())});
}

void TerminalScreen::paste(const QString& text) {
    vterm_keyboard_start_paste(terminal_.get());
    type(text);
    vterm_keyboard_end_paste(terminal_.get());
}

void TerminalScreen::type(const QString& text) {
    QString clean = text;
    clean.replace(QStringLiteral("\r\n"), QStringLiteral("\r"));
    clean.replace(u'\n', u'\r');
    // With an ESC, text could end the brackets and go on as commands.
    clean.removeIf([](QChar one) {
        return one != u'\r' && one != u'\t' && one.category() == QChar::Other_Control;
    });
    const QByteArray bytes = clean.toUtf8();
    if (!bytes.isEmpty())
        output({bytes.constData(), static_cast<std::size_t>(bytes.size())});
}

void TerminalScreen::mouseButton(int button, bool pressed, int row, int column,
                                 Qt::KeyboardModifiers modifiers) {
    if (mouse_ == Mouse::Unwanted)
        return;
    vterm_mouse_move(terminal_.get(), std::clamp(row, 0, rows_ - 1),
                     std::clamp(column, 0, columns_ - 1), toLibrary(modifiers));
    vterm_mouse_button(terminal_.get(), button, pressed, toLibrary(modifiers));
}

void TerminalScreen::mouseMoved(int row, int column, Qt::KeyboardModifiers modifiers) {
    if (mouse_ != Mouse::Unwanted)
        vterm_mouse_move(terminal_.get(), std::clamp(row, 0, rows_ - 1),
                         std::clamp(column, 0, columns_ - 1), toLibrary(modifiers));
}

void TerminalScreen::focusChanged(bool focused) {
    VTermState* const state = vterm_obtain_state(terminal_.get());
    if (focused)
        vterm_state_focus_in(state);
    else
        vterm_state_focus_out(state);
}

}  // namespace gui
