// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>

#include "exit_status.h"
#include "hypervisor/error.h"
#include "hypervisor/file_descriptor.h"
#include "quantities.h"
#include "service/ipc/base64.h"
#include "service/ipc/methods.h"
#include "service_verb.h"
#include "verbs.h"

namespace service::cli {

using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

constexpr std::uint32_t kMostSide = 16384;

constexpr const char* kFooter =
    "The file is a PNG; one of that name is replaced. A machine without a driver for its screen\n"
    "shows nothing, and there is no picture then.";

struct ScreenshotArguments {
    ServiceOptions service;
    std::string machine;
    std::string file;
    std::optional<std::string> side;
};

void configure(VerbOptions& verb, ScreenshotArguments& arguments) {
    verb.machine(arguments.machine);
    verb.required("file", arguments.file, "FILE", "The picture's file");
    verb.value("--side", arguments.side, "PIXELS",
               "Scale the picture down to fit a square of that many pixels");
}

/// Whole or not at all: another file takes its name when it is complete.
Result<void> replaceFile(const std::string& path, const std::string& bytes) {
    const std::string what = "can't write the picture '" + path + "'";
    std::string temporary = path + ".XXXXXX";
    FileDescriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file)
        return systemFailure(what, errno);
    int error = 0;
    for (std::size_t done = 0; error == 0 && done < bytes.size();) {
        const ssize_t written = ::write(file.get(), bytes.data() + done, bytes.size() - done);
        if (written >= 0)
            done += static_cast<std::size_t>(written);
        else if (errno != EINTR)
            error = errno;
    }
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (error == 0 &&
        (::fchmod(file.get(), 0666 & ~mask) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0))
        error = errno;
    if (error == 0)
        return {};
    ::unlink(temporary.c_str());
    return systemFailure(what, error);
}

void screenshot(const ScreenshotArguments& arguments, ServiceSession& session) {
    ScreenPictureParams params{arguments.machine, {}};
    if (arguments.side) {
        const auto side = parseNumber(*arguments.side, "--side", 1, kMostSide);
        if (!side)
            return session.fail(kBadArguments, side.error().message);
        params.mostPixels = *side;
    }
    const auto reply = session.call<ScreenPictureMethod>(params);
    if (!reply)
        return;
    const auto png = decodeBase64(reply->png);
    if (!png)
        return session.fail(kProgramFailed, "the service's picture is none");
    if (const auto written = replaceFile(arguments.file, *png); !written)
        return session.fail(kRefused, written.error().message);
    if (session.json())
        session.printReply();
}

}  // namespace

void addScreenshotVerb(CLI::App& program, std::function<int()>& chosen) {
    addServiceVerb<ScreenshotArguments>(program, chosen, "screenshot",
                                        "Take a picture of a machine's screen", configure,
                                        screenshot, kFooter);
}

}  // namespace service::cli
