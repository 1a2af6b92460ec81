// SPDX-License-Identifier: GPL-3.0-or-later
//
// pattern text|random|zero SIZE SEED: SIZE bytes on standard output, the same ones every time.
// Text has lines of repeated words and numbers, so that there is something to compress and sort.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "digest.h"

namespace {

std::string text(std::size_t size, Sequence& sequence) {
    static constexpr std::string_view kWords[] = {"partition", "processor", "memory", "intercept",
                                                  "channel",   "ring",      "offer",  "root",
                                                  "child",     "guest",     "page",   "timer"};
    std::string out;
    out.reserve(size + 64);
    while (out.size() < size) {
        const std::uint64_t draw = sequence.next();
        out += std::to_string(draw >> 44);
        for (unsigned word = 0; word < 1 + (draw & 7); ++word) {
            out += ' ';
            out += kWords[(draw >> (8 + 4 * word)) % std::size(kWords)];
        }
        out += '\n';
    }
    out.resize(size);
    if (size != 0)
        out.back() = '\n';
    return out;
}

std::string random(std::size_t size, Sequence& sequence) {
    std::string out(size, '\0');
    for (char& each : out)
        each = static_cast<char>(sequence.next() >> 56);
    return out;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4)
        return 2;
    const std::string_view kind = arguments[1];
    const std::size_t size = std::strtoull(arguments[2], nullptr, 10);
    Sequence sequence(std::strtoull(arguments[3], nullptr, 10));
    const std::string out = kind == "text"     ? text(size, sequence)
                            : kind == "random" ? random(size, sequence)
                                               : std::string(size, '\0');
    return std::fwrite(out.data(), 1, out.size(), stdout) == out.size() ? 0 : 1;
}
