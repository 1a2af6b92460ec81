// SPDX-License-Identifier: GPL-3.0-or-later

// A hostile guest against the integration components and dynamic memory. The input says which of
// them, and then step by step what the guest does: answers as a driver does, with some bytes
// changed, or anything else, while time passes and the host asks.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "../devices/synthetic/integration/played_ic_driver.h"
#include "devices/synthetic/integration/dynamic_memory.h"
#include "devices/synthetic/integration/file_copy.h"
#include "devices/synthetic/integration/guest_shutdown.h"
#include "devices/synthetic/integration/heartbeat.h"
#include "devices/synthetic/integration/key_value_exchange.h"
#include "devices/synthetic/integration/time_synchronization.h"
#include "devices/synthetic/integration/volume_shadow_copy.h"

using namespace devices::synthetic;

namespace {

class Input {
  public:
    explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
    [[nodiscard]] bool isEmpty() const { return bytes_.empty(); }
    std::uint8_t byte() {
        if (bytes_.empty())
            return 0;
        const std::uint8_t first = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return first;
    }
    std::span<const std::byte> some(std::size_t most) {
        const auto taken = bytes_.first(std::min(most, bytes_.size()));
        bytes_ = bytes_.subspan(taken.size());
        return std::as_bytes(taken);
    }

