// SPDX-License-Identifier: GPL-3.0-or-later
#include "vhd_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "devices/storage/zero_content.h"
#include "vhd_layout.h"

namespace devices::storage::vhd {

using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr auto kWarning = CheckFinding::Severity::Warning;
constexpr auto kError = CheckFinding::Severity::Error;

// Two blocks in one place, each of which would show what is written to the other.
void findOverlaps(const DynamicLayout& layout, CheckReport& report) {
    std::vector<std::uint32_t> blocks;
    for (std::uint32_t block = 0; block < layout.table.size(); ++block)
        if (layout.table[block] != kUnused)
            blocks.push_back(block);
    std::ranges::sort(blocks, {}, [&](std::uint32_t block) { return layout.table[block]; });
    const std::uint64_t slot = layout.header.slotLength();
    for (std::size_t i = 1; i < blocks.size(); ++i) {
        const std::uint64_t before = std::uint64_t{layout.table[blocks[i - 1]]} * kSector;
        const std::uint64_t begin = std::uint64_t{layout.table[blocks[i]]} * kSector;
        if (begin - before < slot)
            report.add({.severity = kError,
                        .field = fmt::format("block allocation table entry {}", blocks[i]),
                        .offset = layout.header.tableOffset + std::uint64_t{blocks[i]} * 4,
                        .text = fmt::format("its block at offset {} overlaps block {}", begin,
                                            blocks[i - 1]),
                        .repaired = false});
    }
}

void findFooterDamage(const Footers& footers, CheckReport& report) {
    if (!footers.beginningSound)
        report.add({.severity = kWarning,
                    .field = "footer copy",
                    .offset = 0,
                    .text = "its cookie, version, checksum or type is wrong; the footer is sound",
                    .repaired = false});
    if (!footers.endSound)
        report.add({.severity = kWarning,
                    .field = "footer",
                    .offset = footers.endOffset,
                    .text = "its cookie, version, checksum or type is wrong; the copy at offset 0 "
                            "is sound",
                    .repaired = false});
    if (footers.different)
        report.add({.severity = kWarning,
                    .field = "footer",
                    .offset = footers.endOffset,
                    .text = "it differs from the copy at offset 0, which counts",
                    .repaired = false});
}

void findWaste(const DynamicLayout& layout, std::uint64_t fileSize, CheckReport& report) {
    const std::uint64_t expected = layout.end + Footer::kLength;
    if (fileSize > expected)
        report.add({.severity = kWarning,
                    .field = "end of file",
                    .offset = layout.end,
                    .text = fmt::format("{} bytes behind the last block belong to nothing",
                                        fileSize - expected),
                    .repaired = false});
}

Task<IoStatus> repairEnds(StorageFile& file, const DynamicLayout& layout) {
    const auto bytes = layout.footers.footer.bytes();
    IoStatus status = co_await writeFile(file, layout.end, bytes);
    if (status.ok())
        status = co_await flushFile(file);
    if (status.ok())
        status = co_await writeFile(file, 0, bytes);
    if (status.ok())
        status = co_await resizeFile(file, layout.end + Footer::kLength);
    if (status.ok())
        status = co_await flushFile(file);
    co_return status;
}

}  // namespace

Task<Result<CheckReport>> checkImage(StorageFile& file, CheckMode mode, Job& job) {
    auto footers = co_await readFooters(file);
    if (!footers)
        co_return std::unexpected(footers.error());
    CheckReport report;
    if (footers->footer.type == DiskType::Fixed) {
        if (footers->footer.currentSize > footers->endOffset)
            report.add({.severity = kError,
                        .field = "footer current size",
                        .offset = footers->endOffset,
                        .text = fmt::format("{} bytes, but the file has {} before the footer",
                                            footers->footer.currentSize, footers->endOffset),
                        .repaired = false});
        co_return report;
    }
    auto layout = co_await readDynamicLayout(file);
    if (!layout)
        co_return std::unexpected(layout.error());
    job.report(1, 2);
    findFooterDamage(layout->footers, report);
    findWaste(*layout, file.size(), report);
    if (mode == CheckMode::Repair && !report.findings.empty()) {
        const IoStatus status = co_await repairEnds(file, *layout);
        if (!status.ok())
            co_return failure("cannot repair " + file.name() + ": " + status.text());
        for (CheckFinding& finding : report.findings)
            finding.repaired = true;
    }
    findOverlaps(*layout, report);
    job.report(2, 2);
    co_return report;
}

}  // namespace devices::storage::vhd
