// SPDX-License-Identifier: GPL-3.0-or-later
#include "firmware_configuration.h"

#include <algorithm>
#include <utility>

namespace devices {

namespace {

constexpr std::uint16_t kSignature = 0x00;
constexpr std::uint16_t kInterface = 0x01;
constexpr std::uint16_t kMemorySize = 0x03;
constexpr std::uint16_t kProcessors = 0x05;
constexpr std::uint16_t kMaximumProcessors = 0x0F;
constexpr std::uint16_t kDirectory = 0x19;
constexpr std::uint16_t kFirstFile = 0x20;

constexpr std::uint32_t kSignatureText = 0x554D'4551;  // "QEMU"
constexpr std::uint32_t kPortInterface = 1;

constexpr std::size_t kNameSize = 56;

std::vector<std::byte> littleEndian(std::uint64_t value, unsigned size) {
    std::vector<std::byte> bytes;
    for (unsigned byte = 0; byte < size; ++byte)
        bytes.push_back(static_cast<std::byte>(value >> byte * 8));
    return bytes;
}

void appendBigEndian(std::vector<std::byte>& bytes, std::uint32_t value, unsigned size) {
    for (unsigned byte = size; byte-- > 0;)
        bytes.push_back(static_cast<std::byte>(value >> byte * 8));
}

}  // namespace

FirmwareConfiguration::FirmwareConfiguration(hypervisor::VpIndex processors,
                                             std::uint64_t memoryBytes,
                                             std::vector<FirmwareFile> files) {
    items_[kSignature] = littleEndian(kSignatureText, 4);
    items_[kInterface] = littleEndian(kPortInterface, 4);
    items_[kMemorySize] = littleEndian(memoryBytes, 8);
    items_[kProcessors] = littleEndian(processors, 2);
    items_[kMaximumProcessors] = littleEndian(processors, 2);
    addFiles(std::move(files));
    select(0);
}

void FirmwareConfiguration::addFiles(std::vector<FirmwareFile> files) {
    std::vector<std::byte> directory;
    appendBigEndian(directory, static_cast<std::uint32_t>(files.size()), 4);
    std::uint16_t number = kFirstFile;
    for (FirmwareFile& file : files) {
        appendBigEndian(directory, static_cast<std::uint32_t>(file.content.size()), 4);
        appendBigEndian(directory, number, 2);
        appendBigEndian(directory, 0, 2);
        file.name.resize(kNameSize);
        file.name.back() = '\0';
        const auto name = std::as_bytes(std::span(file.name));
        directory.insert(directory.end(), name.begin(), name.end());
        items_[number++] = std::move(file.content);
    }
    items_[kDirectory] = std::move(directory);
}

hypervisor::Result<void> FirmwareConfiguration::claimPorts(PortBus& ports) {
    return ports.claim("firmware configuration", {kSelectorPort, 2, 2}, *this);
}

void FirmwareConfiguration::select(std::uint16_t item) {
    const auto found = items_.find(item);
    rest_ = found == items_.end() ? std::span<const std::byte>() : std::span(found->second);
}

std::uint32_t FirmwareConfiguration::readPort(std::uint16_t port, unsigned size) {
    const std::scoped_lock lock(mutex_);
    if (port == kSelectorPort)
        return 0;
    const auto taken = rest_.first(std::min<std::size_t>(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    std::uint32_t value = 0;
    for (std::size_t byte = 0; byte < taken.size(); ++byte)
        value |= std::to_integer<std::uint32_t>(taken[byte]) << byte * 8;
    return value;
}

void FirmwareConfiguration::writePort(std::uint16_t port, unsigned size, std::uint32_t value) {
    const std::scoped_lock lock(mutex_);
    if (port == kSelectorPort && size == 2)
        select(static_cast<std::uint16_t>(value));
}

}  // namespace devices
