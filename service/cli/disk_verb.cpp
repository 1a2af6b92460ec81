// SPDX-License-Identifier: GPL-3.0-or-later
#include "disk_verb.h"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <optional>

#include "devices/storage/images/disk_jobs.h"
#include "disk_job.h"
#include "disk_report.h"
#include "exit_status.h"
#include "messages.h"

namespace service::cli {

using namespace devices::storage;
using hypervisor::failure;
using hypervisor::Result;

namespace {

constexpr int kDamaged = 1;

constexpr const char* kFooter =
    "Sizes are bytes, or have a letter: 512, 64K, 512M, 2G, 1T. A disk's format is told by its\n"
    "content; a new one's by its name (.vhdx, .vhd, .img) or --format. What is made anew appears\n"
    "only when complete; Ctrl-C leaves everything as it was, or as it can be begun again, and a\n"
    "second one does not wait for that.\n"
    "\n"
    "Exit status:\n"
    "  0    done; the disk is sound\n"
    "  1    check found data to be wrong\n"
    "  2    bad arguments or files, or the host refused\n"
    "  4    Vireo failed\n"
    "  128 + the signal that cancelled it";

/// The arguments of all verbs as typed.
struct DiskArguments {
    std::string verb;
    std::string path;
    std::string target;
    std::string parent;
    std::string format;
    std::string sourceFormat;
    std::string kind;
    std::string size;
    std::string blockSize;
    std::string sectorSize = "512";
    bool replace = false;
    bool repair = false;
    bool json = false;
};

Result<std::uint64_t> parseSize(const std::string& text, const char* what) {
    std::uint64_t number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    const std::string_view letters = "KMGTP";
    unsigned shift = 0;
    const char* rest = end;
    if (error == std::errc() && rest != last) {
        const auto letter =
            letters.find(static_cast<char>(std::toupper(static_cast<unsigned char>(*rest))));
        if (letter != std::string_view::npos) {
            shift = static_cast<unsigned>(letter + 1) * 10;
            ++rest;
        }
    }
    if (error != std::errc() || rest != last)
        return failure(
            fmt::format("{} '{}' is not a size; give bytes, or a number with K, M, G "
                        "or T",
                        what, text));
    if (number > (UINT64_MAX >> shift))
        return failure(fmt::format("{} '{}' is too large", what, text));
    return number << shift;
}

Result<std::uint32_t> parseSmallSize(const std::string& text, const char* what) {
    const auto size = parseSize(text, what);
    if (!size)
        return std::unexpected(size.error());
    if (*size > UINT32_MAX)
        return failure(fmt::format("{} '{}' is too large", what, text));
    return static_cast<std::uint32_t>(*size);
}

Result<std::optional<ImageFormat>> parseFormat(const std::string& name) {
    if (name.empty())
        return std::nullopt;
    const auto format = formatNamed(name);
    if (!format)
        return failure("format '" + name + "' is not known; give vhdx, vhd, raw or iso");
    return format;
}

Result<ImageKind> parseKind(const std::string& name) {
    for (const auto kind : {ImageKind::Fixed, ImageKind::Dynamic, ImageKind::Differencing})
        if (name == nameOf(kind))
            return kind;
    return failure("kind '" + name + "' is not known; give fixed, dynamic or differencing");
}

/// What came of it: text for standard output, and the exit status.
struct Outcome {
    std::string output;
    int status = 0;
};

Outcome done(const DiskArguments& arguments, const std::string& path) {
    return {arguments.json ? doneJson(arguments.verb, path) + "\n" : std::string(), 0};
}

Result<Outcome> create(const DiskArguments& arguments, DiskJob& disk) {
    CreateDisk request;
    request.path = arguments.path;
    request.parent = arguments.parent;
    request.replace = arguments.replace;
    const auto format = parseFormat(arguments.format);
    if (!format)
        return std::unexpected(format.error());
    request.format = *format;
    const std::string kindName = !arguments.kind.empty()     ? arguments.kind
                                 : !arguments.parent.empty() ? "differencing"
                                                             : "dynamic";
    const auto kind = parseKind(kindName);
    if (!kind)
        return std::unexpected(kind.error());
    request.image.kind = *kind;
    if (!arguments.parent.empty() && *kind != ImageKind::Differencing)
        return failure("--parent is for differencing disks, not for --kind " + kindName);
    if (arguments.size.empty() && arguments.parent.empty())
        return failure("a new disk needs --size");
    if (!arguments.size.empty()) {
        const auto size = parseSize(arguments.size, "--size");
        if (!size)
            return std::unexpected(size.error());
        request.image.size = *size;
    }
    if (!arguments.blockSize.empty()) {
        const auto blockSize = parseSmallSize(arguments.blockSize, "--block-size");
        if (!blockSize)
            return std::unexpected(blockSize.error());
        request.image.blockSize = *blockSize;
    }
    const auto sector = parseSmallSize(arguments.sectorSize, "--sector-size");
    if (!sector)
        return std::unexpected(sector.error());
    request.image.logicalSectorSize = *sector;
    const auto result = disk.engine().wait(createDisk(disk.engine(), request, disk.job()));
    if (!result)
        return std::unexpected(result.error());
    return done(arguments, arguments.path);
}

Result<Outcome> inform(const DiskArguments& arguments, DiskJob& disk) {
    const auto format = parseFormat(arguments.format);
    if (!format)
        return std::unexpected(format.error());
    const auto information =
        disk.engine().wait(inspectDisk(disk.engine(), arguments.path, *format));
    if (!information)
        return std::unexpected(information.error());
    Outcome outcome;
    outcome.output =
        arguments.json ? describeJson(*information) + "\n" : describeText(*information);
    if (!information->chainError.empty()) {
        printMessage(information->chainError);
        outcome.status = kDamaged;
    }
    return outcome;
}

Result<Outcome> check(const DiskArguments& arguments, DiskJob& disk) {
    const auto format = parseFormat(arguments.format);
    if (!format)
        return std::unexpected(format.error());
    const auto mode = arguments.repair ? CheckMode::Repair : CheckMode::Report;
    const auto report =
        disk.engine().wait(checkDisk(disk.engine(), arguments.path, *format, mode, disk.job()));
    if (!report)
        return std::unexpected(report.error());
    return Outcome{arguments.json ? checkJson(arguments.path, *report) + "\n"
                                  : checkText(arguments.path, *report),
                   hasErrors(*report) ? kDamaged : 0};
}

Result<Outcome> convert(const DiskArguments& arguments, DiskJob& disk) {
    ConvertDisk request;
    request.source = arguments.path;
    request.target = arguments.target;
    request.replace = arguments.replace;
    const auto sourceFormat = parseFormat(arguments.sourceFormat);
    if (!sourceFormat)
        return std::unexpected(sourceFormat.error());
    request.sourceFormat = *sourceFormat;
    const auto format = parseFormat(arguments.format);
    if (!format)
        return std::unexpected(format.error());
    request.targetFormat = *format;
    const auto kind = parseKind(arguments.kind.empty() ? "dynamic" : arguments.kind);
    if (!kind)
        return std::unexpected(kind.error());
    request.kind = *kind;
    if (!arguments.blockSize.empty()) {
        const auto blockSize = parseSmallSize(arguments.blockSize, "--block-size");
        if (!blockSize)
            return std::unexpected(blockSize.error());
        request.blockSize = *blockSize;
    }
    const auto result = disk.engine().wait(convertDisk(disk.engine(), request, disk.job()));
    if (!result)
        return std::unexpected(result.error());
    return done(arguments, arguments.target);
}

Result<Outcome> maintain(const DiskArguments& arguments, DiskJob& disk) {
    IoEngine& engine = disk.engine();
    const auto format = parseFormat(arguments.format);
    if (!format)
        return std::unexpected(format.error());
    Result<void> result;
    if (arguments.verb == "compact") {
        result = engine.wait(compactDisk(engine, arguments.path, *format, disk.job()));
    } else if (arguments.verb == "expand") {
        const auto size = parseSize(arguments.size, "--size");
        if (!size)
            return std::unexpected(size.error());
        result = engine.wait(expandDisk(engine, arguments.path, *format, *size, disk.job()));
    } else if (arguments.verb == "merge") {
        result = engine.wait(mergeDisk(engine, arguments.path, disk.job()));
    } else {
        result = engine.wait(reconnectDisk(engine, arguments.path, arguments.parent));
    }
    if (!result)
        return std::unexpected(result.error());
    return done(arguments, arguments.path);
}

using Operation = Result<Outcome> (*)(const DiskArguments& arguments, DiskJob& disk);

int runOperation(const DiskArguments& arguments, Operation operation) {
    const bool changesNothing =
        arguments.verb == "info" || (arguments.verb == "check" && !arguments.repair);
    auto disk = DiskJob::create(
        arguments.verb, changesNothing ? DiskJob::OnSignal::End : DiskJob::OnSignal::Cancel);
    if (!disk) {
        printMessage(disk.error().message);
        return kVireoFailed;
    }
    const auto outcome = operation(arguments, **disk);
    (*disk)->clearProgress();
    if (!outcome) {
        if (arguments.json)
            fmt::print("{}\n", errorJson(outcome.error().message));
        printMessage(outcome.error().message);
        return (*disk)->signal() ? endedBySignal(*(*disk)->signal()) : kBadArguments;
    }
    fmt::print("{}", outcome->output);
    return std::fflush(stdout) == 0 ? outcome->status : kVireoFailed;
}

}  // namespace

void addDiskVerb(CLI::App& program, std::function<int()>& chosen) {
    CLI::App* const disk = program.add_subcommand("disk", "Virtual hard disks: VHDX, VHD, raw");
    disk->require_subcommand(1);
    disk->footer(kFooter);
    const auto add = [&](const char* name, const char* text, Operation operation) {
        const auto arguments = std::make_shared<DiskArguments>();
        arguments->verb = name;
        CLI::App* const verb = disk->add_subcommand(name, text);
        verb->add_option("disk", arguments->path, "The disk image")->required()->type_name("FILE");
        verb->add_flag("--json", arguments->json, "Tell the result as JSON");
        verb->footer(kFooter);
        verb->callback([arguments, operation, &chosen] {
            chosen = [arguments, operation] { return runOperation(*arguments, operation); };
        });
        return std::pair(verb, arguments);
    };
    const auto addFormat = [](CLI::App* verb, DiskArguments& arguments) {
        verb->add_option("--format", arguments.format, "vhdx, vhd, raw or iso")->type_name("NAME");
    };
    const auto addLayout = [](CLI::App* verb, DiskArguments& arguments) {
        verb->add_option("--kind", arguments.kind, "fixed or dynamic (differencing with --parent)")
            ->type_name("NAME");
        verb->add_option("--block-size", arguments.blockSize, "Of a dynamic disk")
            ->type_name("SIZE");
        verb->add_flag("--force", arguments.replace, "Replace a file that is there");
    };

    auto [createVerb, createArguments] = add("create", "Make a new, empty disk", &create);
    addFormat(createVerb, *createArguments);
    addLayout(createVerb, *createArguments);
    createVerb->add_option("--size", createArguments->size, "Of the disk")->type_name("SIZE");
    createVerb->add_option("--parent", createArguments->parent, "Make a differencing disk on this")
        ->type_name("FILE");
    createVerb
        ->add_option("--sector-size", createArguments->sectorSize, "Logical sector: 512 or 4096")
        ->capture_default_str()
        ->type_name("SIZE");

    auto [infoVerb, infoArguments] = add("info", "Describe a disk and its parents", &inform);
    addFormat(infoVerb, *infoArguments);

    auto [checkVerb, checkArguments] = add("check", "Look for damage", &check);
    addFormat(checkVerb, *checkArguments);
    checkVerb->add_flag("--repair", checkArguments->repair, "Repair what can be without loss");

    auto [convertVerb, convertArguments] =
        add("convert", "Write a disk's content to a new one", &convert);
    convertVerb->add_option("target", convertArguments->target, "The new disk")
        ->required()
        ->type_name("FILE");
    addFormat(convertVerb, *convertArguments);
    addLayout(convertVerb, *convertArguments);
    convertVerb->add_option("--source-format", convertArguments->sourceFormat, "Of the disk")
        ->type_name("NAME");

    auto [compactVerb, compactArguments] =
        add("compact", "Give back the room of zeroes", &maintain);
    addFormat(compactVerb, *compactArguments);

    auto [expandVerb, expandArguments] = add("expand", "Make a disk larger", &maintain);
    addFormat(expandVerb, *expandArguments);
    expandVerb->add_option("--size", expandArguments->size, "The new size")
        ->required()
        ->type_name("SIZE");

    add("merge", "Write a differencing disk into its parent, and remove it", &maintain);

    auto [reconnectVerb, reconnectArguments] =
        add("reconnect", "Tell a differencing disk where its parent is", &maintain);
    reconnectVerb->add_option("--parent", reconnectArguments->parent, "The parent")
        ->required()
        ->type_name("FILE");
}

}  // namespace service::cli
