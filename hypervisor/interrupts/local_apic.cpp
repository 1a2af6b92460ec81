// SPDX-License-Identifier: GPL-3.0-or-later
#include "local_apic.h"

#include <bit>

namespace hypervisor {

namespace {

// IA32_APIC_BASE.
constexpr std::uint64_t kBaseBootstrap = 1U << 8;
constexpr std::uint64_t kBaseX2Apic = 1U << 10;
constexpr std::uint64_t kBaseEnable = 1U << 11;
constexpr std::uint64_t kBaseAddress = 0x000F'FFFF'FFFF'F000;
constexpr std::uint64_t kResetBase = 0xFEE0'0000 | kBaseEnable;

// Register numbers: the page offset divided by 16, the MSR less 0x800.
enum RegisterNumber : std::uint32_t {
    kId = 0x02,
    kVersion = 0x03,
    kTaskPriority = 0x08,
    kArbitrationPriority = 0x09,
    kProcessorPriority = 0x0A,
    kEndOfInterrupt = 0x0B,
    kRemoteRead = 0x0C,
    kLogicalDestination = 0x0D,
    kDestinationFormat = 0x0E,
    kSpurious = 0x0F,
    kInService = 0x10,
    kTriggerMode = 0x18,
    kRequested = 0x20,
    kErrorStatus = 0x28,
    kCommandLow = 0x30,
    kCommandHigh = 0x31,
    kLvt = 0x32,
    kLvtLast = 0x37,
    kInitialCount = 0x38,
    kCurrentCount = 0x39,
    kDivide = 0x3E,
    kSelfIpi = 0x3F,
};

// An integrated APIC with six LVT entries, whose EOI broadcast can be suppressed.
constexpr std::uint32_t kVersionValue = 0x14 | (5U << 16) | (1U << 24);

constexpr std::uint32_t kSpuriousEnable = 1U << 8;
constexpr std::uint32_t kSpuriousSuppressBroadcast = 1U << 12;
constexpr std::uint32_t kSpuriousWritable = 0xFF | kSpuriousEnable | kSpuriousSuppressBroadcast;

constexpr std::uint32_t kLvtMasked = 1U << 16;
constexpr std::uint32_t kLvtVectorAndMask = 0xFF | kLvtMasked;
constexpr std::uint32_t kLvtDeliveryMode = 7U << 8;
constexpr std::uint32_t kLvtTimerMode = 3U << 17;
constexpr std::uint32_t kLvtPolarityAndTrigger = (1U << 13) | (1U << 15);

constexpr std::uint32_t kCommandDeliveryStatus = 1U << 12;
constexpr std::uint32_t kCommandLogical = 1U << 11;
constexpr std::uint32_t kCommandAssert = 1U << 14;
constexpr std::uint32_t kCommandLevel = 1U << 15;
constexpr std::uint32_t kCommandReserved = 0xFFF3'3000;

constexpr std::uint32_t kErrorSendIllegalVector = 1U << 5;
constexpr std::uint32_t kErrorReceivedIllegalVector = 1U << 6;
constexpr std::uint32_t kErrorIllegalRegister = 1U << 7;

constexpr std::uint8_t kFirstLegalVector = 16;

// Writable bits of each LVT entry, in the order of LocalApic::Lvt.
constexpr std::array<std::uint32_t, 6> kLvtWritable{
    kLvtVectorAndMask | kLvtTimerMode,
    kLvtVectorAndMask | kLvtDeliveryMode,
    kLvtVectorAndMask | kLvtDeliveryMode,
    kLvtVectorAndMask | kLvtDeliveryMode | kLvtPolarityAndTrigger,
    kLvtVectorAndMask | kLvtDeliveryMode | kLvtPolarityAndTrigger,
    kLvtVectorAndMask,
};

constexpr std::uint64_t bit(std::uint8_t vector) {
    return std::uint64_t{1} << (vector & 63);
}

/// The highest vector in a set of 256 of them, or nothing.
template <class Words>
std::optional<std::uint8_t> highest(const Words& words) {
    for (std::size_t word = words.size(); word-- > 0;) {
        const std::uint64_t value = words[word];
        if (value != 0)
            return static_cast<std::uint8_t>(word * 64 + 63 -
                                             static_cast<std::size_t>(std::countl_zero(value)));
    }
    return std::nullopt;
}

template <class Words>
std::uint32_t half(const Words& words, std::uint32_t number) {
    const std::uint64_t value = words[number / 2];
    return static_cast<std::uint32_t>(value >> (number % 2 * 32));
}

}  // namespace

LocalApic::LocalApic(LocalApicBus& bus, VpIndex index, LocalApicClient& client,
                     const MachineTime& time, ThreadAlarm& alarm, const TscClock& clock)
    : bus_(bus),
      index_(index),
      client_(client),
      base_(kResetBase),
      timer_(time, alarm, clock, [this] { triggerLvt(Timer); }) {
    reset();
    bus_.attach(*this);
}

void LocalApic::reset() {
    base_.store(kResetBase | (index_ == 0 ? kBaseBootstrap : 0), std::memory_order_relaxed);
    resetByInit();
    // There is no firmware to do it when a kernel is booted directly, so RESET itself connects
    // the bootstrap processor with the 8259s ("virtual wire mode").
    if (index_ == 0)
        lvt_[Lint0].store(static_cast<std::uint32_t>(DeliveryMode::ExternalInterrupt) << 8,
                          std::memory_order_relaxed);
}

void LocalApic::resetByInit() {
    timer_.reset();
    spurious_.store(0xFF, std::memory_order_relaxed);
    logicalDestination_.store(0, std::memory_order_relaxed);
    destinationFormat_.store(0xFFFF'FFFF, std::memory_order_relaxed);
    for (auto& entry : lvt_)
        entry.store(kLvtMasked, std::memory_order_relaxed);
    for (auto& word : requested_)
        word.store(0, std::memory_order_relaxed);
    for (auto& word : levelTriggered_)
        word.store(0, std::memory_order_relaxed);
    for (auto& word : endsItself_)
        word.store(0, std::memory_order_relaxed);
    externalMessage_.store(false, std::memory_order_relaxed);
    pendingErrors_.store(0, std::memory_order_relaxed);
    inService_ = {};
    icr_ = 0;
    errorStatus_ = 0;
    tpr_ = 0;
}

LocalApic::Mode LocalApic::mode() const {
    const std::uint64_t value = base();
    if ((value & kBaseEnable) == 0)
        return Mode::Disabled;
    return (value & kBaseX2Apic) != 0 ? Mode::X2Apic : Mode::XApic;
}

bool LocalApic::isSoftwareEnabled() const {
    return (base() & kBaseEnable) != 0 &&
           (spurious_.load(std::memory_order_relaxed) & kSpuriousEnable) != 0;
}

// --- Requests, from any thread ---

void LocalApic::request(std::uint8_t vector, TriggerMode trigger) {
    if (!isSoftwareEnabled())
        return;
    if (vector < kFirstLegalVector) {
        raiseError(kErrorReceivedIllegalVector);
        return;
    }
    const std::size_t word = vector / 64;
    if (trigger == TriggerMode::Level)
        levelTriggered_[word].fetch_or(bit(vector), std::memory_order_relaxed);
    else
        levelTriggered_[word].fetch_and(~bit(vector), std::memory_order_relaxed);
    const std::uint64_t before = requested_[word].fetch_or(bit(vector));
    if ((before & bit(vector)) == 0)
        client_.wake();
}

void LocalApic::requestEndingItself(std::uint8_t vector) {
    // What is dropped must leave nothing behind for the next one of its vector.
    if (!isSoftwareEnabled())
        return;
    endsItself_[vector / 64].fetch_or(bit(vector), std::memory_order_relaxed);
    request(vector, TriggerMode::Edge);
}

void LocalApic::accept(const InterruptMessage& message) {
    switch (message.delivery) {
        case DeliveryMode::Fixed:
        case DeliveryMode::LowestPriority:
            request(message.vector, message.trigger);
            break;
        case DeliveryMode::Nmi:
            client_.nmi();
            break;
        case DeliveryMode::Init:
            client_.init();
            break;
        case DeliveryMode::Startup:
            client_.startup(message.vector);
            break;
        case DeliveryMode::ExternalInterrupt:
            externalMessage_.store(true);
            client_.wake();
            break;
        case DeliveryMode::Smi:
            // There is no system management mode.
        case DeliveryMode::RemoteRead:
            break;
    }
}

std::uint32_t LocalApic::logicalId() const {
    return mode() == Mode::X2Apic ? (index_ >> 4) << 16 | 1U << (index_ & 15)
                                  : logicalDestination_.load(std::memory_order_relaxed);
}

bool LocalApic::isAddressedBy(const InterruptMessage& message) const {
    const Mode present = mode();
    if (present == Mode::Disabled)
        return false;
    if (message.broadcast)
        return true;
    if (message.destinationMode == DestinationMode::Physical)
        return message.destination == index_;
    const std::uint32_t logical = logicalId();
    if (present == Mode::X2Apic)
        return message.destination >> 16 == logical >> 16 &&
               (message.destination & logical & 0xFFFF) != 0;
    const std::uint32_t own = logical >> 24;
    const std::uint32_t wanted = message.destination & 0xFF;
    if (destinationFormat_.load(std::memory_order_relaxed) >> 28 == 0xF)
        return (wanted & own) != 0;
    const bool sameCluster = wanted >> 4 == 0xF || wanted >> 4 == own >> 4;
    return sameCluster && (wanted & own & 0xF) != 0;
}

void LocalApic::triggerLvt(Lvt entry) {
    const std::uint32_t value = lvt_[entry].load(std::memory_order_relaxed);
    if ((value & kLvtMasked) != 0)
        return;
    switch (static_cast<DeliveryMode>((value & kLvtDeliveryMode) >> 8)) {
        case DeliveryMode::Fixed:
            request(static_cast<std::uint8_t>(value), TriggerMode::Edge);
            break;
        case DeliveryMode::Nmi:
            client_.nmi();
            break;
        default:
            break;
    }
}

void LocalApic::raiseError(std::uint32_t error) {
    pendingErrors_.fetch_or(error, std::memory_order_relaxed);
    const std::uint32_t entry = lvt_[ErrorEntry].load(std::memory_order_relaxed);
    // An illegal vector here would raise the next error.
    if ((entry & 0xFF) >= kFirstLegalVector)
        triggerLvt(ErrorEntry);
}

bool LocalApic::takesExternalInterrupt() const {
    // An APIC that is switched off passes its LINT0 pin through as the processor's INTR.
    if ((base() & kBaseEnable) == 0)
        return index_ == 0;
    const std::uint32_t entry = lvt_[Lint0].load(std::memory_order_relaxed);
    return (entry & (kLvtMasked | kLvtDeliveryMode)) ==
           static_cast<std::uint32_t>(DeliveryMode::ExternalInterrupt) << 8;
}

void LocalApic::externalInterruptRaised() {
    if (takesExternalInterrupt())
        client_.wake();
    else
        triggerLvt(Lint0);
}

// --- Delivery, on the VP's thread ---

std::uint8_t LocalApic::processorPriority() const {
    const std::uint8_t inService = highest(inService_).value_or(0) & 0xF0;
    return (tpr_ & 0xF0) >= inService ? tpr_ : inService;
}

std::optional<LocalApic::PendingInterrupt> LocalApic::pendingInterrupt() const {
    if (externalMessage_.load(std::memory_order_acquire) ||
        (bus_.externalInterrupt() && takesExternalInterrupt()))
        return PendingInterrupt{true, 0};
    const std::optional<std::uint8_t> vector = highest(requested_);
    if (!vector || *vector >> 4 <= processorPriority() >> 4 || !isSoftwareEnabled())
        return std::nullopt;
    return PendingInterrupt{false, *vector};
}

std::uint8_t LocalApic::acknowledge() {
    const std::optional<PendingInterrupt> pending = pendingInterrupt();
    if (!pending)
        return static_cast<std::uint8_t>(spurious_.load(std::memory_order_relaxed));
    if (pending->external) {
        externalMessage_.store(false);
        return bus_.handler().acknowledgeExternalInterrupt();
    }
    const std::size_t word = pending->vector / 64;
    requested_[word].fetch_and(~bit(pending->vector));
    if ((endsItself_[word].fetch_and(~bit(pending->vector)) & bit(pending->vector)) == 0)
        inService_[word] |= bit(pending->vector);
    return pending->vector;
}

void LocalApic::endOfInterrupt() {
    const std::optional<std::uint8_t> vector = highest(inService_);
    if (!vector)
        return;
    const std::size_t word = *vector / 64;
    inService_[word] &= ~bit(*vector);
    const bool level = (levelTriggered_[word].load(std::memory_order_relaxed) & bit(*vector)) != 0;
    const bool suppressed =
        (spurious_.load(std::memory_order_relaxed) & kSpuriousSuppressBroadcast) != 0;
    if (level && !suppressed)
        bus_.handler().endOfInterrupt(*vector);
}

void LocalApic::sendInterruptCommand(std::uint64_t value) {
    icr_ = value & ~std::uint64_t{kCommandDeliveryStatus};
    const auto command = static_cast<std::uint32_t>(value);
    const bool wide = mode() == Mode::X2Apic;

    InterruptMessage message;
    message.vector = static_cast<std::uint8_t>(command);
    message.delivery = static_cast<DeliveryMode>((command >> 8) & 7);
    message.destinationMode =
        (command & kCommandLogical) != 0 ? DestinationMode::Logical : DestinationMode::Physical;
    message.destination = static_cast<std::uint32_t>(wide ? value >> 32 : value >> 56);
    message.broadcast = message.destination == (wide ? 0xFFFF'FFFF : 0xFF);

    const bool hasVector =
        message.delivery == DeliveryMode::Fixed || message.delivery == DeliveryMode::LowestPriority;
    if (hasVector && message.vector < kFirstLegalVector) {
        raiseError(kErrorSendIllegalVector);
        return;
    }
    // "INIT level de-assert" is of no meaning to integrated APICs.
    if (message.delivery == DeliveryMode::Init && (command & kCommandLevel) != 0 &&
        (command & kCommandAssert) == 0)
        return;

    switch ((command >> 18) & 3) {
        case 0:
            bus_.deliver(message);
            break;
        case 1:
            accept(message);
            break;
        case 2:
            bus_.deliverToAll(message, nullptr);
            break;
        case 3:
            bus_.deliverToAll(message, this);
            break;
    }
}

// --- Registers ---

std::optional<Gpa> LocalApic::mmioBase() const {
    if (mode() != Mode::XApic)
        return std::nullopt;
    return base() & kBaseAddress;
}

bool LocalApic::isInMmio(Gpa gpa) const {
    return mode() == Mode::XApic && ((gpa ^ base()) & kBaseAddress) == 0;
}

void LocalApic::writeSpurious(std::uint32_t value) {
    spurious_.store(value & kSpuriousWritable, std::memory_order_relaxed);
    if ((value & kSpuriousEnable) == 0)
        for (auto& entry : lvt_)
            entry.fetch_or(kLvtMasked, std::memory_order_relaxed);
}

void LocalApic::writeLvt(Lvt entry, std::uint32_t value) {
    value &= kLvtWritable[entry];
    if (!isSoftwareEnabled())
        value |= kLvtMasked;
    lvt_[entry].store(value, std::memory_order_relaxed);
    if (entry != Timer)
        return;
    const std::uint32_t timerMode = (value & kLvtTimerMode) >> 17;
    // 3 is reserved; it counts as one-shot.
    timer_.setMode(timerMode == 3 ? LocalApicTimer::Mode::OneShot
                                  : static_cast<LocalApicTimer::Mode>(timerMode));
}

std::optional<std::uint32_t> LocalApic::readRegister(std::uint32_t number) {
    switch (number) {
        case kId:
            return mode() == Mode::X2Apic ? index_ : index_ << 24;
        case kVersion:
            return kVersionValue;
        case kTaskPriority:
            return tpr_;
        case kArbitrationPriority:
        case kProcessorPriority:
            return processorPriority();
        case kEndOfInterrupt:
        case kRemoteRead:
            return 0;
        case kLogicalDestination:
            return logicalId();
        case kDestinationFormat:
            return destinationFormat_.load(std::memory_order_relaxed);
        case kSpurious:
            return spurious_.load(std::memory_order_relaxed);
        case kErrorStatus:
            return errorStatus_;
        case kCommandLow:
            return static_cast<std::uint32_t>(icr_);
        case kCommandHigh:
            return static_cast<std::uint32_t>(icr_ >> 32);
        case kInitialCount:
            return timer_.initialCount();
        case kCurrentCount:
            return timer_.currentCount();
        case kDivide:
            return timer_.divide();
        default:
            break;
    }
    if (number >= kInService && number < kTriggerMode)
        return half(inService_, number - kInService);
    if (number >= kTriggerMode && number < kRequested)
        return half(levelTriggered_, number - kTriggerMode);
    if (number >= kRequested && number < kErrorStatus)
        return half(requested_, number - kRequested);
    if (number >= kLvt && number <= kLvtLast)
        return lvt_[number - kLvt].load(std::memory_order_relaxed);
    return std::nullopt;
}

bool LocalApic::writeRegister(std::uint32_t number, std::uint32_t value) {
    switch (number) {
        case kTaskPriority:
            tpr_ = static_cast<std::uint8_t>(value);
            return true;
        case kEndOfInterrupt:
            endOfInterrupt();
            return true;
        case kLogicalDestination:
            logicalDestination_.store(value & 0xFF00'0000, std::memory_order_relaxed);
            return true;
        case kDestinationFormat:
            destinationFormat_.store(value | 0x0FFF'FFFF, std::memory_order_relaxed);
            return true;
        case kSpurious:
            writeSpurious(value);
            return true;
        case kErrorStatus:
            errorStatus_ = pendingErrors_.exchange(0);
            return true;
        case kCommandLow:
            sendInterruptCommand((icr_ & ~std::uint64_t{0xFFFF'FFFF}) | value);
            return true;
        case kCommandHigh:
            icr_ = (icr_ & 0xFFFF'FFFF) | std::uint64_t{value} << 32;
            return true;
        case kInitialCount:
            timer_.setInitialCount(value);
            return true;
        case kDivide:
            timer_.setDivide(value);
            return true;
        case kId:
        case kVersion:
        case kArbitrationPriority:
        case kProcessorPriority:
        case kRemoteRead:
        case kCurrentCount:
            // Read-only in the page.
            return true;
        default:
            break;
    }
    if (number >= kLvt && number <= kLvtLast) {
        writeLvt(static_cast<Lvt>(number - kLvt), value);
        return true;
    }
    return number >= kInService && number < kErrorStatus;
}

std::uint64_t LocalApic::readMmio(std::uint32_t offset, unsigned size) {
    const std::optional<std::uint32_t> value = readRegister(offset >> 4);
    // The self IPI register is the x2APIC's alone.
    if (!value) {
        raiseError(kErrorIllegalRegister);
        return 0;
    }
    const std::uint32_t first = offset & 0xF;
    if (first >= sizeof(*value))
        return 0;
    const std::uint64_t shifted = *value >> (first * 8);
    return size >= sizeof(*value) ? shifted : shifted & ((std::uint64_t{1} << (size * 8)) - 1);
}

void LocalApic::writeMmio(std::uint32_t offset, unsigned size, std::uint64_t value) {
    if ((offset & 0xF) != 0 || size < sizeof(std::uint32_t))
        return;
    if (!writeRegister(offset >> 4, static_cast<std::uint32_t>(value)))
        raiseError(kErrorIllegalRegister);
}

std::optional<std::uint64_t> LocalApic::readMsr(std::uint32_t msr) {
    if (msr == kBaseMsr)
        return base();
    if (msr == kDeadlineMsr)
        return timer_.deadline();
    if (mode() != Mode::X2Apic || msr < 0x800)
        return std::nullopt;
    const std::uint32_t number = msr - 0x800;
    switch (number) {
        case kCommandLow:
            return icr_;
        case kArbitrationPriority:
        case kEndOfInterrupt:
        case kRemoteRead:
        case kDestinationFormat:
        case kCommandHigh:
            return std::nullopt;
        default:
            return readRegister(number);
    }
}

bool LocalApic::writeMsr(std::uint32_t msr, std::uint64_t value) {
    if (msr == kBaseMsr)
        return writeBase(value);
    if (msr == kDeadlineMsr) {
        timer_.setDeadline(value);
        return true;
    }
    if (mode() != Mode::X2Apic || msr < 0x800)
        return false;
    return writeX2ApicRegister(msr - 0x800, value);
}

bool LocalApic::writeX2ApicRegister(std::uint32_t number, std::uint64_t value) {
    if (number == kCommandLow) {
        if ((value & kCommandReserved) != 0)
            return false;
        sendInterruptCommand(value);
        return true;
    }
    std::uint64_t writable = 0;
    switch (number) {
        case kTaskPriority:
        case kSelfIpi:
            writable = 0xFF;
            break;
        case kEndOfInterrupt:
        case kErrorStatus:
            break;
        case kSpurious:
            writable = kSpuriousWritable;
            break;
        case kInitialCount:
            writable = 0xFFFF'FFFF;
            break;
        case kDivide:
            writable = 0xB;
            break;
        default:
            if (number < kLvt || number > kLvtLast)
                return false;
            // The status bits read as written: they are read-only, not reserved.
            writable = kLvtWritable[number - kLvt] | (1U << 12) | (1U << 14);
            break;
    }
    if ((value & ~writable) != 0)
        return false;
    if (number == kSelfIpi) {
        request(static_cast<std::uint8_t>(value), TriggerMode::Edge);
        return true;
    }
    return writeRegister(number, static_cast<std::uint32_t>(value));
}

bool LocalApic::writeBase(std::uint64_t value) {
    if ((value & ~(kBaseAddress | kBaseBootstrap | kBaseX2Apic | kBaseEnable)) != 0)
        return false;
    const Mode before = mode();
    const bool enable = (value & kBaseEnable) != 0;
    const bool x2Apic = (value & kBaseX2Apic) != 0;
    // Intel SDM volume 3, figure 11-27: x2APIC mode is entered from xAPIC mode and left by
    // switching the APIC off.
    if (x2Apic && (!enable || before == Mode::Disabled))
        return false;
    if (!x2Apic && enable && before == Mode::X2Apic)
        return false;
    base_.store(value, std::memory_order_relaxed);
    if (!enable && before != Mode::Disabled)
        resetByInit();
    else if (x2Apic && before == Mode::XApic)
        icr_ &= 0xFFFF'FFFF;
    return true;
}

void LocalApic::restoreBase(std::uint64_t value) {
    base_.store(value, std::memory_order_relaxed);
}

}  // namespace hypervisor
