// SPDX-License-Identifier: GPL-3.0-or-later
#include "file_check.h"

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <memory>

#include "bat_scan.h"
#include "file_layout.h"
#include "log_replay.h"

namespace devices::storage::vhdx {

using hypervisor::Result;
using Severity = CheckFinding::Severity;

namespace {

/// Someone else's file, for what wants to own one.
class BorrowedFile final : public StorageFile {
  public:
    explicit BorrowedFile(StorageFile& file) : file_(file) {}
    [[nodiscard]] IoEngine& engine() const override { return file_.engine(); }
    [[nodiscard]] const std::string& name() const override { return file_.name(); }
    [[nodiscard]] bool readOnly() const override { return file_.readOnly(); }
    [[nodiscard]] std::uint64_t size() const override { return file_.size(); }
    [[nodiscard]] std::uint64_t allocated() const override { return file_.allocated(); }
    [[nodiscard]] FileRange nextData(std::uint64_t offset) const override {
        return file_.nextData(offset);
    }
    void submit(FileRequest& request) override { file_.submit(request); }

  private:
    StorageFile& file_;
};

// Messages name the file in front; a finding stands under its name anyway.
std::string withoutName(const StorageFile& file, const std::string& message) {
    const std::string prefix = file.name() + ": ";
    return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

Task<IoStatus> repairHeader(StorageFile& file, const HeaderPair& headers) {
    Header header = headers.current;
    // The copy is the older one, so the good one stays current whatever becomes of the copy.
    if (header.sequenceNumber != 0)
        --header.sequenceNumber;
    std::vector<std::byte> bytes(kHeaderSize);
    writeHeader(header, bytes);
    IoStatus status = co_await writeFile(file, kHeaderOffsets[1 - headers.currentIndex], bytes);
    if (status.ok())
        status = co_await flushFile(file);
    co_return status;
}

Task<IoStatus> repairRegionTable(StorageFile& file, std::size_t damaged) {
    std::vector<std::byte> bytes(kRegionTableSize);
    IoStatus status = co_await readFile(file, kRegionTableOffsets[1 - damaged], bytes);
    if (status.ok())
        status = co_await writeFile(file, kRegionTableOffsets[damaged], bytes);
    if (status.ok())
        status = co_await flushFile(file);
    co_return status;
}

Task<Result<void>> checkLayout(StorageFile& file, CheckMode mode, CheckReport& report,
                               FileLayout& layout) {
    const bool repair = mode == CheckMode::Repair && !file.readOnly();
    for (std::size_t i = 0; i < kHeaderOffsets.size(); ++i) {
        if (!layout.headers.faults[i])
            continue;
        CheckFinding finding{Severity::Warning, fmt::format("header {}", i + 1), kHeaderOffsets[i],
                             *layout.headers.faults[i], false};
        if (repair) {
            const IoStatus status = co_await repairHeader(file, layout.headers);
            if (!status.ok())
                co_return std::unexpected(
                    errorAbout(file, "can't repair a header: " + status.text()));
            finding.repaired = true;
        }
        report.add(std::move(finding));
    }
    for (std::size_t i = 0; i < kRegionTableOffsets.size(); ++i) {
        if (!layout.regions.faults[i])
            continue;
        CheckFinding finding{Severity::Warning, fmt::format("region table {}", i + 1),
                             kRegionTableOffsets[i], *layout.regions.faults[i], false};
        if (repair) {
            const IoStatus status = co_await repairRegionTable(file, i);
            if (!status.ok())
                co_return std::unexpected(
                    errorAbout(file, "can't repair a region table: " + status.text()));
            finding.repaired = true;
        }
        report.add(std::move(finding));
    }
    co_return Result<void>{};
}

void reportSpace(const StorageFile& file, const FileLayout& layout, const BatScan& scan,
                 CheckReport& report) {
    std::uint64_t unused = file.size();
    for (const Region& region : scan.used)
        unused -= std::min(unused, region.length);
    if (unused >= kAlignment && !layout.parameters.leaveBlocksAllocated)
        report.add(
            {Severity::Warning, "file size", file.size(),
             fmt::format("{} bytes of the file are in no use; compacting gives them back", unused),
             false});
    if (scan.strayBitmapEntries != 0)
        report.add({Severity::Warning, "BAT", layout.regions.bat.offset,
                    fmt::format("{} entries for sector bitmaps are not empty, though the disk has "
                                "no parent; they mean nothing",
                                scan.strayBitmapEntries),
                    false});
}

}  // namespace

Task<Result<CheckReport>> checkFile(StorageFile& borrowed, CheckMode mode, Job& job) {
    CheckReport report;
    std::unique_ptr<StorageFile> file = std::make_unique<BorrowedFile>(borrowed);
    const auto headers = co_await readHeaders(*file);
    if (!headers) {
        report.add({Severity::Error, "header section", 0,
                    withoutName(borrowed, headers.error().message), false});
        co_return report;
    }
    if (!headers->current.logGuid.isZero()) {
        CheckFinding finding{Severity::Warning, "log", headers->current.logOffset,
                             "the file was not closed cleanly, and its log is to be replayed",
                             false};
        if (mode == CheckMode::Repair && !file->readOnly()) {
            const auto replayed = co_await replayLog(*file, *headers);
            finding.repaired = replayed.has_value();
            if (!replayed)
                finding = {Severity::Error, "log", headers->current.logOffset,
                           withoutName(borrowed, replayed.error().message), false};
        } else {
            auto overlay = co_await overlayLog(std::move(file), *headers);
            if (overlay)
                file = std::move(*overlay);
            else
                finding = {Severity::Error, "log", headers->current.logOffset,
                           withoutName(borrowed, overlay.error().message), false};
        }
        const bool usable = finding.severity == Severity::Warning;
        report.add(std::move(finding));
        if (!usable)
            co_return report;
    }
    auto layout = co_await readLayout(*file);
    if (!layout) {
        report.add(
            {Severity::Error, "metadata", 0, withoutName(borrowed, layout.error().message), false});
        co_return report;
    }
    const auto copies = co_await checkLayout(*file, mode, report, *layout);
    if (!copies)
        co_return std::unexpected(copies.error());
    if (job.cancelled())
        co_return std::unexpected(errorAbout(borrowed, "the check was cancelled"));
    const Region bat = layout->regions.bat;
    const auto scan = co_await scanBat(*file, *layout, [&](const BatFault& fault) {
        report.add({Severity::Error, fmt::format("BAT entry {}", fault.index),
                    bat.offset + fault.index * kBatEntrySize, fault.text, false});
    });
    if (!scan)
        co_return std::unexpected(scan.error());
    reportSpace(*file, *layout, *scan, report);
    job.report(1, 1);
    co_return report;
}

}  // namespace devices::storage::vhdx
