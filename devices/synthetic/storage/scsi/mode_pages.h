// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <vector>

#include "command.h"

namespace devices::scsi {

inline constexpr std::uint8_t kErrorRecoveryPage = 0x01;
inline constexpr std::uint8_t kCachingPage = 0x08;
inline constexpr std::uint8_t kControlPage = 0x0A;
inline constexpr std::uint8_t kCapabilitiesPage = 0x2A;
inline constexpr std::uint8_t kAllPages = 0x3F;

/// A mode page with its header: page code and length.
[[nodiscard]] std::vector<std::uint8_t> modePage(std::uint8_t page, std::size_t size);

/// What a MODE SENSE asks for.
struct ModeQuery {
    enum class Control : std::uint8_t { Current, Changeable, Default, Saved };
    bool shortForm = false;
    bool blockDescriptors = true;
    Control control = Control::Current;
    std::uint8_t page = 0;
    std::uint8_t subpage = 0;
    std::uint64_t allocated = 0;

    [[nodiscard]] static ModeQuery of(const Command& command);
    /// Of pages without subpages.
    [[nodiscard]] bool wants(std::uint8_t code) const {
        return (page == code || page == kAllPages) && (subpage == 0 || subpage == 0xFF);
    }
};

/// The block descriptor of a MODE SENSE.
struct BlockDescriptor {
    std::uint64_t blocks;
    std::uint32_t blockSize;
};

/// The whole answer, of the header, the descriptor and the pages, one behind the other.
[[nodiscard]] std::vector<std::uint8_t> modeParameters(
    const ModeQuery& query, std::uint8_t deviceParameter,
    const std::optional<BlockDescriptor>& descriptor, std::span<const std::uint8_t> pages);

/// A mode page that a MODE SELECT brings, and where in its parameter list it begins.
struct SelectedPage {
    std::uint16_t offset;
    std::vector<std::uint8_t> bytes;
};

/// The pages of a MODE SELECT, of which only the form has been checked.
[[nodiscard]] std::expected<std::vector<SelectedPage>, Sense> selectedPages(Command& command);

}  // namespace devices::scsi
