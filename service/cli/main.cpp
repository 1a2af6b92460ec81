// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <string_view>

#include "command_line.h"
#include "completion.h"
#include "exit_status.h"
#include "messages.h"

namespace {

// Whoever starts us with standard descriptors closed must not have them taken by our sockets.
bool openStandardDescriptors() {
    for (;;) {
        const int descriptor = ::open("/dev/null", O_RDWR);
        if (descriptor < 0)
            return false;
        if (descriptor > STDERR_FILENO) {
            ::close(descriptor);
            return true;
        }
    }
}

}  // namespace

int main(int argumentCount, char** arguments) {
    using namespace service::cli;
    if (!openStandardDescriptors())
        return kVireoFailed;
    CLI::App program("Vireo: virtual machines", "vireo");
    program.set_version_flag("--version", VIREO_VERSION);
    std::function<int()> chosen;
    addVerbs(program, chosen);
    constexpr const char* kComplete = "complete";
    if (argumentCount > 1 && std::string_view(arguments[1]) == kComplete)
        return printCompletion(program, {arguments + 2, arguments + argumentCount});
    try {
        program.parse(argumentCount, arguments);
    } catch (const CLI::Success& help) {
        return program.exit(help);
    } catch (const CLI::ParseError& error) {
        printMessage(std::string(error.what()) + "; see 'vireo --help'");
        return kBadArguments;
    }
    return chosen();
}
