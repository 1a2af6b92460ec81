// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "service_session.h"
#include "verb_options.h"

namespace service::cli {

/// Adds a verb that speaks with the service. `Arguments` has a ServiceOptions `service`;
/// `configure` adds the verb's own, `run` does the work. When the arguments name the verb,
/// `chosen` is set to what runs it and returns the exit status.
template <class Arguments>
void addServiceVerb(CLI::App& program, std::function<int()>& chosen, const char* name,
                    const char* text, void (*configure)(VerbOptions&, Arguments&),
                    void (*run)(const Arguments&, ServiceSession&), const char* footer = "") {
    const auto arguments = std::make_shared<Arguments>();
    addVerb(
        program, chosen, name, text,
        [&](VerbOptions& options) {
            configure(options, *arguments);
            addServiceOptions(options, arguments->service);
            options.footer(serviceVerbFooter(footer));
        },
        [arguments, run] {
            int status = 0;
            const auto session = ServiceSession::connect(arguments->service, status);
            if (!session)
                return status;
            run(*arguments, *session);
            return session->status();
        });
}

}  // namespace service::cli
