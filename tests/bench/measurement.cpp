// SPDX-License-Identifier: GPL-3.0-or-later
#include "measurement.h"

#include <QList>
#include <algorithm>
#include <cmath>
#include <iterator>

namespace tests {

void Measurement::read(const QByteArray& output) {
    for (const QByteArray& line : output.split('\n')) {
        const auto words = line.simplified().split(' ');
        if (words.size() == 4 && words[0] == "@@phase") {
            phases[words[1]] = words[2].toDouble();
            checksums[words[1]] = words[3];
        } else if (words.size() == 2 && words[0] == "@@clock") {
            clock.push_back(words[1].toDouble());
        } else if (words.size() == 3 && words[0] == "@@busy") {
            (words[1] == "1" ? oneBusy : twoBusy).push_back(words[2].toDouble());
        }
    }
}

double Measurement::scaling() const {
    std::vector<double> ratios;
    std::ranges::transform(oneBusy, twoBusy, std::back_inserter(ratios),
                           [](double one, double two) { return two / one; });
    return median(std::move(ratios));
}

const std::vector<QString>& phaseNames() {
    static const std::vector<QString> kNames = {"integer",  "sieve",       "qsort",  "float",
                                                "syscalls", "page-faults", "sha256", "fork-exec"};
    return kNames;
}

double median(std::vector<double> values) {
    if (values.empty())
        return 0;
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double geometricMean(const std::vector<double>& values) {
    double sum = 0;
    for (const double each : values)
        sum += std::log(each);
    return values.empty() ? 0 : std::exp(sum / static_cast<double>(values.size()));
}

}  // namespace tests
