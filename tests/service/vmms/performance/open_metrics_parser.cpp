// SPDX-License-Identifier: GPL-3.0-or-later
#include "open_metrics_parser.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>
#include <utility>

namespace tests {

namespace {

bool isNameStart(char one) {
    return (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') || one == '_';
}
bool isNamePart(char one) {
    return isNameStart(one) || (one >= '0' && one <= '9');
}

std::string takeName(std::string_view& line) {
    std::size_t size = 0;
    while (size < line.size() && (size == 0 ? isNameStart(line[0]) : isNamePart(line[size])))
        ++size;
    const std::string name(line.substr(0, size));
    line.remove_prefix(size);
    return name;
}

bool take(std::string_view& line, std::string_view what) {
    if (!line.starts_with(what))
        return false;
    line.remove_prefix(what.size());
    return true;
}

/// A quoted value with the escapes that there are.
bool takeValue(std::string_view& line, std::string& value) {
    if (!take(line, "\""))
        return false;
    while (!line.empty() && line.front() != '"') {
        if (line.front() == '\\') {
            if (line.size() < 2 || (line[1] != '\\' && line[1] != '"' && line[1] != 'n'))
                return false;
            value += line[1] == 'n' ? '\n' : line[1];
            line.remove_prefix(2);
            continue;
        }
        value += line.front();
        line.remove_prefix(1);
    }
    return take(line, "\"");
}

bool takeLabels(std::string_view& line, std::map<std::string, std::string>& labels) {
    if (!take(line, "{"))
        return true;
    do {
        const std::string name = takeName(line);
        std::string value;
        if (name.empty() || !take(line, "=") || !takeValue(line, value) ||
            !labels.emplace(name, value).second)
            return false;
    } while (take(line, ","));
    return take(line, "}");
}

bool isNumber(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && value >= 0;
}

class Parser {
  public:
    std::string parse(std::string_view text, OpenMetrics& page) {
        bool ended = false;
        while (!text.empty()) {
            const std::size_t end = text.find('\n');
            if (end == std::string_view::npos)
                return "the last line does not end";
            const std::string_view line = text.substr(0, end);
            text.remove_prefix(end + 1);
            if (ended)
                return "something comes behind # EOF";
            if (line == "# EOF") {
                ended = true;
                continue;
            }
            const bool good = line.starts_with("#") ? metadata(line, page) : sample(line, page);
            if (!good)
                return "wrong: " + std::string(line);
        }
        return ended ? "" : "no # EOF";
    }

  private:
    bool metadata(std::string_view line, OpenMetrics& page) {
        if (!take(line, "# "))
            return false;
        const std::string word = takeName(line);
        if (!take(line, " "))
            return false;
        const std::string name = takeName(line);
        if (name.empty() || !take(line, " "))
            return false;
        if (name != family_) {
            // A family is in one place, its metadata first.
            if (!page.families.emplace(name, OpenMetrics::Family()).second)
                return false;
            family_ = name;
            hasSamples_ = false;
        }
        if (hasSamples_)
            return false;
        OpenMetrics::Family& family = page.families[name];
        std::string& field = word == "TYPE"   ? family.type
                             : word == "UNIT" ? family.unit
                                              : family.help;
        if ((word != "TYPE" && word != "UNIT" && word != "HELP") || !field.empty())
            return false;
        field = line;
        if (word == "TYPE")
            return field == "counter" || field == "gauge";
        if (word == "UNIT")
            return name.ends_with("_" + field);
        return line.find('\\') == std::string_view::npos && !line.empty();
    }

    bool sample(std::string_view line, OpenMetrics& page) {
        std::string name = takeName(line);
        OpenMetrics::Sample sample;
        if (name.empty() || !takeLabels(line, sample.labels) || !take(line, " ") || !isNumber(line))
            return false;
        const OpenMetrics::Family& family = page.families[family_];
        const std::string expected = family_ + (family.type == "counter" ? "_total" : "");
        if (name != expected || family.type.empty())
            return false;
        sample.family = family_;
        sample.value = line;
        hasSamples_ = true;
        if (!seen_.emplace(family_, sample.labels).second)
            return false;
        page.samples.push_back(std::move(sample));
        return true;
    }

    std::string family_;
    bool hasSamples_ = false;
    std::set<std::pair<std::string, std::map<std::string, std::string>>> seen_;
};

}  // namespace

std::vector<OpenMetrics::Sample> OpenMetrics::find(
    const std::string& family, const std::map<std::string, std::string>& labels) const {
    std::vector<Sample> result;
    std::ranges::copy_if(samples, std::back_inserter(result), [&](const Sample& sample) {
        return sample.family == family && std::ranges::all_of(labels, [&sample](const auto& label) {
                   const auto found = sample.labels.find(label.first);
                   return found != sample.labels.end() && found->second == label.second;
               });
    });
    return result;
}

std::optional<OpenMetrics> OpenMetrics::parse(std::string_view text, std::string& error) {
    OpenMetrics page;
    error = Parser().parse(text, page);
    return error.empty() ? std::optional(std::move(page)) : std::nullopt;
}

}  // namespace tests
