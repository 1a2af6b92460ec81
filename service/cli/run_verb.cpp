// SPDX-License-Identifier: GPL-3.0-or-later
#include "run_verb.h"

#include <fmt/core.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "exit_status.h"
#include "machine_session.h"
#include "messages.h"
#include "run_request.h"
#include "signal_source.h"
#include "worker_process.h"

namespace service::cli {

using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

constexpr unsigned kProcessorsPerHostProcessor = 8;

constexpr const char* kFooter =
    "COM1 is the terminal: Ctrl-A x ends the machine, Ctrl-A h helps. Without a terminal it is\n"
    "standard input and output, and the end of input leaves the machine running. SIGUSR1, as\n"
    "Ctrl-A p, prints what the machine's processors do.\n"
    "\n"
    "SIZE is in MiB, or has a letter: 512M, 2G, 1T; 8 MiB to 1 TiB, at most the host's memory.\n"
    "\n"
    "Exit status:\n"
    "  0    the guest powered off, or reset with --no-reboot or --debug-exit\n"
    "  2    bad arguments or files\n"
    "  3    the guest crashed\n"
    "  4    Vireo failed: its worker died, or standard output did\n"
    "  130  ended by Ctrl-A x\n"
    "  128 + the signal that ended it; 141 when nobody reads standard output any more\n"
    "  (v << 1) | 1 for a value v that the guest writes to port 0xF4, with --debug-exit";

Result<WorkerProcess> startWorker(const RunRequest& request, int console) {
    auto worker = WorkerProcess::create();
    if (!worker)
        return worker;
    std::vector<int> descriptors{console};
    for (const FileDescriptor& file : request.boot)
        descriptors.push_back(file.get());
    if (request.kvm)
        descriptors.push_back(request.kvm.get());
    for (const FileDescriptor& image : request.images)
        descriptors.push_back(image.get());
    for (const FileDescriptor& port : request.ports)
        descriptors.push_back(port.get());
    if (request.screen)
        descriptors.push_back(request.screen.get());
    if (request.picture)
        descriptors.push_back(request.picture->descriptor());
    if (const auto sent = worker->control().send(encode(request.start), descriptors); !sent)
        return std::unexpected(sent.error());
    return worker;
}

int fail(int status, const std::string& message) {
    printMessage(message);
    return status;
}

int runMachine(RunRequest& request, const std::string& screenshot) {
    const long hostProcessors = ::sysconf(_SC_NPROCESSORS_ONLN);
    if (hostProcessors > 0 &&
        request.start.processors > kProcessorsPerHostProcessor * hostProcessors)
        printMessage(
            fmt::format("{} VPs on {} logical processors are more than {} each; the "
                        "machine will be slow",
                        request.start.processors, hostProcessors, kProcessorsPerHostProcessor));

    auto signals = SignalSource::create();
    if (!signals)
        return fail(kVireoFailed, signals.error().message);
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return fail(kVireoFailed,
                    hypervisor::systemFailure("can't create a socket pair", errno).error().message);
    FileDescriptor console(ends[0]);
    FileDescriptor machineConsole(ends[1]);
    auto worker = startWorker(request, machineConsole.get());
    if (!worker)
        return fail(kVireoFailed, worker.error().message);
    // The worker has its own copies, and its end of the console must be the only one.
    machineConsole = FileDescriptor();
    std::optional<MachineSession::Picture> picture;
    if (request.picture)
        picture.emplace(screenshot, std::move(*request.picture));
    request = RunRequest();
    auto session = MachineSession::create(std::move(*worker), std::move(console),
                                          std::move(*signals), std::move(picture));
    if (!session)
        return fail(kVireoFailed, session.error().message);
    return (*session)->run();
}

int run(const RunArguments& arguments) {
    auto request = checkRunArguments(arguments);
    if (!request)
        return fail(kBadArguments, request.error().message);
    const int status = runMachine(*request, arguments.screenshot);
    if (!arguments.screen.empty())
        ::unlink(arguments.screen.c_str());
    return status;
}

}  // namespace

