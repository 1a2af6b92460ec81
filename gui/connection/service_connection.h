// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPointer>
#include <QString>
#include <QTimer>
#include <functional>
#include <memory>

#include "service/ipc/client/client_protocol.h"
#include "service/ipc/client/service_address.h"
#include "service/ipc/methods.h"

class QLocalSocket;

namespace gui {

/// A connection to the service on Qt's event loop. Nothing here waits: calls are answered through
/// handlers, a lost service is tried again by itself, sooner at first, every few seconds later.
///
/// Thread safety: the GUI's thread.
class ServiceConnection final : public QObject {
    Q_OBJECT

  public:
    enum class State : unsigned char {
        Connecting,
        Connected,
        Lost,
        /// There shall be none.
        Closed,
    };

    explicit ServiceConnection(service::client::ServiceAddress address, QObject* parent = nullptr);
    ~ServiceConnection() override;

    /// Begins, and goes on until close().
    void open();
    /// The same with another service.
    void open(service::client::ServiceAddress address);
    void close();
    /// Tries at once instead of at the next turn.
    void retry();

    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] const service::client::ServiceAddress& address() const { return address_; }
    /// Why there is no connection, and what to do; empty while there is one.
    [[nodiscard]] QString problem() const { return problem_; }
    /// There is no service that could answer: it was stopped, or does not run.
    [[nodiscard]] bool mayBeStarted() const {
        return state_ == State::Lost && (isAbsent_ || !farewell_.isEmpty());
    }

    /// Asks; `handler` is called once with the reply or with what went wrong, a lost connection
    /// included, unless `context` is destroyed before. For the methods of service/ipc/methods.h.
    template <class Method>
    void call(const typename Method::Params& params, QObject* context,
              std::function<void(service::RpcResult<typename Method::Reply>)> handler) {
        if (state_ != State::Connected) {
            // Not from within the call: callers need not think of that.
            QTimer::singleShot(0, context, [this, handler = std::move(handler)] {
                handler(std::unexpected(notConnected()));
            });
            return;
        }
        protocol_->call<Method>(params,
                                [guard = QPointer<QObject>(context), handler = std::move(handler)](
                                    service::RpcResult<typename Method::Reply> reply) {
                                    if (guard)
                                        handler(std::move(reply));
                                });
        send();
    }

  signals:
    void stateChanged();
    void machineChanged(const service::MachineSummary& machine);
    void machineRemoved(const std::string& id);
    void usageArrived(const service::MachineUsageNotification& usage);
    void eventRecorded(const service::EventRecord& event);
    void jobChanged(const service::Job& job);
    /// A virtual switch is another one, or has come or gone.
    void switchesChanged();
    /// The service's own settings are others.
    void serviceChanged();
    /// Of all subscriptions: look at its number.
    void performanceArrived(const service::PerformanceNotification& notification);

  private:
    void connectNow();
    void begin();
    void receive();
    void send();
    void forgetSocket();
    /// The socket has.
    void ended(const QString& reason);
    void lose(const QString& reason);
    void setState(State state, const QString& problem);
    [[nodiscard]] service::RpcError notConnected() const;

    service::client::ServiceAddress address_;
    State state_ = State::Connecting;
    QString problem_;
    std::unique_ptr<service::client::ClientProtocol> protocol_;
    std::unique_ptr<QLocalSocket> socket_;
    QTimer retry_;
    /// The rest of what has arrived.
    QTimer more_;
    int failures_ = 0;
    /// What the service's end means, from when it has told of it until one answers again.
    QString farewell_;
    bool isAbsent_ = false;
};

}  // namespace gui
