// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QObject>
#include <QPointer>
#include <QString>
#include <QTimer>
#include <memory>
#include <string>
#include <vector>

#include "gui/connection/machine_store.h"
#include "screen_client.h"

namespace gui {

/// A machine's screen, for as long as this lives: connected to whenever the machine runs.
///
/// Picture and input pass between the machine's worker and this; the service is only asked where.
///
/// Thread safety: the GUI's thread.
class ScreenSession final : public QObject {
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

    ScreenSession(MachineStore& store, std::string machine, QObject* parent = nullptr);
    ~ScreenSession() override;

    [[nodiscard]] State state() const { return state_; }
    /// Empty but for Refused.
    [[nodiscard]] QString problem() const { return problem_; }

    // For the guest. Dropped without a connection.
    void send(const std::vector<ScreenStroke>& strokes);
    void send(const ScreenPointer& pointer);
    /// At once instead of at the next turn.
    void retry();

  signals:
    void stateChanged();
    /// A piece of the picture.
    void shown(const QImage& piece, const QPoint& at, const QSize& screen);

  private:
    [[nodiscard]] bool machineIsActive() const;
    void look();
    void ask();
    void connectTo(const QString& path);
    void lose(const QString& problem);
    void setState(State state, const QString& problem = {});

    MachineStore& store_;
    const std::string machine_;
    State state_ = State::Off;
    QString problem_;
    std::unique_ptr<ScreenClient> client_;
    bool asking_ = false;
    QTimer retry_;
};

}  // namespace gui
