// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <optional>

#include "gui/connection/service_connection.h"

namespace gui {

/// Begins a job of the service and tells how it goes and ends. The connection must be subscribed to
/// jobs, as MachineStore does it.
class JobWatch final : public QObject {
    Q_OBJECT

  public:
    explicit JobWatch(ServiceConnection& connection, QObject* parent = nullptr);

    template <class Method>
    void begin(const typename Method::Params& params) {
        job_.reset();
        cancelled_ = false;
        connection_.call<Method>(params, this, [this](service::RpcResult<service::JobReply> reply) {
            if (reply)
                begun(reply->job);
            else
                emit failed(reply.error());
        });
    }
    void cancel();

  signals:
    void progressed(const QString& title, double percent);
    void succeeded(const service::Job& job);
    /// Refused, failed, cancelled: the code tells which.
    void failed(const service::RpcError& error);

  private:
    void begun(const service::Job& job);
    void take(const service::Job& job);
    void look();

    ServiceConnection& connection_;
    std::optional<std::uint64_t> job_;
    bool cancelled_ = false;
};

}  // namespace gui
