// SPDX-License-Identifier: GPL-3.0-or-later
#include "history_chunk.h"

#include <algorithm>
#include <array>

#include "history_query.h"

namespace service {

namespace {

// Packed: one byte with this, one with the number of points, then for each counter one column, and
// at levels above 0 a second one for the maxima. Numbers are little-endian.
constexpr std::byte kForm{1};

/// The first byte of a column.
enum class Column : std::uint8_t {
    None,      ///< no values at all
    Constant,  ///< the one value follows
    Values,    ///< all follow
    Averages,  ///< maxima that are the averages
};

constexpr std::array<std::size_t, kHistoryLevels.size()> kMostPoints{10, 30, 60};

class Packer {
  public:
    explicit Packer(std::size_t points) : bytes_{kForm, static_cast<std::byte>(points)} {}

    void add(std::span<const ValueCode> column) {
        const bool constant = std::ranges::all_of(
            column, [first = column.front()](ValueCode code) { return code == first; });
        if (constant && column.front() == kNoValue)
            add(Column::None);
        else if (constant) {
            add(Column::Constant);
            add(column.front());
        } else {
            add(Column::Values);
            for (const ValueCode code : column)
                add(code);
        }
    }
    void add(Column kind) { bytes_.push_back(static_cast<std::byte>(kind)); }
    [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

  private:
    void add(ValueCode code) {
        bytes_.push_back(static_cast<std::byte>(code & 0xFF));
        bytes_.push_back(static_cast<std::byte>(code >> 8));
    }

    std::vector<std::byte> bytes_;
};

/// Reads what may be anything.
class Unpacker {
  public:
    explicit Unpacker(std::span<const std::byte> bytes) : bytes_(bytes) {}

    [[nodiscard]] std::optional<std::byte> byte() {
        if (bytes_.empty())
            return std::nullopt;
        const std::byte first = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return first;
    }
    [[nodiscard]] bool column(std::span<ValueCode> to, std::span<const ValueCode> averages) {
        const auto kind = byte();
        if (!kind)
            return false;
        switch (static_cast<Column>(*kind)) {
            case Column::None:
                std::ranges::fill(to, kNoValue);
                return true;
            case Column::Constant: {
                const auto value = code();
                if (value)
                    std::ranges::fill(to, *value);
                return value.has_value();
            }
            case Column::Values:
                for (ValueCode& one : to) {
                    const auto value = code();
                    if (!value)
                        return false;
                    one = *value;
                }
                return true;
            case Column::Averages:
                if (averages.empty())
                    return false;
                std::ranges::copy(averages, to.begin());
                return true;
        }
        return false;
    }
    [[nodiscard]] bool atEnd() const { return bytes_.empty(); }

  private:
    [[nodiscard]] std::optional<ValueCode> code() {
        const auto low = byte();
        const auto high = byte();
        if (!low || !high)
            return std::nullopt;
        return static_cast<ValueCode>(std::to_integer<unsigned>(*low) |
                                      std::to_integer<unsigned>(*high) << 8);
    }

    std::span<const std::byte> bytes_;
};

}  // namespace

std::size_t mostPoints(std::size_t level) {
    return kMostPoints.at(level);
}

std::chrono::seconds windowLength(std::size_t level) {
    return kHistoryLevels.at(level).step * static_cast<std::int64_t>(kMostPoints.at(level));
}

std::chrono::sys_seconds windowStart(std::size_t level, std::chrono::sys_seconds time) {
    const auto length = windowLength(level);
    auto into = time.time_since_epoch() % length;
    if (into < std::chrono::seconds(0))
        into += length;
    return time - into;
}

std::vector<std::byte> packValues(const HistoryChunk& chunk) {
    Packer packer(chunk.points);
    for (std::size_t counter = 0; counter < chunk.layout->size(); ++counter) {
        const auto column = std::span(chunk.averages).subspan(counter * chunk.points, chunk.points);
        packer.add(column);
        if (chunk.maxima.empty())
            continue;
        const auto second = std::span(chunk.maxima).subspan(counter * chunk.points, chunk.points);
        if (std::ranges::equal(column, second))
            packer.add(Column::Averages);
        else
            packer.add(second);
    }
    return packer.take();
}

bool unpackValues(std::span<const std::byte> bytes, HistoryChunk& chunk) {
    Unpacker unpacker(bytes);
    const auto form = unpacker.byte();
    const auto points = unpacker.byte();
    if (!form || *form != kForm || !points)
        return false;
    chunk.points = std::to_integer<std::size_t>(*points);
    if (chunk.points == 0 || chunk.points > mostPoints(chunk.level))
        return false;
    chunk.averages.resize(chunk.layout->size() * chunk.points);
    chunk.maxima.resize(chunk.level == 0 ? 0 : chunk.averages.size());
    for (std::size_t counter = 0; counter < chunk.layout->size(); ++counter) {
        const auto column = std::span(chunk.averages).subspan(counter * chunk.points, chunk.points);
        if (!unpacker.column(column, {}))
            return false;
        if (chunk.level != 0 &&
            !unpacker.column(std::span(chunk.maxima).subspan(counter * chunk.points, chunk.points),
                             column))
            return false;
    }
    return unpacker.atEnd();
}

}  // namespace service
