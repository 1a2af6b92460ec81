// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine_end.h"

#include <utility>

namespace service {

void MachineEnd::wish(WorkerEvent wish) {
    {
        const std::scoped_lock lock(mutex_);
        const bool overrides =
            wish_ && wish_->kind == WorkerEventKind::Reset && wish.kind == WorkerEventKind::Stopped;
        if (wish_ && !overrides)
            return;
        wish_ = std::move(wish);
        changed_.notify_all();
    }
    onWish_();
}

WorkerEvent MachineEnd::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return wish_.has_value(); });
    return *wish_;
}

void MachineEnd::forgetReset() {
    const std::scoped_lock lock(mutex_);
    if (wish_ && wish_->kind == WorkerEventKind::Reset)
        wish_.reset();
}

}  // namespace service
