// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>

#include "history_chunk.h"

namespace service {

/// One chunk of `level` (not 0) for its window from `start` on, of the next finer level's chunks
/// that begin in it: averages of averages, maxima of maxima, of the counters of all of them.
/// Nothing if none has points there.
[[nodiscard]] std::optional<HistoryChunk> compact(std::span<const HistoryChunk> finer,
                                                  std::size_t level,
                                                  std::chrono::sys_seconds start);

}  // namespace service
