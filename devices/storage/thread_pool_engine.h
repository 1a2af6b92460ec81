// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "io_engine.h"

namespace devices::storage {

/// IoEngine on blocking system calls in a few threads.
class ThreadPoolEngine final : public IoEngine {
  public:
    static hypervisor::Result<std::unique_ptr<IoEngine>> create(hypervisor::FileDescriptor wakeUp);
    ~ThreadPoolEngine() override;

    [[nodiscard]] IoEngineKind kind() const override { return IoEngineKind::ThreadPool; }
    hypervisor::Result<unsigned> attach(int descriptor) override;
    void detach(unsigned slot) override;
    void submit(FileRequest& request, unsigned slot) override;

  protected:
    void exchange(Wait wait) override;

  private:
    struct Work {
        FileRequest* request;
        int descriptor;
    };

    explicit ThreadPoolEngine(hypervisor::FileDescriptor wakeUp) : IoEngine(std::move(wakeUp)) {}
    void serve();
    void collect();

    // Of the loop's thread.
    std::vector<int> slots_;

    // Shared, under mutex_.
    std::mutex mutex_;
    std::condition_variable work_;
    std::deque<Work> queue_;
    std::vector<FileRequest*> ended_;
    bool closing_ = false;

    std::vector<std::thread> threads_;
};

}  // namespace devices::storage
