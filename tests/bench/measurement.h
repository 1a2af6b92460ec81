// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>
#include <map>
#include <vector>

#include "worker_memory.h"

namespace tests {

/// What one run of the bench's program told, on the host or in a guest.
struct Measurement {
    std::map<QString, double> phases;  ///< seconds, by name
    std::map<QString, QByteArray> checksums;
    std::vector<double> oneBusy;  ///< seconds of one busy process, several times
    std::vector<double> twoBusy;  ///< seconds of two at a time, each after one
    double untilInit = 0;         ///< seconds from start to the guest's init; 0 on the host
    std::vector<double> clock;    ///< the guest's uptime in seconds before the work and after it
    ResidentMemory memory{};      ///< of the worker; nothing on the host

    /// Takes phases and busy processes from the program's lines.
    void read(const QByteArray& output);

    /// How much longer two busy processes take than one; the median of the pairs.
    [[nodiscard]] double scaling() const;
};

/// In the order in which the program runs them.
[[nodiscard]] const std::vector<QString>& phaseNames();

[[nodiscard]] double median(std::vector<double> values);
[[nodiscard]] double geometricMean(const std::vector<double>& values);

}  // namespace tests
