// SPDX-License-Identifier: GPL-3.0-or-later
#include "screen_client.h"

#include <poll.h>
#include <rfb/rfbclient.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace gui {

namespace {

constexpr int kMostSide = 8'192;
/// Of a reply that has begun.
constexpr unsigned kPatienceSeconds = 15;

// Its address names what is attached to a client.
constexpr char kOwner = 0;

ScreenClient& ownerOf(rfbClient* client) {
    return *static_cast<ScreenClient*>(rfbClientGetClientData(client, const_cast<char*>(&kOwner)));
}

// The library has two functions for all of its clients.
void ignore(const char* /*format*/, ...) {}

}  // namespace

ScreenClient::ScreenClient(QString socket, QObject* parent)
    : QThread(parent), path_(std::move(socket)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    rfbClientLog = &ignore;
    rfbClientErr = &ignore;
}

ScreenClient::~ScreenClient() {
    stopping_ = true;
    wake();
    // A read of the library ends at once.
    if (const int socket = socket_; socket >= 0)
        ::shutdown(socket, SHUT_RDWR);
    wait();
    ::close(wake_);
}

void ScreenClient::wake() const {
    const std::uint64_t one = 1;
    static_cast<void>(::write(wake_, &one, sizeof one));
}

void ScreenClient::push(const Input& input) {
    {
        const QMutexLocker lock(&mutex_);
        const auto isMove = [](const Input& one) {
            return std::holds_alternative<ScreenPointer>(one);
        };
        // Of moves with the same buttons only the last counts.
        if (!input_.empty() && isMove(input) && isMove(input_.back()) &&
            std::get<ScreenPointer>(input).buttons ==
                std::get<ScreenPointer>(input_.back()).buttons)
            input_.back() = input;
        else if (input_.size() < kMostInput)
            input_.push_back(input);
    }
    wake();
}

void ScreenClient::send(const ScreenStroke& stroke) {
    push(stroke);
}

void ScreenClient::send(const ScreenPointer& pointer) {
    push(pointer);
}

void ScreenClient::taken() {
    taken_ = true;
    wake();
}

void ScreenClient::run() {
    if (greet()) {
        emit connected();
        serve();
    }
    socket_ = -1;
    if (client_ != nullptr) {
        // The library frees what it has allocated, and closes the socket.
        std::free(std::exchange(client_->frameBuffer, nullptr));
        rfbClientCleanup(std::exchange(client_, nullptr));
    }
    if (!stopping_)
        emit ended(problem_);
}

bool ScreenClient::greet() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const QByteArray path = path_.toLocal8Bit();
    if (path.size() >= static_cast<qsizetype>(sizeof address.sun_path)) {
        problem_ = tr("The name of its socket is too long: %1").arg(path_);
        return false;
    }
    std::memcpy(address.sun_path, path.constData(), static_cast<std::size_t>(path.size()));
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0 ||
        ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        problem_ = tr("Its socket %1 can't be reached: %2")
                       .arg(path_, QString::fromLocal8Bit(std::strerror(errno)));
        if (socket >= 0)
            ::close(socket);
        return false;
    }
    client_ = rfbGetClient(8, 3, 4);
    if (client_ == nullptr) {
        ::close(socket);
        return false;
    }
    client_->sock = socket;
    socket_ = socket;
    if (stopping_)
        return false;
    // What QImage has: XRGB8888 in the host's order.
    client_->format.redShift = 16;
    client_->format.greenShift = 8;
    client_->format.blueShift = 0;
    client_->canHandleNewFBSize = TRUE;
    client_->readTimeout = kPatienceSeconds;
    // The socket is this host's: encoding would cost more than it saves, here and there.
    client_->appData.encodingsString = "raw";
    client_->appData.useRemoteCursor = FALSE;
    rfbClientSetClientData(client_, const_cast<char*>(&kOwner), this);
    client_->MallocFrameBuffer = [](rfbClient* client) -> rfbBool {
        return ownerOf(client).resize() ? TRUE : FALSE;
    };
    client_->GotFrameBufferUpdate = [](rfbClient* client, int x, int y, int width, int height) {
        ownerOf(client).changed_ += QRect(x, y, width, height);
    };
    const auto initialise = [this] {
        if (InitialiseRFBConnection(client_) == FALSE)
            return false;
        client_->width = client_->si.framebufferWidth;
        client_->height = client_->si.framebufferHeight;
        return resize() && SetFormatAndEncodings(client_) != FALSE &&
               SendFramebufferUpdateRequest(client_, 0, 0, client_->width, client_->height,
                                            FALSE) != FALSE;
    };
    if (!initialise()) {
        problem_ = tr("It does not speak as a VNC server does.");
        return false;
    }
    return true;
}

bool ScreenClient::resize() {
    const int width = client_->width;
    const int height = client_->height;
    if (width <= 0 || height <= 0 || width > kMostSide || height > kMostSide)
        return false;
    std::free(client_->frameBuffer);
    client_->frameBuffer = static_cast<std::uint8_t*>(
        std::calloc(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 4));
    client_->updateRect.x = client_->updateRect.y = 0;
    client_->updateRect.w = width;
    client_->updateRect.h = height;
    changed_ = QRect(0, 0, width, height);
    return client_->frameBuffer != nullptr;
}

void ScreenClient::serve() {
    while (!stopping_) {
        offer();
        // While a piece is on its way nothing is read, so that nothing piles up.
        const bool reads = taken_;
        if (!reads || client_->buffered == 0) {
            std::array<pollfd, 2> files{{{wake_, POLLIN, 0}, {client_->sock, POLLIN, 0}}};
            if (::poll(files.data(), reads ? 2 : 1, -1) < 0 && errno != EINTR)
                return;
            std::uint64_t count = 0;
            static_cast<void>(::read(wake_, &count, sizeof count));
            if (stopping_ || !sendInput())
                return;
            if (!reads || (files[1].revents & (POLLIN | POLLHUP | POLLERR)) == 0)
                continue;
        }
        if (HandleRFBServerMessage(client_) == FALSE)
            return;
    }
}

void ScreenClient::offer() {
    if (changed_.isEmpty() || !taken_)
        return;
    const QRect area = std::exchange(changed_, {})
                           .boundingRect()
                           .intersected(QRect(0, 0, client_->width, client_->height));
    const QImage all(client_->frameBuffer, client_->width, client_->height, client_->width * 4,
                     QImage::Format_RGB32);
    taken_ = false;
    emit shown(all.copy(area), area.topLeft(), all.size());
}

bool ScreenClient::sendInput() {
    for (;;) {
        Input input;
        {
            const QMutexLocker lock(&mutex_);
            if (input_.empty())
                return true;
            input = input_.front();
            input_.pop_front();
        }
        bool sent = false;
        if (const auto* const stroke = std::get_if<ScreenStroke>(&input)) {
            const rfbBool down = stroke->isDown ? TRUE : FALSE;
            // A server that does not know places takes names.
            sent = (stroke->key.keycode != 0 &&
                    SendExtendedKeyEvent(client_, stroke->key.keysym, stroke->key.keycode, down) !=
                        FALSE) ||
                   SendKeyEvent(client_, stroke->key.keysym, down) != FALSE;
        } else {
            const auto& pointer = std::get<ScreenPointer>(input);
            sent =
                SendPointerEvent(client_, pointer.at.x(), pointer.at.y(), pointer.buttons) != FALSE;
        }
        if (!sent)
            return false;
    }
}

}  // namespace gui