void addRunVerb(CLI::App& program, std::function<int()>& chosen) {
    const auto arguments = std::make_shared<RunArguments>();
    CLI::App* const verb =
        program.add_subcommand("run", "Run one machine in the foreground, without the service");
    verb->add_option("--kernel", arguments->kernel,
                     "Linux bzImage, Multiboot 1 kernel or PVH ELF file, booted without firmware")
        ->each([arguments](const std::string&) { arguments->hasKernel = true; })
        ->type_name("FILE");
    verb->add_option("--initrd", arguments->initialRamDisks,
                     "Initial RAM disk or Multiboot module; may be repeated")
        ->expected(1)
        ->take_all()
        ->type_name("FILE");
    verb->add_option("--boot", arguments->bootOrder,
                     "Devices in the firmware's order, where there is no kernel")
        ->capture_default_str()
        ->type_name("ORDER");
    verb->add_option("--disk", arguments->disks,
                     "Image of a hard disk (VHDX, VHD, raw) at an IDE controller; \"FILE,ro\" is "
                     "read-only; may be repeated")
        ->expected(1)
        ->take_all()
        ->type_name("FILE");
    verb->add_option("--cdrom", arguments->discs,
                     "Image of a DVD (ISO) in a drive at an IDE controller; may be repeated")
        ->expected(1)
        ->take_all()
        ->type_name("FILE");
    verb->add_option("--floppy", arguments->diskette,
                     "Image of a diskette (360 KB to 2.88 MB) in a drive of its kind; \"FILE,ro\" "
                     "is write-protected")
        ->type_name("FILE");
    verb->add_option("--scsi", arguments->drives,
                     "Image of a hard disk (VHDX, VHD, raw) or a DVD (ISO) at the synthetic SCSI "
                     "controller; \"FILE,ro\" is read-only; may be repeated")
        ->expected(1)
        ->take_all()
        ->type_name("FILE");
    verb->add_option("--network", arguments->network,
                     "A synthetic network adapter: nat, behind this host's address; or none")
        ->capture_default_str()
        ->type_name("KIND");
    verb->add_option("--legacy-network", arguments->legacyNetwork,
                     "A legacy network adapter (DEC 21140A), for guests without a driver for the "
                     "synthetic one: nat or none")
        ->capture_default_str()
        ->type_name("KIND");
    verb->add_option("--forward", arguments->forwards,
                     "With nat, of the first of these adapters: a port of this host that leads to "
                     "the guest, \"tcp:2222:22\"; may be repeated")
        ->expected(1)
        ->take_all()
        ->type_name("PORTS");
    verb->add_option("--tftp", arguments->tftp,
                     "With nat: files of this folder are there for the guest by TFTP")
        ->type_name("FOLDER");
    verb->add_option("--boot-file", arguments->bootFile,
                     "With --tftp: the file that DHCP tells a guest to boot from the network")
        ->type_name("NAME");
    verb->add_option("--network-rom", arguments->networkRom,
                     "What the legacy adapter boots by instead of Debian's iPXE: an expansion ROM "
                     "for PCI device 1011:0009, or a program such as ipxe.lkrn")
        ->type_name("FILE");
    verb->add_flag("--host-loopback", arguments->hostLoopback,
                   "With nat, let the guest reach what listens on this host's 127.0.0.1, at the "
                   "gateway's address 10.0.2.2");
    verb->add_option("--screen", arguments->screen,
                     "Give the machine a screen, keyboard and mouse, and show them to VNC viewers "
                     "at this Unix socket")
        ->type_name("SOCKET");
    verb->add_option("--screenshot", arguments->screenshot,
                     "Give the machine a screen, and write a picture of it to this file (PNG) when "
                     "the machine ends, and at Ctrl-A s")
        ->each([arguments](const std::string&) { arguments->hasScreenshot = true; })
        ->type_name("FILE");
    verb->add_option("--append", arguments->append, "The kernel's command line")->type_name("TEXT");
    verb->add_option("--vps", arguments->processors, "Virtual processors, 1 to 64")
        ->capture_default_str()
        ->type_name("NUMBER");
    verb->add_option("--memory", arguments->memory, "Memory of the machine")
        ->capture_default_str()
        ->type_name("SIZE");
    verb->add_option("--backend", arguments->backend,
                     "auto, kvm or software; auto is KVM where the host's processor virtualizes")
        ->capture_default_str()
        ->type_name("NAME");
    verb->add_option("--slow-time", arguments->slowTime,
                     "Run the guest's time so many times slower than the host's, 1 to 10: for a "
                     "KVM that only emulates")
        ->capture_default_str()
        ->type_name("NUMBER");
    verb->add_flag("--debug-exit", arguments->debugExit,
                   "A write to port 0xF4, or a reset, ends the machine");
    verb->add_flag("--no-reboot", arguments->noReboot, "A reset ends the machine");
    verb->footer(kFooter);
    verb->callback([arguments, &chosen] { chosen = [arguments] { return run(*arguments); }; });
}

}  // namespace service::cli
