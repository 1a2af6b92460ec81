// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>

namespace hypervisor {

/// One 8259A: its registers and priority logic, without wires to another chip and without a
/// lock. Source: Intel 8259A data sheet; the edge/level register as in PIIX-class bridges.
class PicChip {
  public:
    /// `levelCapable`: the inputs that the edge/level register may turn to level mode.
    explicit PicChip(std::uint8_t levelCapable) : levelCapable_(levelCapable) {}

    void reset();

    void setInput(unsigned input, bool asserted);
    /// The input that the chip asks to have served, or -1. `cascade` is the request of a slave
    /// chip, which is not latched.
    [[nodiscard]] int requested(std::uint8_t cascade) const;
    /// What the second INTA pulse does for `input`: into service, latch cleared.
    void acknowledge(unsigned input);

    void writeCommand(std::uint8_t value);
    void writeData(std::uint8_t value);
    [[nodiscard]] std::uint8_t readCommand(std::uint8_t cascade) const;
    [[nodiscard]] std::uint8_t readData() const { return mask_; }

    [[nodiscard]] bool polled() const { return poll_; }
    void endPoll() { poll_ = false; }

    [[nodiscard]] std::uint8_t vectorBase() const { return vectorBase_; }
    [[nodiscard]] std::uint8_t edgeLevel() const { return level_; }
    void setEdgeLevel(std::uint8_t value);

  private:
    enum class InitState : std::uint8_t { Ready, Word2, Word3, Word4 };

    void initialize(std::uint8_t word1);
    void operate(std::uint8_t word2);
    void endHighestPriority(bool rotate);
    [[nodiscard]] std::uint8_t requests(std::uint8_t cascade) const;
    /// The bit of `set` with the highest priority now, or -1.
    [[nodiscard]] int highest(std::uint8_t set) const;

    std::uint8_t levelCapable_;
    std::uint8_t lines_ = 0;
    // Edges that have been seen and not yet acknowledged. A line that falls again keeps its
    // latch, unlike on the real chip, so that a short pulse is not lost on a slow VP.
    std::uint8_t latched_ = 0;
    std::uint8_t level_ = 0;
    std::uint8_t mask_ = 0;
    std::uint8_t inService_ = 0;
    std::uint8_t vectorBase_ = 0;
    std::uint8_t lowestPriority_ = 7;
    InitState initState_ = InitState::Ready;
    bool single_ = false;
    bool needsWord4_ = false;
    bool autoEnd_ = false;
    bool rotateOnAutoEnd_ = false;
    bool specialMask_ = false;
    bool specialFullyNested_ = false;
    bool readInService_ = false;
    bool poll_ = false;
};

/// A PC's two 8259As, the slave on input 2 of the master.
///
/// Thread safety: all methods from any thread; one short lock. `output` is called with it held,
/// each time the level of INTR changes, and must not call back.
class Pic {
  public:
    static constexpr std::uint16_t kMasterPort = 0x20;
    static constexpr std::uint16_t kSlavePort = 0xA0;
    static constexpr std::uint16_t kEdgeLevelPort = 0x4D0;
    static constexpr unsigned kInputs = 16;
    static constexpr unsigned kCascadeInput = 2;

    explicit Pic(std::function<void(bool asserted)> output);

    /// The state after power-on; the inputs keep their levels.
    void reset();

    /// Inputs 0-7 are the master's (2 does not exist), 8-15 the slave's.
    void setInput(unsigned input, bool asserted);

    /// The processor's two INTA pulses: the vector. With no request left, that of input 7.
    [[nodiscard]] std::uint8_t acknowledge();

    /// Ports 0x20, 0x21, 0xA0, 0xA1, 0x4D0 and 0x4D1, a byte at a time.
    [[nodiscard]] std::uint8_t readPort(std::uint16_t port);
    void writePort(std::uint16_t port, std::uint8_t value);

  private:
    [[nodiscard]] std::uint8_t cascade() const;
    [[nodiscard]] std::uint8_t poll(PicChip& chip);
    void updateOutput();

    const std::function<void(bool)> output_;
    std::mutex mutex_;
    // Guarded by mutex_.
    PicChip master_;
    PicChip slave_;
    bool asserted_ = false;
};

}  // namespace hypervisor
