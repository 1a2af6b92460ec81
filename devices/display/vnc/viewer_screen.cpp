// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewer_screen.h"

#include <poll.h>
#include <rfb/rfb.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>

// Not made for C++.
extern "C" {
#include <rfb/rfbregion.h>
}

namespace devices::display {

namespace {

using std::chrono::milliseconds;

// Before a machine has shown anything.
constexpr std::uint32_t kFirstWidth = 640;
constexpr std::uint32_t kFirstHeight = 480;

constexpr milliseconds kLeastBetweenUpdates{16};
constexpr milliseconds kShortestInterval{33};
constexpr milliseconds kLongestInterval{250};
constexpr milliseconds kTimeToLearnOfWatchers{2'000};

/// What is compared, copied and sent as one.
constexpr std::uint32_t kTileWidth = 64;
constexpr std::uint32_t kTileHeight = 16;

void setFormat(rfbScreenInfo& screen) {
    screen.serverFormat.redShift = 16;
    screen.serverFormat.greenShift = 8;
    screen.serverFormat.blueShift = 0;
}

}  // namespace

hypervisor::Result<std::unique_ptr<ViewerScreen>> ViewerScreen::create(
    hypervisor::FileDescriptor socket, Framebuffer& framebuffer, std::string name,
    std::function<void()> ended) {
    // libvncserver waits with select().
    if (socket.get() >= FD_SETSIZE)
        return hypervisor::failure("Can't show the screen: too many files are open");
    hypervisor::FileDescriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake)
        return hypervisor::systemFailure("Can't show the screen", errno);
    std::unique_ptr<ViewerScreen> made(new ViewerScreen(
        std::move(socket), std::move(wake), framebuffer, std::move(name), std::move(ended)));
    try {
        made->thread_ = std::thread([screen = made.get()] { screen->run(); });
    } catch (const std::system_error& error) {
        return hypervisor::systemFailure("Can't start a thread to show the screen",
                                         error.code().value());
    }
    return made;
}

ViewerScreen::ViewerScreen(hypervisor::FileDescriptor socket, hypervisor::FileDescriptor wake,
                           Framebuffer& framebuffer, std::string name, std::function<void()> ended)
    : wake_(std::move(wake)),
      framebuffer_(framebuffer),
      name_(std::move(name)),
      whenEnded_(std::move(ended)),
      width_(kFirstWidth),
      height_(kFirstHeight),
      socket_(std::move(socket)),
      interval_(kShortestInterval) {}

ViewerScreen::~ViewerScreen() {
    if (thread_.joinable())
        thread_.join();
}

void ViewerScreen::wake() const {
    static_cast<void>(::eventfd_write(wake_.get(), 1));
}

void ViewerScreen::announceKeycodes() {
    wantsKeycodes_ = true;
    wake();
}

void ViewerScreen::run() {
    // libvncserver writes to a socket that may have been closed; the error is enough.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    // A viewer is greeted with the size as it is.
    if (const auto view = framebuffer_.view()) {
        width_ = view->mode.width;
        height_ = view->mode.height;
    }
    screen_ = rfbGetScreen(nullptr, nullptr, static_cast<int>(width_), static_cast<int>(height_), 8,
                           3, kBytesPerPixel);
    if (screen_ != nullptr) {
        copy_.assign(std::size_t{width_} * height_, 0);
        screen_->frameBuffer = reinterpret_cast<char*>(copy_.data());
        screen_->desktopName = name_.c_str();
        screen_->cursor = nullptr;
        screen_->alwaysShared = TRUE;
        screen_->deferUpdateTime = 0;
        setFormat(*screen_);
        client_ = rfbNewClient(screen_, socket_.release());
        serve();
        if (client_ != nullptr)
            rfbClientConnectionGone(client_);
        rfbScreenCleanup(screen_);
    }
    watch_.reset();
    ended_ = true;
    whenEnded_();
}

bool ViewerScreen::isConnected() const {
    return client_ != nullptr && client_->sock != RFB_INVALID_SOCKET;
}

bool ViewerScreen::isAwaiting() const {
    return isConnected() && client_->state == rfbClientRec::RFB_NORMAL &&
           sraRgnEmpty(client_->requestedRegion) == 0;
}

bool ViewerScreen::isSeeking() const {
    return isSought_ || std::chrono::steady_clock::now() < seeksUntil_;
}

void ViewerScreen::serve() {
    while (isConnected()) {
        wait();
        if (!isConnected())
            return;
        announce();
        if (!isAwaiting())
            continue;
        if (watch_ == nullptr)
            watch_ = framebuffer_.watch([this] { wake(); });
        const Time now = std::chrono::steady_clock::now();
        if (now >= nextLook_ && (isStale_ || isSeeking()))
            look();
        // A new size is told before its picture.
        const bool hasNewSize = client_->newFBSizePending != 0;
        rfbUpdateClient(client_);
        if (hasNewSize && isConnected())
            rfbUpdateClient(client_);
    }
}

void ViewerScreen::wait() {
    std::array<pollfd, 2> files{{{client_->sock, POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
    int limit = -1;
    // Before the first look the viewer has only just asked.
    if (isAwaiting() && (isStale_ || isSeeking())) {
        const auto left =
            std::chrono::ceil<milliseconds>(nextLook_ - std::chrono::steady_clock::now());
        limit = static_cast<int>(std::max(left, milliseconds::zero()).count());
    }
    if (::poll(files.data(), files.size(), limit) <= 0)
        return;
    if (files[1].revents != 0) {
        eventfd_t count;
        static_cast<void>(::eventfd_read(wake_.get(), &count));
        isStale_ = true;
    }
    if (files[0].revents != 0)
        rfbProcessClientMessage(client_);
}

void ViewerScreen::announce() {
    if (client_->state != rfbClientRec::RFB_NORMAL || !wantsKeycodes_.exchange(false))
        return;
    // An update of one rectangle, whose encoding says it all.
    const auto high = [](std::uint32_t value) { return static_cast<char>(value >> 8 & 0xFF); };
    const auto low = [](std::uint32_t value) { return static_cast<char>(value & 0xFF); };
    const std::uint32_t width = width_;
    const std::uint32_t height = height_;
    const std::array<char, 16> message{
        0,           0,      0,      1,      0,     0, 0, 0, high(width), low(width), high(height),
        low(height), '\xFF', '\xFF', '\xFE', '\xFE'};
    if (rfbWriteExact(client_, message.data(), message.size()) <= 0)
        rfbCloseClient(client_);
}

void ViewerScreen::look() {
    // What is told from here on is for the next look.
    isStale_ = false;
    const FramebufferWatch::State state = watch_->take();
    const bool isNew = state.generation != generation_;
    if (isNew)
        adopt(state);
    bool anyChange = false;
    if (state.view) {
        const FramebufferMode& mode = state.view->mode;
        if (isNew || isSeeking())
            anyChange = copyChanged(*state.view, {0, 0, mode.width, mode.height});
        else
            for (const Rectangle& rectangle : state.changed)
                anyChange |= copyChanged(*state.view, rectangle);
    }
    interval_ = anyChange || isNew ? kShortestInterval : std::min(interval_ * 2, kLongestInterval);
    // Those that tell have their changes shown sooner.
    nextLook_ = std::chrono::steady_clock::now() + (isSeeking() ? interval_ : kLeastBetweenUpdates);
}

void ViewerScreen::adopt(const FramebufferWatch::State& state) {
    generation_ = state.generation;
    seeksUntil_ = std::chrono::steady_clock::now() + kTimeToLearnOfWatchers;
    isSought_ = state.view && state.view->changes == Changes::Sought;
    if (state.view) {
        resize(state.view->mode.width, state.view->mode.height);
        return;
    }
    // As large as before, and black.
    seeksUntil_ = {};
    std::ranges::fill(copy_, 0U);
    rfbMarkRectAsModified(screen_, 0, 0, screen_->width, screen_->height);
}

void ViewerScreen::resize(std::uint32_t width, std::uint32_t height) {
    if (width == width_ && height == height_)
        return;
    std::vector<std::uint32_t> copy(std::size_t{width} * height, 0);
    rfbNewFramebuffer(screen_, reinterpret_cast<char*>(copy.data()), static_cast<int>(width),
                      static_cast<int>(height), 8, 3, kBytesPerPixel);
    copy_ = std::move(copy);
    setFormat(*screen_);
    screen_->setTranslateFunction(client_);
    width_ = width;
    height_ = height;
}

bool ViewerScreen::copyChanged(const FramebufferView& view, const Rectangle& rectangle) {
    bool anyChange = false;
    const std::uint32_t right = rectangle.x + rectangle.width;
    const std::uint32_t bottom = rectangle.y + rectangle.height;
    for (std::uint32_t y = rectangle.y; y < bottom; y += kTileHeight) {
        const std::uint32_t lines = std::min(kTileHeight, bottom - y);
        for (std::uint32_t x = rectangle.x; x < right; x += kTileWidth) {
            const std::uint32_t columns = std::min(kTileWidth, right - x);
            const std::size_t bytes = std::size_t{columns} * kBytesPerPixel;
            bool differs = false;
            for (std::uint32_t line = y; line < y + lines; ++line) {
                const std::byte* from = view.line(line) + std::size_t{x} * kBytesPerPixel;
                std::uint32_t* to = &copy_[std::size_t{line} * width_ + x];
                if (!differs && std::memcmp(to, from, bytes) == 0)
                    continue;
                differs = true;
                std::memcpy(to, from, bytes);
            }
            if (!differs)
                continue;
            anyChange = true;
            rfbMarkRectAsModified(screen_, static_cast<int>(x), static_cast<int>(y),
                                  static_cast<int>(x + columns), static_cast<int>(y + lines));
        }
    }
    return anyChange;
}

}  // namespace devices::display
