// SPDX-License-Identifier: GPL-3.0-or-later
#include "image_changes.h"

#include <utility>

namespace service {

using hypervisor::Result;

void ImageChanges::change(DriveOrder order, Use use, Answer answer) {
    begun();
    answer = [this, tell = std::move(answer)](Result<void> done) mutable {
        tell(std::move(done));
        ended();
    };
    if (order.images.empty()) {
        storage_.engine().post(
            [use = std::move(use), answer = std::move(answer)]() mutable { answer(use({})); });
        return;
    }
    storage_.open(std::move(order),
                  [this, use = std::move(use), answer = std::move(answer)](
                      Result<std::unique_ptr<devices::storage::DiskImage>> opened) mutable {
                      if (!opened)
                          return answer(std::unexpected(opened.error()));
                      const Image image = std::move(*opened);
                      auto used = use(image);
                      if (used)
                          return answer({});
                      close(image, [used, answer = std::move(answer)](const Result<void>&) mutable {
                          answer(used);
                      });
                  });
}

void ImageChanges::close(Image image, Answer closed) {
    if (!image)
        return closed({});
    begun();
    storage_.close(std::move(image), [this, closed = std::move(closed)](Result<void> done) mutable {
        closed(std::move(done));
        ended();
    });
}

void ImageChanges::begun() {
    const std::scoped_lock lock(mutex_);
    ++underWay_;
}

void ImageChanges::ended() {
    const std::scoped_lock lock(mutex_);
    --underWay_;
    changed_.notify_all();
}

void ImageChanges::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return underWay_ == 0; });
}

}  // namespace service
