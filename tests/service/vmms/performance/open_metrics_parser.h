// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

/// An OpenMetrics page as a strict reader sees it: the text format 1.0, of which counters and
/// gauges are known.
struct OpenMetrics {
    struct Family {
        std::string type;
        std::string unit;
        std::string help;
    };
    struct Sample {
        std::string family;
        std::map<std::string, std::string> labels;
        /// As it is written.
        std::string value;
    };
    std::map<std::string, Family> families;
    std::vector<Sample> samples;

    /// Those of a family with these labels among theirs.
    [[nodiscard]] std::vector<Sample> find(const std::string& family,
                                           const std::map<std::string, std::string>& labels) const;

    /// Nothing, and what is wrong in `error`, when `text` is not as the standard wants it.
    [[nodiscard]] static std::optional<OpenMetrics> parse(std::string_view text,
                                                          std::string& error);
};

}  // namespace tests
