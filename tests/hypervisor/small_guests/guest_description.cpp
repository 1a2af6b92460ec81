// SPDX-License-Identifier: GPL-3.0-or-later
#include "guest_description.h"

#include <fstream>
#include <iomanip>
#include <optional>
#include <sstream>

namespace small_guests {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr const char* kMarker = "//! ";

std::string rest(std::istringstream& line) {
    std::string text;
    std::getline(line >> std::ws, text);
    return text;
}

std::optional<std::uint32_t> readValue(std::istringstream& line) {
    std::string text;
    line >> text;
    std::uint32_t value = 0;
    std::istringstream number(text);
    if (!(number >> std::setbase(0) >> value) || number.peek() != EOF)
        return std::nullopt;
    return value;
}

bool apply(GuestDescription& description, std::istringstream& line) {
    std::string directive;
    line >> directive;
    if (directive == "start") {
        static const std::map<std::string, StartMode> kModes{{"real", StartMode::Real},
                                                             {"protected", StartMode::Protected},
                                                             {"long", StartMode::Long}};
        const auto mode = kModes.find(rest(line));
        if (mode == kModes.end())
            return false;
        description.start = mode->second;
        return true;
    }
    if (directive == "processors")
        return static_cast<bool>(line >> description.processors);
    if (directive == "expect") {
        const auto value = readValue(line);
        if (!value)
            return false;
        description.expectations.push_back({*value, rest(line), {}});
        return true;
    }
    if (directive == "except") {
        std::string kind;
        line >> kind;
        const auto value = readValue(line);
        if (!value || description.expectations.empty() || rest(line).empty())
            return false;
        return description.expectations.back().exceptions.emplace(kind, *value).second;
    }
    if (directive == "skip") {
        std::string kind;
        line >> kind;
        return description.skips.emplace(kind, rest(line)).second;
    }
    return false;
}

}  // namespace

Result<GuestDescription> readDescription(const std::string& sourcePath) {
    std::ifstream file(sourcePath);
    if (!file)
        return failure("cannot open " + sourcePath);
    GuestDescription description;
    std::string text;
    for (int number = 1; std::getline(file, text); ++number) {
        if (text.rfind(kMarker, 0) != 0)
            continue;
        std::istringstream line(text.substr(std::string(kMarker).size()));
        if (!apply(description, line))
            return failure(sourcePath + ":" + std::to_string(number) + ": not understood: " + text);
    }
    if (description.expectations.empty())
        return failure(sourcePath + " expects nothing");
    return description;
}

}  // namespace small_guests
