// SPDX-License-Identifier: GPL-3.0-or-later
#include "graphics_adapter.h"

#include <bit>
#include <string>
#include <utility>

namespace devices::vga {

namespace {

/// A VGA.
constexpr PciIdentity kIdentity{.vendor = 0x1414, .device = 0x5353, .classCode = 0x03'00'00};
constexpr unsigned kVideoMemory = 0;

// The parallel port's usual ones are in between.
constexpr PortRange kMonochromePorts{Registers::kFirstPort, 0x0C, 1};
constexpr PortRange kPorts{0x3C0, 0x20, 1};
/// Both registers are of 16 bits, and overlap.
constexpr PortRange kInterfacePorts{DisplayInterface::kIndexPort, 3, 2};

constexpr bool isOfInterface(std::uint16_t port) {
    return port < Registers::kFirstPort;
}

}  // namespace

hypervisor::Result<std::unique_ptr<GraphicsAdapter>> GraphicsAdapter::create(
    Clock& clock, display::Framebuffer& framebuffer,
    std::shared_ptr<const display::VideoMemory> memory, Wiring wiring) {
    const std::uint64_t bytes = memory->size();
    if (!std::has_single_bit(bytes) || bytes < 4 * PlaneMemory::kPlane || bytes > kMemoryBytes)
        return hypervisor::failure("Can't make a graphics adapter with " + std::to_string(bytes) +
                                   " bytes of memory: it must be a power of two from 256 KiB to "
                                   "16 MiB");
    auto picture = display::VideoMemory::create(PictureRenderer::kMostBytes);
    if (!picture)
        return std::unexpected(std::move(picture.error()));
    return std::unique_ptr<GraphicsAdapter>(new GraphicsAdapter(
        clock, framebuffer, std::move(memory), std::move(*picture), std::move(wiring)));
}

GraphicsAdapter::GraphicsAdapter(Clock& clock, display::Framebuffer& framebuffer,
                                 std::shared_ptr<const display::VideoMemory> memory,
                                 std::shared_ptr<const display::VideoMemory> picture, Wiring wiring)
    : PciFunction(kIdentity),
      clock_(clock),
      memory_(std::move(memory)),
      placed_(std::move(wiring.placed)),
      interface_(memory_->size()),
      planes_(memory_, registers_, interface_),
      shownInterface_(memory_->size()),
      output_(clock, framebuffer, memory_, std::move(picture),
              {[this] { return takeState(); }, std::move(wiring.post), std::move(wiring.forget)}) {
    addMemory(kVideoMemory, static_cast<std::uint32_t>(memory_->size()), true);
}

hypervisor::Result<void> GraphicsAdapter::claim(PortBus& ports, MmioBus& mmio) {
    if (auto claimed = ports.claim("VGA of a monochrome monitor", kMonochromePorts, *this);
        !claimed)
        return claimed;
    if (auto claimed = ports.claim("VGA", kPorts, *this); !claimed)
        return claimed;
    if (auto claimed = ports.claim("Bochs display interface", kInterfacePorts, *this); !claimed)
        return claimed;
    return mmio.claim("VGA memory", PlaneMemory::kStart, PlaneMemory::kSize, *this);
}

void GraphicsAdapter::resetDisplay() {
    {
        const std::scoped_lock lock(mutex_);
        registers_.reset();
        interface_.reset();
        planes_.reset();
        static_cast<void>(planes_.takeDirty());
        layout_ = {};
        shownInterface_ = interface_;
        memory_->clear();
    }
    output_.reset();
}

void GraphicsAdapter::memoryPlaced(unsigned /*baseAddress*/, std::optional<hypervisor::Gpa> at) {
    placed_(at);
}

void GraphicsAdapter::decodes(bool ports, bool memory) {
    decodesPorts_ = ports;
    decodesMemory_ = memory;
}

ScreenState GraphicsAdapter::takeState() {
    const std::scoped_lock lock(mutex_);
    return {registers_, interface_, planes_.takeDirty()};
}

void GraphicsAdapter::tell() {
    const ScreenLayout layout = layoutOf(registers_, interface_);
    const bool isOther = layout != layout_ || !interface_.showsAs(shownInterface_);
    layout_ = layout;
    shownInterface_ = interface_;
    output_.set(isOther);
}

std::uint32_t GraphicsAdapter::readPort(std::uint16_t port, unsigned size) {
    if (!decodesPorts_)
        return ~0U;
    const std::uint64_t now = clock_.now();
    const std::scoped_lock lock(mutex_);
    if (!isOfInterface(port))
        return registers_.read(port, now);
    if (port == DisplayInterface::kIndexPort)
        return interface_.readIndex();
    // The data register's upper byte has no port of its own.
    return port == DisplayInterface::kDataPort ? interface_.readData() : size == 1 ? 0xFF : 0xFFFF;
}

void GraphicsAdapter::writePort(std::uint16_t port, unsigned size, std::uint32_t value) {
    if (!decodesPorts_)
        return;
    const std::scoped_lock lock(mutex_);
    if (isOfInterface(port))
        return writeInterface(port, size, static_cast<std::uint16_t>(value));
    registers_.write(port, static_cast<std::uint8_t>(value));
    tell();
}

void GraphicsAdapter::writeInterface(std::uint16_t port, unsigned size, std::uint16_t value) {
    if (port == DisplayInterface::kIndexPort)
        return interface_.writeIndex(value);
    // Half a value is none.
    if (port != DisplayInterface::kDataPort || size != 2)
        return;
    if (const std::uint64_t zeroed = interface_.writeData(value); zeroed != 0)
        planes_.clear(zeroed);
    registers_.colorConverter.setWide(interface_.hasWideColors());
    tell();
}

std::uint64_t GraphicsAdapter::readMmio(std::uint64_t offset, unsigned size) {
    if (!decodesMemory_)
        return ~std::uint64_t{0};
    const std::scoped_lock lock(mutex_);
    return planes_.read(offset, size);
}

void GraphicsAdapter::writeMmio(std::uint64_t offset, unsigned size, std::uint64_t value) {
    if (!decodesMemory_)
        return;
    const std::scoped_lock lock(mutex_);
    planes_.write(offset, size, value);
    output_.written();
}

}  // namespace devices::vga
