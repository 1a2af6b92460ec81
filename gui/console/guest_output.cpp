// SPDX-License-Identifier: GPL-3.0-or-later
#include "guest_output.h"

#include <QChar>
#include <algorithm>
#include <string>

namespace gui {

namespace {

constexpr unsigned char kBell = 0x07;
constexpr unsigned char kCancel = 0x18;
constexpr unsigned char kSubstitute = 0x1A;
constexpr unsigned char kEscape = 0x1B;
constexpr unsigned char kDelete = 0x7F;
constexpr char32_t kReplacement = 0xFFFD;

/// Does nothing but make libvterm look where its cursor is, and put it back onto the screen.
constexpr std::string_view kHoldCursor = "\x1B[0n";

/// libvterm's reset forgets that it shows the other screen and that a mouse is wanted. The saved
/// cursor is one that was never there, and black on black, until the first is saved.
constexpr std::string_view kReset =
    "\x1B[?1047l\x1B[?1000l\x1B[?1006l\x1B[?5l\x1B"
    "c\x1B"
    "7";

/// DECSTR, which libvterm does not know: what keeps a shell from being readable.
constexpr std::string_view kSoftReset =
    "\x1B[0m\x1B[?25h\x1B[4l\x1B[?1l\x1B[?7h\x1B>\x1B(B\x1B)B\x0F";

/// What libvterm gives no place of its own.
bool isMark(char32_t one) {
    if (one < 0x300)
        return false;
    if ((one >= 0x1160 && one <= 0x11FF) || one == 0x200B)
        return true;
    // They were in the Unicode that libvterm is of, and are not any more.
    if (one == 0x06DE || one == 0x1734)
        return true;
    const QChar::Category category = QChar::category(one);
    return category == QChar::Mark_NonSpacing || category == QChar::Mark_Enclosing;
}

/// Not shown, and some turn the text around that follows.
bool isFormat(char32_t one) {
    if (one < 0xA0)
        return one >= 0x80;
    return QChar::category(one) == QChar::Other_Format;
}

void append(std::string& text, char32_t one) {
    const auto put = [&text](char32_t byte) { text += static_cast<char>(byte); };
    if (one < 0x80) {
        put(one);
    } else if (one < 0x800) {
        put(0xC0 | one >> 6);
        put(0x80 | (one & 0x3F));
    } else if (one < 0x10000) {
        put(0xE0 | one >> 12);
        put(0x80 | (one >> 6 & 0x3F));
        put(0x80 | (one & 0x3F));
    } else {
        put(0xF0 | one >> 18);
        put(0x80 | (one >> 12 & 0x3F));
        put(0x80 | (one >> 6 & 0x3F));
        put(0x80 | (one & 0x3F));
    }
}

bool isIn(char one, std::string_view set) {
    return set.find(one) != std::string_view::npos;
}

}  // namespace

void GuestOutput::feed(std::string_view bytes) {
    for (const char byte : bytes) {
        take(static_cast<unsigned char>(byte));
        if (pending_.size() >= kPiece)
            flush();
    }
    flush();
}

void GuestOutput::reset() {
    state_ = State::Text;
    missingBytes_ = 0;
    marks_ = 0;
    last_ = 0;
    title_.clear();
    pending_ = kReset;
    flush();
}

void GuestOutput::flush() {
    if (pending_.empty())
        return;
    receiver_.terminal(pending_);
    pending_.clear();
}

void GuestOutput::take(unsigned char byte) {
    if (state_ == State::Text && byte >= 0x20 && byte != kDelete)
        return takeText(byte);
    finishCharacter();
    if (byte == kEscape) {
        finishString();
        state_ = State::Escape;
        intermediate_ = 0;
    } else if (byte == kCancel || byte == kSubstitute) {
        state_ = State::Text;
    } else if (state_ == State::Title || state_ == State::IgnoredString) {
        takeString(byte);
    } else if (byte < 0x20) {
        // Carried out at once, also within a sequence, as terminals do.
        if (byte >= kBell && byte <= 0x0F)
            pending_ += static_cast<char>(byte);
    } else if (byte == kDelete) {
        return;
    } else if (state_ == State::Escape) {
        takeEscape(byte);
    } else {
        takeSequence(byte);
    }
}

void GuestOutput::takeText(unsigned char byte) {
    if (missingBytes_ > 0) {
        if ((byte & 0xC0) == 0x80) {
            partial_ = partial_ << 6 | (byte & 0x3F);
            if (--missingBytes_ > 0)
                return;
            const bool valid = partial_ >= least_ && partial_ <= 0x10FFFF &&
                               (partial_ < 0xD800 || partial_ > 0xDFFF);
            return character(valid ? partial_ : kReplacement);
        }
        finishCharacter();
    }
    const auto begin = [this](unsigned bits, int missing, char32_t least) {
        partial_ = bits;
        missingBytes_ = missing;
        least_ = least;
    };
    if (byte < 0x80)
        character(byte);
    else if (byte >= 0xC2 && byte <= 0xDF)
        begin(byte & 0x1FU, 1, 0x80);
    else if (byte >= 0xE0 && byte <= 0xEF)
        begin(byte & 0x0FU, 2, 0x800);
    else if (byte >= 0xF0 && byte <= 0xF4)
        begin(byte & 0x07U, 3, 0x10000);
    else
        character(kReplacement);
}

void GuestOutput::finishCharacter() {
    if (missingBytes_ == 0)
        return;
    missingBytes_ = 0;
    character(kReplacement);
}

void GuestOutput::character(char32_t one) {
    if (isFormat(one))
        return;
    if (isMark(one)) {
        if (marks_ == kMarks)
            return;
        ++marks_;
    } else {
        marks_ = 0;
        last_ = one;
    }
    append(pending_, one);
}

void GuestOutput::takeEscape(unsigned char byte) {
    const char one = static_cast<char>(byte);
    if (byte >= 0x20 && byte <= 0x2F) {
        intermediate_ = intermediate_ == 0 ? one : '?';
        return;
    }
    state_ = State::Text;
    if (byte >= 0x80)
        return takeText(byte);
    if ((isIn(intermediate_, "()") && isIn(one, "0AB")) || (intermediate_ == '#' && one == '8')) {
        pending_ += {static_cast<char>(kEscape), intermediate_, one};
        return;
    }
    if (intermediate_ != 0)
        return;
    switch (one) {
        case '[':
            state_ = State::Sequence;
            leader_ = 0;
            malformed_ = false;
            parameters_.fill({});
            parameterCount_ = 0;
            tooManyParameters_ = false;
            return;
        case ']':
            state_ = State::Title;
            title_.clear();
            stringLength_ = 0;
            return;
        case 'P':
        case 'X':
        case '^':
        case '_':
            state_ = State::IgnoredString;
            stringLength_ = 0;
            return;
        case 'c':
            flush();
            return reset();
        case '8':
            return restoreCursor();
        default:
            if (isIn(one, "7=>DEHM"))
                pending_ += {static_cast<char>(kEscape), one};
    }
}

void GuestOutput::restoreCursor() {
    pending_ +=
        "\x1B"
        "8";
    pending_ += kHoldCursor;
}

void GuestOutput::takeSequence(unsigned char byte) {
    const char one = static_cast<char>(byte);
    if (byte >= 0x80) {
        state_ = State::Text;
        takeText(byte);
    } else if (one >= '0' && one <= '9') {
        malformed_ = malformed_ || intermediate_ != 0;
        if (tooManyParameters_)
            return;
        parameterCount_ = std::max(parameterCount_, std::size_t{1});
        int& value = parameters_[parameterCount_ - 1].number;
        value = std::min(std::max(value, 0) * 10 + (one - '0'), kMostNumber);
    } else if (one == ';' || one == ':') {
        malformed_ = malformed_ || intermediate_ != 0;
        parameterCount_ = std::max(parameterCount_, std::size_t{1});
        if (parameterCount_ == kParameters) {
            tooManyParameters_ = true;
            return;
        }
        parameters_[parameterCount_ - 1].hasPart = one == ':';
        ++parameterCount_;
    } else if (byte >= 0x3C && byte <= 0x3F) {
        malformed_ = malformed_ || leader_ != 0 || parameterCount_ != 0 || intermediate_ != 0;
        leader_ = one;
    } else if (byte < 0x30) {
        malformed_ = malformed_ || intermediate_ != 0;
        intermediate_ = one;
    } else {
        state_ = State::Text;
        if (malformed_)
            return;
        if (leader_ == 0)
            carryOut(one);
        else
            carryOutPrivate(one);
    }
}

void GuestOutput::takeString(unsigned char byte) {
    // Titles are one line: a new one says that the end has been lost.
    const bool brokenOff =
        ++stringLength_ > kMostString || (state_ == State::Title && (byte == '\n' || byte == '\r'));
    if (byte == kBell || brokenOff) {
        finishString();
        state_ = State::Text;
        return;
    }
    if (state_ == State::Title && byte >= 0x20 && title_.size() < kMostTitle)
        title_ += static_cast<char>(byte);
}

void GuestOutput::finishString() {
    if (state_ != State::Title)
        return;
    if (title_.starts_with("0;") || title_.starts_with("2;")) {
        flush();
        receiver_.title(std::string_view(title_).substr(2));
    }
    title_.clear();
}

int GuestOutput::number(std::size_t index) const {
    return index < parameterCount_ ? parameters_[index].number : -1;
}

void GuestOutput::forward(char command) {
    pending_ += "\x1B[";
    if (leader_ != 0)
        pending_ += leader_;
    for (std::size_t index = 0; index < parameterCount_; ++index) {
        if (index > 0)
            pending_ += parameters_[index - 1].hasPart ? ':' : ';';
        if (parameters_[index].number >= 0)
            pending_ += std::to_string(parameters_[index].number);
    }
    if (intermediate_ != 0)
        pending_ += intermediate_;
    pending_ += command;
}

void GuestOutput::carryOut(char command) {
    if (intermediate_ == '!' && command == 'p') {
        pending_ += kSoftReset;
        return;
    }
    if (intermediate_ != 0) {
        if ((intermediate_ == ' ' || intermediate_ == '"') && command == 'q')
            forward(command);
        return;
    }
    switch (command) {
        case 'J':
            if (number(0) == 3) {
                flush();
                receiver_.scrollbackCleared();
                return;
            }
            return forward(command);
        case 'b':
            return repeat();
        case 'h':
        case 'l':
            return setModes(command, false);
        case 's':
            // With parameters these are margins at the sides, which are not offered.
            if (parameterCount_ == 0)
                pending_ +=
                    "\x1B"
                    "7";
            return;
        case 'u':
            return restoreCursor();
        default:
            if (isIn(command, "@ABCDEFGHIKLMPSTXZ`acdefgjkmnr"))
                forward(command);
    }
}

void GuestOutput::carryOutPrivate(char command) {
    if (leader_ == '>' && intermediate_ == 0 && command == 'c')
        return forward(command);
    if (leader_ != '?')
        return;
    if (intermediate_ == '$' && command == 'p')
        return forward(command);
    if (intermediate_ != 0)
        return;
    if (command == 'h' || command == 'l')
        setModes(command, true);
    else if (isIn(command, "JKn"))
        forward(command);
}

void GuestOutput::setModes(char command, bool isPrivate) {
    static constexpr std::array kOrdinary{4, 20};
    static constexpr std::array kPrivate{1,    5,    6,    7,    12,   25,   1000, 1002, 1003,
                                         1004, 1005, 1006, 1015, 1047, 1048, 1049, 2004};
    for (std::size_t index = 0; index < parameterCount_; ++index) {
        // The oldest way to the other screen.
        const int mode = isPrivate && number(index) == 47 ? 1'047 : number(index);
        const bool known = isPrivate ? std::ranges::find(kPrivate, mode) != kPrivate.end()
                                     : std::ranges::find(kOrdinary, mode) != kOrdinary.end();
        if (!known)
            continue;
        pending_ += isPrivate ? "\x1B[?" : "\x1B[";
        pending_ += std::to_string(mode);
        pending_ += command;
    }
}

void GuestOutput::repeat() {
    if (last_ == 0)
        return;
    for (int count = std::clamp(number(0), 1, kMostRepetitions); count > 0; --count)
        character(last_);
}

}  // namespace gui
