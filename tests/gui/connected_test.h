// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <memory>
#include <optional>

#include "gui/connection/machine_store.h"
#include "session_service.h"

namespace tests {

/// A test of windows that talk to a real service: the service, a client that looks at it from
/// outside, and what the windows stand on.
class ConnectedTest : public QObject {
  protected:
    /// False if the service does not come up; service_->output() tells why.
    [[nodiscard]] bool startService() {
        service_ = std::make_unique<SessionService>();
        if (!service_->start())
            return false;
        client_ = service_->client();
        return true;
    }
    /// The store is complete some time later.
    void connectStore() {
        connection_ = std::make_unique<gui::ServiceConnection>(
            service::client::ServiceAddress::at(service_->socket()));
        store_ = std::make_unique<gui::MachineStore>(*connection_);
        connection_->open();
    }
    void stopService() {
        store_.reset();
        connection_.reset();
        client_.reset();
        service_.reset();
    }

    std::unique_ptr<SessionService> service_;
    std::optional<RpcClient> client_;
    std::unique_ptr<gui::ServiceConnection> connection_;
    std::unique_ptr<gui::MachineStore> store_;
};

}  // namespace tests
