// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTimer>
#include <chrono>
#include <functional>

#include "gui/connection/service_connection.h"
#include "gui/connection/text.h"

namespace gui {

/// Asks the service what is at a path, when one pauses rather than at every letter: an image
/// (disk.inspect), an exported machine (import.inspect). Only the answer about what is entered by
/// then is told.
template <class Method>
class PathInspection final : public QObject {
  public:
    using Found = std::function<void(const typename Method::Reply& reply)>;
    using Failed = std::function<void(const QString& problem)>;

    /// `path` says what is entered now.
    PathInspection(ServiceConnection& connection, std::function<QString()> path, Found found,
                   Failed failed, QObject* parent)
        : QObject(parent),
          connection_(connection),
          path_(std::move(path)),
          found_(std::move(found)),
          failed_(std::move(failed)) {
        pause_.setSingleShot(true);
        pause_.setInterval(std::chrono::milliseconds(300));
        connect(&pause_, &QTimer::timeout, this, [this] { askNow(); });
    }

    /// The path has changed.
    void askSoon() { pause_.start(); }
    void askNow() {
        pause_.stop();
        const QString path = path_();
        if (path.isEmpty())
            return;
        connection_.call<Method>({path.toStdString()}, this,
                                 [this, path](service::RpcResult<typename Method::Reply> reply) {
                                     if (path != path_())
                                         return;
                                     if (reply)
                                         found_(*reply);
                                     else
                                         failed_(errorLine(reply.error()));
                                 });
    }

  private:
    ServiceConnection& connection_;
    const std::function<QString()> path_;
    const Found found_;
    const Failed failed_;
    QTimer pause_;
};

using DiskInspection = PathInspection<service::DiskInspectMethod>;

}  // namespace gui
