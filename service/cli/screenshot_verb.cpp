// SPDX-License-Identifier: GPL-3.0-or-later
#include <optional>

#include "exit_status.h"
#include "picture_output.h"
#include "quantities.h"
#include "service/ipc/base64.h"
#include "service/ipc/methods.h"
#include "service_verb.h"
#include "verbs.h"

namespace service::cli {

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
    if (const auto written = replacePicture(arguments.file, *png); !written)
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