  private:
    std::span<const std::uint8_t> bytes_;
};

void demand(bool holds) {
    if (!holds)
        std::abort();
}

/// What is asked of the component from outside, by a number.
using Act = std::function<void(std::uint8_t)>;

struct Subject {
    std::unique_ptr<vmbus::ChannelDevice> device;
    Act act;
    std::vector<ic::Version> frameworks{{3, 0}, {1, 0}};
    std::vector<ic::Version> messages{};
    bool isComponent = true;
};

/// Pages that a guest has given up; the device may give back no others.
struct Pages {
    std::set<std::uint64_t> released;
    void release(PageRange range) {
        for (std::uint64_t i = 0; i < range.count; ++i)
            demand(released.insert(range.first + i).second);
    }
    bool back(PageRange range) {
        for (std::uint64_t i = 0; i < range.count; ++i)
            demand(released.erase(range.first + i) == 1);
        return true;
    }
};

constexpr auto kIgnored = [](const auto&) {};

Subject keyValueExchange(DeviceThread& thread) {
    auto device =
        std::make_unique<KeyValueExchange>(thread, [](const KeyValueExchange::Items& items) {
            demand(items.size() <= KeyValueExchange::kMostItems);
        });
    Act act = [&component = *device](std::uint8_t what) {
        switch (what % 5) {
            case 0:
                return component.set("key", "value", kIgnored);
            case 1:
                return component.get(KeyValueExchange::Pool::External, "key", kIgnored);
            case 2:
                return component.remove("key", kIgnored);
            case 3:
                return component.addresses("adapter", KeyValueExchange::Family::Both, kIgnored);
            default:
                return component.setAddresses({}, kIgnored);
        }
    };
    return {std::move(device), std::move(act), {{3, 0}, {1, 0}}, {{4, 0}, {3, 0}}};
}

Subject fileCopy(DeviceThread& thread) {
    auto device = std::make_unique<FileCopy>(thread);
    Act act = [&component = *device](std::uint8_t what) {
        if (what % 4 == 0)
            return component.cancel();
        component.copy({.name = "name", .folder = "/", .size = what * std::uint64_t{1000}},
                       {.read =
                            [what](std::uint64_t, std::uint32_t length, FileCopy::OnRead done) {
                                // Some disks never answer.
                                if (what % 4 != 3)
                                    done(FileCopy::Content(length));
                            },
                        .progress = kIgnored,
                        .done = kIgnored});
    };
    return {std::move(device), std::move(act), {{3, 0}}, {{1, 1}}};
}

Subject dynamicMemory(DeviceThread& thread, Pages& pages) {
    auto device = std::make_unique<DynamicMemory>(
        thread,
        DynamicMemory::Callbacks{.release = [&pages](PageRange range) { pages.release(range); },
                                 .back = [&pages](PageRange range) { return pages.back(range); },
                                 .changed = nullptr},
        DynamicMemory::Options{.mostPages = 10'000});
    Act act = [&component = *device](std::uint8_t what) {
        if (what % 4 == 0)
            component.hotAdd({0x10'0000 + what * std::uint64_t{0x100}, 0x100}, std::nullopt,
                             kIgnored);
        else
            component.setTarget(what * std::uint64_t{64});
    };
    return {std::move(device), std::move(act), {}, {}, false};
}

Subject subject(std::uint8_t which, DeviceThread& thread, Pages& pages) {
    switch (which % 7) {
        case 0:
            return {std::make_unique<Heartbeat>(thread, kIgnored),
                    kIgnored,
                    {{3, 0}, {1, 0}},
                    {{3, 0}}};
        case 1: {
            auto device = std::make_unique<GuestShutdown>(thread);
            Act act = [&component = *device](std::uint8_t what) {
                component.shutDown({.kind = static_cast<GuestShutdown::Kind>(what % 3)}, kIgnored);
            };
            return {std::move(device), std::move(act), {{3, 0}}, {{3, 2}}};
        }
        case 2: {
            auto device = std::make_unique<TimeSynchronization>(
                thread, [] { return TimeSynchronization::Sample{}; });
            Act act = [&component = *device](std::uint8_t) { component.synchronize(); };
            return {std::move(device), std::move(act), {{3, 0}}, {{4, 0}}};
        }
        case 3:
            return keyValueExchange(thread);
        case 4: {
            auto device = std::make_unique<VolumeShadowCopy>(thread);
            Act act = [&component = *device](std::uint8_t what) {
                if (what % 3 == 0)
                    component.checkSupport(kIgnored);
                else if (what % 3 == 1)
                    component.freeze(kIgnored);
                else
                    component.thaw(kIgnored);
            };
            return {std::move(device), std::move(act), {{3, 0}}, {{5, 0}}};
        }
        case 5:
            return fileCopy(thread);
        default:
            return dynamicMemory(thread, pages);
    }
}

/// A packet of dynamic memory that gets past the first checks: its size is right.
void sendSized(PlayedChannel& channel, std::uint8_t type, std::span<const std::byte> content) {
    std::vector<std::byte> message(sizeof(dynamic_memory::Header) + content.size());
    const dynamic_memory::Header header{type, static_cast<std::uint16_t>(message.size()), 0};
    std::memcpy(message.data(), &header, sizeof header);
    std::ranges::copy(content, message.begin() + sizeof header);
    static_cast<void>(channel.send(message));
}

void step(PlayedChannel& channel, Subject& tested, Input& input) {
    switch (const std::uint8_t what = input.byte(); what % 8) {
        case 0:
            static_cast<void>(channel.send(input.some(input.byte())));
            break;
        case 1:
        case 2:
            if (!tested.isComponent)
                sendSized(channel, input.byte() % 14, input.some(input.byte() % 64 * 8));
            break;
        case 3:
            channel.clock.advance((what >> 3) * std::uint64_t{1'000'000'000});
            break;
        case 4:
            demand(channel.close());
            channel.open(*tested.device);
            break;
        case 5: {
            auto& control = channel.client().ringToDevice().control();
            control.writeIndex += input.byte() * 8U;
            tested.device->doorbell();
            break;
        }
        case 6:
            channel.client().ringFromDevice().control().readIndex = input.byte() * 64U;
            tested.device->doorbell();
            break;
        default:
            tested.act(what >> 3);
            break;
    }
    channel.settle();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t length) {
    Input input({data, length});
    PlayedChannel channel(5);
    Pages pages;
    {
        Subject tested = subject(input.byte(), channel.thread(), pages);
        PlayedIcDriver driver(channel, tested.frameworks, tested.messages);
        if (tested.isComponent) {
            driver.onRequest = [&](ic::Header& header, std::span<std::byte> body) {
                const std::uint8_t how = input.byte();
                if (how % 4 == 1)
                    header.status = how % 8 == 1 ? ic::kFail : ic::kNoMoreItems;
                if (how % 4 == 2) {
                    const auto front = input.some(how >> 3);
                    std::ranges::copy(front.first(std::min(front.size(), body.size())),
                                      body.begin());
                }
                // The heartbeat's way.
                if (how % 4 == 3 && !body.empty())
                    body[0] = static_cast<std::byte>(std::to_integer<unsigned>(body[0]) + 1);
                return how % 16 != 15 && !input.isEmpty();
            };
            driver.spoil = [&](std::vector<std::byte>& message) {
                if (const std::uint8_t how = input.byte(); how % 8 == 7 && !message.empty())
                    message[(how >> 3) % message.size()] = static_cast<std::byte>(input.byte());
            };
        } else {
            channel.driver = [](const vmbus::ReceivedPacket&) {};
        }
        channel.open(*tested.device);
        while (!input.isEmpty())
            step(channel, tested, input);
        demand(channel.close());
        demand(pages.released.empty());
    }
    return 0;
}
