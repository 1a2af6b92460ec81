// SPDX-License-Identifier: GPL-3.0-or-later
//
// vireod owns the machines: docs/architecture.md, docs/ipc.md.
#include <signal.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "service_manager.h"
#include "vireo_service.h"

namespace {

using service::WhenStopped;

/// Thousands of clients and workers each need some.
void raiseDescriptorLimit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
    ::signal(SIGPIPE, SIG_IGN);
    raiseDescriptorLimit();
    service::ServiceOptions options;
    bool session = false;
    long patience = options.shutDownPatience.count();
    std::optional<std::uint64_t> mebibytes;
    CLI::App program("The service that owns Vireo's virtual machines", "vireod");
    program.set_version_flag("--version", VIREO_VERSION);
    program.add_flag("--session", session,
                     "Your own service, without root: sockets in $XDG_RUNTIME_DIR/vireo, machines "
                     "in your data folder");
    program
        .add_option("--when-stopped", options.whenStopped,
                    "What becomes of running machines: keep, stop (by their automatic stop "
                    "action), or automatic: stop if the host goes down")
        ->transform(CLI::CheckedTransformer(
            std::map<std::string, WhenStopped>{{"automatic", WhenStopped::Automatic},
                                               {"keep", WhenStopped::Keep},
                                               {"stop", WhenStopped::StopMachines}}))
        ->type_name("WHAT");
    program
        .add_option("--shut-down-patience", patience,
                    "Seconds that guests may take to shut down before they are turned off")
        ->check(CLI::Range(0L, 3'600L))
        ->capture_default_str()
        ->type_name("SECONDS");
    program
        .add_option("--machine-memory", mebibytes,
                    "All machines together get no more memory than this; else what the host can "
                    "spare")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 30))
        ->type_name("MIB");
    CLI11_PARSE(program, argc, argv);
    options.mode = session ? service::ServiceMode::Session : service::ServiceMode::System;
    options.shutDownPatience = std::chrono::seconds(patience);
    if (mebibytes)
        options.machineMemory = *mebibytes << 20;
    options.inheritedSocket = service::takeInheritedSocket();
    const auto daemon = service::VireoService::create(std::move(options));
    if (!daemon) {
        std::fprintf(stderr, "vireod: %s\n", daemon.error().message.c_str());
        return EXIT_FAILURE;
    }
    return (*daemon)->run();
}
