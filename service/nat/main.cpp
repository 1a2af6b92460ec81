// SPDX-License-Identifier: GPL-3.0-or-later
//
// vireo-nat gives one guest a network of its own behind the host's address: docs/architecture.md.
// It is started with a connected socket, whose other end is a port of the guest's adapter, and ends
// when that closes.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "confinement.h"
#include "nat.h"
#include "nat_options.h"

namespace {

using devices::network::SocketPort;
using service::nat::Nat;
using service::nat::NatOptions;
using service::nat::PortForward;

struct Arguments {
    int socket = 3;
    std::string network = "10.0.2.0/24";
    std::string host;
    std::string dns;
    std::string dhcpStart;
    std::string hostname;
    bool hostLoopback = false;
    int tftpFolder = -1;
    std::string bootFile;
    std::vector<std::string> forwards;
    std::uint32_t user = 0;
    std::uint32_t group = 0;
};

hypervisor::Result<std::unique_ptr<Nat>> start(const Arguments& arguments) {
    auto options =
        NatOptions::create(arguments.network, arguments.host, arguments.dns, arguments.dhcpStart);
    if (!options)
        return std::unexpected(options.error());
    options->hostname = arguments.hostname;
    options->hostLoopback = arguments.hostLoopback;
    if (arguments.tftpFolder != -1 && ::fchdir(arguments.tftpFolder) != 0)
        return hypervisor::systemFailure("can't use the folder for TFTP", errno);
    options->tftp = arguments.tftpFolder != -1;
    if (arguments.bootFile.size() > service::nat::kLongestBootFile)
        return hypervisor::failure("the boot file's name is too long");
    options->bootFile = arguments.bootFile;
    for (const std::string& text : arguments.forwards) {
        const auto forward = PortForward::parse(text);
        if (!forward)
            return std::unexpected(forward.error());
        options->forwards.push_back(*forward);
    }
    auto port = SocketPort::create(hypervisor::FileDescriptor(arguments.socket));
    if (!port)
        return std::unexpected(port.error());
    auto nat = Nat::create(*options, std::move(*port));
    if (!nat)
        return nat;
    if (const auto confined =
            service::nat::confine(arguments.user, arguments.group, arguments.tftpFolder);
        !confined)
        return std::unexpected(confined.error());
    return nat;
}

}  // namespace

int main(int argc, char** argv) {
    ::signal(SIGPIPE, SIG_IGN);
    Arguments arguments;
    CLI::App program("A network for one guest behind the host's address", "vireo-nat");
    program.add_option("--socket", arguments.socket, "Descriptor of the adapter's socket")
        ->capture_default_str()
        ->type_name("NUMBER");
    program.add_option("--network", arguments.network, "The guest's network")
        ->capture_default_str()
        ->type_name("ADDRESS/BITS");
    program.add_option("--host", arguments.host, "The gateway's address in it")
        ->type_name("ADDRESS");
    program.add_option("--dns", arguments.dns, "The DNS server's address in it")
        ->type_name("ADDRESS");
    program.add_option("--dhcp-start", arguments.dhcpStart, "The first address that DHCP gives")
        ->type_name("ADDRESS");
    program.add_option("--hostname", arguments.hostname, "What DHCP calls the guest")
        ->type_name("NAME");
    program.add_flag("--host-loopback", arguments.hostLoopback,
                     "The gateway's address reaches what listens on the host's 127.0.0.1");
    program
        .add_option("--forward", arguments.forwards,
                    "A port of the host that goes to the guest; may be repeated")
        ->type_name("tcp|udp:[ADDRESS]:PORT:[ADDRESS]:PORT")
        ->allow_extra_args(false);
    program
        .add_option("--tftp-folder", arguments.tftpFolder,
                    "Descriptor of the folder whose files the guest gets by TFTP")
        ->type_name("NUMBER");
    program
        .add_option("--boot-file", arguments.bootFile,
                    "The file in it that DHCP tells the guest to boot")
        ->type_name("NAME");
    program.add_option("--user", arguments.user, "User to become, where started by root")
        ->type_name("ID");
    program.add_option("--group", arguments.group, "Group to become, where started by root")
        ->type_name("ID");
    CLI11_PARSE(program, argc, argv);
    const auto nat = start(arguments);
    if (!nat) {
        std::fprintf(stderr, "vireo-nat: %s\n", nat.error().message.c_str());
        return EXIT_FAILURE;
    }
    (*nat)->serve();
    return EXIT_SUCCESS;
}
