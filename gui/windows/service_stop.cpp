// SPDX-License-Identifier: GPL-3.0-or-later
#include "service_stop.h"

#include <QCoreApplication>

#include "gui/connection/text.h"
#include "machine_orders.h"

namespace gui {

using namespace service;  // NOLINT: what is asked of it

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(gui::service_stop)
};

Question question(const QString& server, bool machinesGoOn) {
    const QString what =
        machinesGoOn
            ? Words::tr(
                  "Stop Vireo's service on %1?\n\nMachines that run go on without it. Until "
                  "the service is started again, no machine can be started, stopped, changed "
                  "or watched, none starts by itself, and nothing is recorded. The next "
                  "service takes over the machines that still run.")
            : Words::tr(
                  "Stop Vireo's service on %1?\n\nIt was started so that machines which run "
                  "are stopped with it, each by its automatic stop action. Until the service "
                  "is started again, no machine can be started, changed or watched.");
    return {Words::tr("Stop Service"), what.arg(server), Words::tr("Stop Service")};
}

}  // namespace

void askAndStopService(ServiceConnection& connection, const QString& server, QWidget* window,
                       std::function<void(const QString& problem)> refused) {
    connection.call<ServiceGetMethod>(
        {}, window,
        [&connection, server, window, refused = std::move(refused)](RpcResult<ServiceReply> now) {
            if (!now)
                return refused(errorLine(now.error()));
            ask(question(server, now->machinesGoOn), UsualAnswer::Cancel, window, window,
                [&connection, window, refused] {
                    connection.call<ServiceStopMethod>(
                        {}, window, [refused](const RpcResult<ServiceStopReply>& reply) {
                            if (!reply)
                                refused(errorLine(reply.error()));
                        });
                });
        });
}

}  // namespace gui
