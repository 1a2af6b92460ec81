// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QObject>
#include <QString>
#include <QTimer>
#include <cstdint>
#include <memory>
#include <string>

#include "gui/connection/machine_store.h"

class QLocalSocket;

namespace gui {

/// A serial port's console, for as long as this lives: attached whenever the machine runs.
///
/// The bytes pass between the machine's worker and this; the service is only asked where. What
/// the guest has written while nobody was here comes again at each attach, so begun() says to
/// forget what was there before.
///
/// Thread safety: the GUI's thread. Memory: kMostOutput and what Qt's socket reads at a time.
class SerialSession final : public QObject {
    Q_OBJECT

  public:
    enum class State : unsigned char {
        /// The machine does not run.
        Off,
        Connecting,
        Connected,
        /// problem() says why; it is tried again by itself.
        Refused,
    };

    /// Keys that the guest has not taken. Beyond, they are lost.
    static constexpr qint64 kMostOutput = 256 * 1'024;

    SerialSession(MachineStore& store, std::string machine, std::uint32_t port,
                  QObject* parent = nullptr);
    ~SerialSession() override;

    [[nodiscard]] std::uint32_t port() const { return port_; }
    [[nodiscard]] State state() const { return state_; }
    /// Empty but for Refused.
    [[nodiscard]] QString problem() const { return problem_; }
    /// What comes now is old: its questions are not to be answered.
    [[nodiscard]] bool isReplaying() const { return replay_.isActive(); }

    /// For the guest. Dropped without a connection.
    void send(const QByteArray& bytes);
    /// At once instead of at the next turn.
    void retry();

  signals:
    void stateChanged();
    /// Attached; all of the scrollback follows.
    void begun();
    void received(const QByteArray& bytes);
    /// The guest takes nothing, and keys have been dropped.
    void overflowed();

  private:
    [[nodiscard]] bool machineIsActive() const;
    void look();
    void ask();
    void attach(const QString& path);
    void receive();
    void lose(const QString& problem);
    void setState(State state, const QString& problem = {});

    MachineStore& store_;
    const std::string machine_;
    const std::uint32_t port_;
    State state_ = State::Off;
    QString problem_;
    std::unique_ptr<QLocalSocket> socket_;
    bool asking_ = false;
    bool overflowed_ = false;
    QTimer retry_;
    QTimer replay_;
};

}  // namespace gui
