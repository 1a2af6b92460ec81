// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "devices/synthetic/message/message_device.h"
#include "dynamic_memory_protocol.h"
#include "hypervisor/error.h"
#include "page_set.h"

namespace devices::synthetic {

/// Moves memory between guest and host: has the guest give up pages (the balloon) and gives them
/// back, and announces new ones (hot add). Only pages that the guest has given up are given back;
/// when it closes the channel it has forgotten the balloon, and all of them are its own again.
///
/// Thread safety: public methods from any thread; all callbacks come on the device's thread.
class DynamicMemory final : public MessageDevice {
  public:
    struct Callbacks {
        /// The guest does not touch these pages; their content may be dropped.
        std::function<void(PageRange)> release;
        /// They are to be memory again before the guest gets them. False: not now; it is tried
        /// again later, except when the guest has taken them by closing the channel.
        std::function<bool(PageRange)> back;
        /// status() has changed. Some time after it, for many changes together; may be null.
        std::function<void()> changed;
    };
    struct Options {
        /// What the guest is told that it may grow to; 0: it is not told.
        std::uint64_t mostPages = 0;
    };
    /// What the guest tells of itself, once a second, is its word.
    struct Status {
        /// The driver is there, and can give up memory or take some.
        bool canBalloon = false;
        bool canHotAdd = false;
        std::uint64_t targetPages = 0;
        std::uint64_t balloonedPages = 0;
        std::uint64_t hotAddedPages = 0;
        std::uint64_t availablePages = 0;
        std::uint64_t committedPages = 0;
        friend bool operator==(const Status&, const Status&) = default;
    };
    using Done = std::move_only_function<void(hypervisor::Result<std::uint64_t>)>;

    DynamicMemory(DeviceThread& thread, Callbacks callbacks, Options options);
    ~DynamicMemory() override;

    [[nodiscard]] static vmbus::Offer offer();
    [[nodiscard]] Status status() const;

    /// How many pages the guest is to do without. It may give up fewer, and is asked again every
    /// half a minute. Holds for later guests, too. Whole 2 MiB are asked for.
    void setTarget(std::uint64_t pages);
    /// Announces memory that is backed and not known to the guest; `region` is what of the address
    /// space it is to prepare around `range`, by itself when there is none. `done` gets how many
    /// pages the guest has added, from the first on; it is called once, unless the device goes
    /// before. One at a time.
    void hotAdd(PageRange range, std::optional<PageRange> region, Done done);

  private:
    enum class Stage : std::uint8_t { Closed, Version, Capabilities, Ready };
    enum class Busy : std::uint8_t { No, Ballooning, Unballooning, HotAdding };

    void onOpened() override;
    void onPacket(const vmbus::ReceivedPacket& packet) override;
    void onClosed() override;

    void versionRequested(std::span<const std::byte> message);
    void capabilitiesReported(std::span<const std::byte> message);
    void statusReported(std::span<const std::byte> message);
    void ballooned(std::span<const std::byte> message);
    void unballooned();
    void hotAdded(std::span<const std::byte> message);

    /// Starts what is to be done next, when nothing is under way.
    void act();
    void balloon(std::uint64_t pages);
    void unballoon(std::uint64_t pages);
    void startHotAdd(PageRange range, std::optional<PageRange> region, Done done);
    void retryLater();
    [[nodiscard]] bool isGuestMemory(PageRange range);
    [[nodiscard]] dynamic_memory::Header header(dynamic_memory::MessageType type, std::size_t size);
    void inform();

    const Callbacks callbacks_;
    const Options options_;
    mutable std::mutex mutex_;
    /// Written by the thread alone, under mutex_.
    Status status_;

    // Of the thread.
    DeviceTimer retry_;
    DeviceTimer inform_;
    bool informing_ = false;
    bool waitsToRetry_ = false;
    Stage stage_ = Stage::Closed;
    Busy busy_ = Busy::No;
    std::uint32_t transaction_ = 0;
    std::uint64_t capabilities_ = 0;
    std::uint64_t target_ = 0;
    PageSet balloon_;
    /// Of the balloon request under way.
    std::uint64_t askedPages_ = 0;
    std::uint64_t receivedPages_ = 0;
    /// The guest has said that it adds no memory any more.
    bool refusesHotAdd_ = false;
    /// Of the hot add under way.
    PageRange adding_;
    Done addingDone_;
    std::vector<PageRange> added_;
};

}  // namespace devices::synthetic
