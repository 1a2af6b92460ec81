// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace gui {

/// What a guest writes to its serial port, made harmless for libvterm.
///
/// libvterm 0.1.4 trusts what it reads: many parameters, strings that come in pieces, a repeated
/// wide character or a cursor restored after a resize make it write outside of its arrays. So it
/// gets none of the guest's bytes as they came, but whole characters, and whole sequences of the
/// few kinds that are known here, with bounded numbers. What the library lacks and programs use is
/// expressed by what it has.
///
/// Takes bytes in pieces of any size. Memory: bounded, some KiB.
class GuestOutput {
  public:
    struct Receiver {
        /// Whole characters and sequences, at most kPiece bytes and one sequence more.
        std::function<void(std::string_view)> terminal;
        /// UTF-8, if the guest means well.
        std::function<void(std::string_view)> title;
        std::function<void()> scrollbackCleared;
    };

    static constexpr std::size_t kPiece = 2'048;
    /// Combining marks that stay with one character. libvterm keeps all that come.
    static constexpr int kMarks = 2;
    /// libvterm has room for 16 parameters, and looks two beyond the last.
    static constexpr std::size_t kParameters = 14;
    /// Of parameters: more than any screen has rows or columns.
    static constexpr int kMostNumber = 9'999;
    static constexpr int kMostRepetitions = 500;
    static constexpr std::size_t kMostTitle = 1'024;
    /// A string that has not ended by then was none: noise must not swallow what follows.
    static constexpr std::size_t kMostString = 65'536;

    explicit GuestOutput(Receiver receiver) : receiver_(std::move(receiver)) {}

    void feed(std::string_view bytes);
    /// As if nothing had come yet, and the terminal too.
    void reset();

  private:
    enum class State : unsigned char { Text, Escape, Sequence, Title, IgnoredString };
    struct Parameter {
        /// -1: not given.
        int number = -1;
        /// The next one is a part of this one.
        bool hasPart = false;
    };

    void take(unsigned char byte);
    void takeText(unsigned char byte);
    void takeEscape(unsigned char byte);
    void takeSequence(unsigned char byte);
    void restoreCursor();
    void takeString(unsigned char byte);
    void finishString();
    void finishCharacter();
    void character(char32_t one);

    void carryOut(char command);
    void carryOutPrivate(char command);
    void setModes(char command, bool isPrivate);
    void repeat();
    void forward(char command);
    [[nodiscard]] int number(std::size_t index) const;
    void flush();

    Receiver receiver_;
    std::string pending_;
    State state_ = State::Text;

    char32_t partial_ = 0;
    char32_t least_ = 0;
    int missingBytes_ = 0;
    int marks_ = 0;
    char32_t last_ = 0;

    char leader_ = 0;
    char intermediate_ = 0;
    bool malformed_ = false;
    std::array<Parameter, kParameters> parameters_{};
    std::size_t parameterCount_ = 0;
    bool tooManyParameters_ = false;

    std::string title_;
    std::size_t stringLength_ = 0;
};

}  // namespace gui
