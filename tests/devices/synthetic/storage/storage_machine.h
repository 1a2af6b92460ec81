// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <thread>

#include "devices/synthetic/storage/storage_vsp.h"
#include "memory_disk.h"
#include "played_storvsc.h"

using Block = PlayedStorvsc::Block;

inline constexpr std::uint64_t kMiB = 1 << 20;
inline constexpr hypervisor::Gpa kRings = kMiB;
inline constexpr hypervisor::Gpa kData = 4 * kMiB;
inline constexpr std::chrono::seconds kLimit{10};
inline const Block kTestUnitReady(6);

inline Block read10(std::uint32_t first, std::uint16_t count) {
    Block block(10);
    block[0] = 0x28;
    for (unsigned i = 0; i < 4; ++i)
        block[2 + i] = static_cast<std::uint8_t>(first >> (24 - 8 * i));
    block[7] = static_cast<std::uint8_t>(count >> 8);
    block[8] = static_cast<std::uint8_t>(count);
    return block;
}
inline Block write10(std::uint32_t first, std::uint16_t count) {
    Block block = read10(first, count);
    block[0] = 0x2A;
    return block;
}
inline Block inquiry(std::uint8_t length) {
    return {0x12, 0, 0, 0, length, 0};
}

/// A controller, its engine's thread, and a guest's memory.
class StorageMachine {
  public:
    explicit StorageMachine(unsigned subChannels = 0)
        : memory(*hypervisor::GuestMemory::create(16 * kMiB)),
          engine(*devices::storage::IoEngine::create(
              {.kind = devices::storage::IoEngineKind::ThreadPool})),
          vsp(std::make_unique<devices::synthetic::StorageVsp>(*engine, subChannels)),
          thread_([this] { engine->run(); }) {}
    template <class Work>
    auto onEngine(Work work) {
        std::packaged_task<decltype(work())()> task(std::move(work));
        auto result = task.get_future();
        engine->post([&task] { task(); });
        return result.get();
    }
    ~StorageMachine() {
        onEngine([this] { vsp.reset(); });
        engine->stop();
        thread_.join();
    }
    StorageMachine(const StorageMachine&) = delete;
    StorageMachine& operator=(const StorageMachine&) = delete;

    /// Waits until `condition` holds on the engine's thread.
    template <class Condition>
    bool waitOnEngine(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + kLimit;
        while (!onEngine(condition)) {
            if (std::chrono::steady_clock::now() > end)
                return false;
            std::this_thread::yield();
        }
        return true;
    }
    std::shared_ptr<MemoryDisk> newDisk(std::uint64_t size = 2 * kMiB, std::uint32_t sector = 512) {
        return std::make_shared<MemoryDisk>(*engine, size, sector);
    }
    std::shared_ptr<MemoryDisk> attach(unsigned lun) {
        auto disk = newDisk();
        return vsp->attachDisk(lun, disk, devices::scsi::DiskOptions{}) ? disk : nullptr;
    }
    std::byte* at(hypervisor::Gpa gpa) const { return memory->at(gpa, 1); }

    std::unique_ptr<hypervisor::GuestMemory> memory;
    std::unique_ptr<devices::storage::IoEngine> engine;
    std::unique_ptr<devices::synthetic::StorageVsp> vsp;

  private:
    std::thread thread_;
};

/// A callback's call, to be waited for.
class Call {
  public:
    [[nodiscard]] auto callback() {
        return [this] { promise_.set_value(); };
    }
    [[nodiscard]] bool came(std::chrono::milliseconds limit = kLimit) {
        return future_.wait_for(limit) == std::future_status::ready;
    }

  private:
    std::promise<void> promise_;
    std::future<void> future_ = promise_.get_future();
};
