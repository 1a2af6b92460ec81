// SPDX-License-Identifier: GPL-3.0-or-later
#include "disk_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "terminal_text.h"

namespace service::cli {

using namespace devices::storage;
namespace json = boost::json;

namespace {

std::string sizeText(std::uint64_t bytes) {
    constexpr std::array<const char*, 6> kUnits = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
    std::size_t unit = 0;
    double value = static_cast<double>(bytes);
    while (value >= 1024 && unit + 1 < kUnits.size()) {
        value /= 1024;
        ++unit;
    }
    if (unit == 0)
        return fmt::format("{} bytes", bytes);
    return fmt::format("{:.4g} {} ({} bytes)", value, kUnits[unit], bytes);
}

// What an image says of itself is as hostile as its data.
std::string shown(const std::string& text) {
    return printable(text, LineEnds::Replace);
}

json::string jsonText(const std::string& text) {
    return json::string(shown(text));
}

const char* severityName(CheckFinding::Severity severity) {
    return severity == CheckFinding::Severity::Error ? "error" : "warning";
}

std::string imageText(const DiskInformation::Image& image) {
    const ImageDescription& what = image.description;
    std::string text = fmt::format("{}\n", shown(image.path));
    const auto line = [&](const char* name, const std::string& value) {
        text += fmt::format("  {:<16}{}\n", name, value);
    };
    line("format", fmt::format("{}, {}", nameOf(what.format), nameOf(what.kind)));
    line("size", sizeText(what.size));
    line("file",
         fmt::format("{}, {} on the host", sizeText(what.fileSize), sizeText(what.fileAllocated)));
    line("sectors",
         fmt::format("{} logical, {} physical", what.logicalSectorSize, what.physicalSectorSize));
    if (what.blockSize > 0)
        line("blocks", fmt::format("{} of {} in use, {} each", what.blocksAllocated, what.blocks,
                                   sizeText(what.blockSize)));
    if (!what.identifier.empty())
        line("identifier", shown(what.identifier));
    if (!what.contentIdentifier.empty())
        line("content", shown(what.contentIdentifier));
    if (!what.creator.empty())
        line("made by", shown(what.creator));
    if (what.parent) {
        line("parent", shown(what.parent->identifier));
        for (const ParentPath& path : what.parent->paths)
            line("", shown(path.path));
    }
    for (const std::string& remark : what.remarks)
        line("note", shown(remark));
    return text;
}

json::object imageJson(const DiskInformation::Image& image) {
    const ImageDescription& what = image.description;
    json::object object;
    object["path"] = jsonText(image.path);
    object["format"] = nameOf(what.format);
    object["kind"] = nameOf(what.kind);
    object["size"] = what.size;
    object["fileSize"] = what.fileSize;
    object["fileAllocated"] = what.fileAllocated;
    object["logicalSectorSize"] = what.logicalSectorSize;
    object["physicalSectorSize"] = what.physicalSectorSize;
    object["blockSize"] = what.blockSize;
    object["blocks"] = what.blocks;
    object["blocksAllocated"] = what.blocksAllocated;
    object["identifier"] = jsonText(what.identifier);
    object["contentIdentifier"] = jsonText(what.contentIdentifier);
    object["creator"] = jsonText(what.creator);
    if (what.parent) {
        json::object parent;
        parent["identifier"] = jsonText(what.parent->identifier);
        json::array paths;
        for (const ParentPath& path : what.parent->paths)
            paths.push_back(jsonText(path.path));
        parent["paths"] = std::move(paths);
        object["parent"] = std::move(parent);
    }
    json::array remarks;
    for (const std::string& remark : what.remarks)
        remarks.push_back(jsonText(remark));
    object["remarks"] = std::move(remarks);
    return object;
}

}  // namespace

std::string describeText(const DiskInformation& information) {
    std::string text;
    for (const DiskInformation::Image& image : information.chain)
        text += imageText(image);
    return text;
}

std::string describeJson(const DiskInformation& information) {
    json::object object;
    json::array chain;
    for (const DiskInformation::Image& image : information.chain)
        chain.push_back(imageJson(image));
    object["chain"] = std::move(chain);
    if (!information.chainError.empty())
        object["chainError"] = jsonText(information.chainError);
    return json::serialize(object);
}

bool hasErrors(const CheckReport& report) {
    return report.unlisted > 0 ||
           std::ranges::any_of(report.findings, [](const CheckFinding& finding) {
               return finding.severity == CheckFinding::Severity::Error && !finding.repaired;
           });
}

std::string checkText(const std::string& path, const CheckReport& report) {
    std::string text;
    for (const CheckFinding& finding : report.findings)
        text += fmt::format("{}: {} at offset {}: {}{}\n", severityName(finding.severity),
                            shown(finding.field), finding.offset, shown(finding.text),
                            finding.repaired ? " (repaired)" : "");
    if (report.unlisted > 0)
        text += fmt::format("and {} more\n", report.unlisted);
    if (report.findings.empty())
        text += fmt::format("{}: nothing wrong\n", shown(path));
    return text;
}

std::string checkJson(const std::string& path, const CheckReport& report) {
    json::object object;
    object["path"] = jsonText(path);
    object["errors"] = hasErrors(report);
    json::array findings;
    for (const CheckFinding& finding : report.findings)
        findings.push_back(json::object{{"severity", severityName(finding.severity)},
                                        {"field", jsonText(finding.field)},
                                        {"offset", finding.offset},
                                        {"text", jsonText(finding.text)},
                                        {"repaired", finding.repaired}});
    object["findings"] = std::move(findings);
    object["unlisted"] = report.unlisted;
    return json::serialize(object);
}

std::string doneJson(const std::string& verb, const std::string& path) {
    return json::serialize(
        json::object{{"result", "done"}, {"verb", verb}, {"path", jsonText(path)}});
}

std::string errorJson(const std::string& message) {
    return json::serialize(json::object{{"error", jsonText(message)}});
}

}  // namespace service::cli
