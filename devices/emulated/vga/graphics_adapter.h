// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "devices/chipset/clock.h"
#include "devices/chipset/mmio_bus.h"
#include "devices/chipset/pci_function.h"
#include "devices/chipset/port_bus.h"
#include "devices/display/framebuffer.h"
#include "devices/display/video_memory.h"
#include "display_interface.h"
#include "hypervisor/error.h"
#include "hypervisor/guest_memory.h"
#include "plane_memory.h"
#include "registers.h"
#include "screen_layout.h"
#include "screen_output.h"

namespace devices::vga {

/// The emulated graphics adapter: a VGA with the Bochs display interface on PCI, as Hyper-V's
/// machines of generation 1 have one (1414:5353). Its base address register 0 is all of the video
/// memory. By it guests also find the synthetic adapter's (drivers/video/fbdev/hyperv_fb.c).
///
/// It answers to the ports and addresses of a VGA where its PCI command register says so.
///
/// Thread safety: ports and memory from any thread, under one lock that is held for no longer than
/// such an access takes, or for as long as a mode's memory takes to be zeroed; as PciFunction, as
/// the bus sees to it; all else from any thread but not in calls of the adapter's.
class GraphicsAdapter final : public PciFunction, public PortDevice, public MmioDevice {
  public:
    /// Where Hyper-V has it on the bus.
    static constexpr unsigned kDevice = 8;
    static constexpr std::uint64_t kMemoryBytes = DirtyPages::kMostBytes;

    struct Wiring {
        /// ScreenOutput::Wiring has them.
        std::function<void(std::function<void()>)> post;
        std::function<void()> forget;
        /// Is told where the guest has the video memory, or that it is nowhere; with the bus's lock
        /// held.
        std::function<void(std::optional<hypervisor::Gpa>)> placed;
    };

    /// `memory`: a power of two from 256 KiB to kMemoryBytes. The references outlive it.
    [[nodiscard]] static hypervisor::Result<std::unique_ptr<GraphicsAdapter>> create(
        Clock& clock, display::Framebuffer& framebuffer,
        std::shared_ptr<const display::VideoMemory> memory, Wiring wiring);

    /// While the machine is built.
    [[nodiscard]] hypervisor::Result<void> claim(PortBus& ports, MmioBus& mmio);
    /// Registers as after power-on, memory zero, nothing shown; the bus does the rest. No VP may be
    /// in run().
    void resetDisplay();
    /// What it shows is drawn as it is now, whether or not somebody watches.
    void bringUpToDate() { output_.bringUpToDate(); }

    [[nodiscard]] std::uint32_t readPort(std::uint16_t port, unsigned size) override;
    void writePort(std::uint16_t port, unsigned size, std::uint32_t value) override;
    [[nodiscard]] std::uint64_t readMmio(std::uint64_t offset, unsigned size) override;
    void writeMmio(std::uint64_t offset, unsigned size, std::uint64_t value) override;

  private:
    GraphicsAdapter(Clock& clock, display::Framebuffer& framebuffer,
                    std::shared_ptr<const display::VideoMemory> memory,
                    std::shared_ptr<const display::VideoMemory> picture, Wiring wiring);
    void memoryPlaced(unsigned baseAddress, std::optional<hypervisor::Gpa> at) override;
    void decodes(bool ports, bool memory) override;
    [[nodiscard]] ScreenState takeState();
    void writeInterface(std::uint16_t port, unsigned size, std::uint16_t value);
    /// Tells the output, when registers may show something else.
    void tell();

    Clock& clock_;
    const std::shared_ptr<const display::VideoMemory> memory_;
    const std::function<void(std::optional<hypervisor::Gpa>)> placed_;
    std::atomic<bool> decodesPorts_ = false;
    std::atomic<bool> decodesMemory_ = false;

    std::mutex mutex_;
    // Guarded by mutex_.
    Registers registers_;
    DisplayInterface interface_;
    PlaneMemory planes_;
    /// Of which the output knows.
    ScreenLayout layout_;
    DisplayInterface shownInterface_;

    // Last, so that it goes first: it asks for the state.
    ScreenOutput output_;
};

}  // namespace devices::vga
