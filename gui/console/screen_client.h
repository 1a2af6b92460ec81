// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QMutex>
#include <QPoint>
#include <QRegion>
#include <QSize>
#include <QString>
#include <QThread>
#include <QWaitCondition>
#include <atomic>
#include <cstdint>
#include <deque>
#include <variant>

#include "screen_keys.h"

struct _rfbClient;

namespace gui {

/// A pointer at a place of the screen. `buttons` as VNC has them: left, middle, right from bit 0
/// on, the wheel away and towards the user in bits 3 and 4.
struct ScreenPointer {
    QPoint at;
    std::uint8_t buttons = 0;
};

/// One connection to a machine's screen: libvncclient on a thread of its own, because it waits in
/// the middle of messages.
///
/// Thread safety: made, asked and destroyed on the GUI's thread, where its signals arrive. A piece
/// of the picture is on its way at most: the next comes after taken(). Memory: the picture, what
/// of it is on its way, and kMostInput.
class ScreenClient final : public QThread {
    Q_OBJECT

  public:
    explicit ScreenClient(QString socket, QObject* parent = nullptr);
    /// Does not wait for the server.
    ~ScreenClient() override;

    void send(const ScreenStroke& stroke);
    void send(const ScreenPointer& pointer);
    void taken();

  signals:
    /// What the screen shows at `at`, on a screen of that size.
    void shown(const QImage& piece, const QPoint& at, const QSize& screen);
    void connected();
    /// The last signal. Empty: the server has closed the connection.
    void ended(const QString& problem);

  protected:
    void run() override;

  private:
    using Input = std::variant<ScreenStroke, ScreenPointer>;
    /// Beyond, keys are dropped, and pointers become one.
    static constexpr std::size_t kMostInput = 1'024;

    [[nodiscard]] bool greet();
    void serve();
    [[nodiscard]] bool sendInput();
    void wake() const;
    [[nodiscard]] bool resize();
    void offer();
    void push(const Input& input);

    const QString path_;
    int wake_ = -1;
    std::atomic<int> socket_ = -1;
    std::atomic<bool> stopping_ = false;
    std::atomic<bool> taken_ = true;
    QMutex mutex_;
    // Guarded by mutex_.
    std::deque<Input> input_;

    // Of the thread.
    _rfbClient* client_ = nullptr;
    QRegion changed_;
    QString problem_;
};

}  // namespace gui
