// SPDX-License-Identifier: GPL-3.0-or-later
#include "channel.h"

#include <cstring>
#include <utility>

namespace devices::ide {

namespace {

constexpr std::uint8_t kDeviceResetCommand = 0x08;
constexpr std::uint8_t kDiagnosticCommand = 0x90;
/// What is read where no drive drives the bus: bit 7 is pulled down.
constexpr std::uint8_t kFloating = 0x7F;
constexpr std::uint8_t kNotDecoded = 0xFF;

}  // namespace

Channel::Channel(const hypervisor::GuestMemory& memory, storage::IoEngine& engine,
                 hypervisor::InterruptLine line)
    : memory_(memory), engine_(engine), line_(std::move(line)) {
    unitCommand_.context = this;
    unitCommand_.completed = &Channel::completed;
}

Channel::~Channel() = default;

void Channel::attach(unsigned place, std::unique_ptr<Drive> drive) {
    const std::scoped_lock lock(mutex_);
    drives_.at(place) = std::move(drive);
    drives_.at(place)->endReset(Drive::Reset::PowerOn);
}

void Channel::setDecoding(bool decodes) {
    const std::scoped_lock lock(mutex_);
    decodes_ = decodes;
}

void Channel::setMaster(bool may) {
    const std::scoped_lock lock(mutex_);
    mayMaster_ = may;
}

// --- Registers ---

std::uint32_t Channel::readPort(std::uint16_t port, unsigned size) {
    const unsigned first = port % kCommandPorts;
    const std::scoped_lock lock(mutex_);
    if (!decodes_)
        return 0xFFFF'FFFF;
    if (first == static_cast<unsigned>(Register::Data)) {
        Drive* const drive = selected();
        return drive != nullptr ? drive->readData(size) : 0xFFFF'FFFF;
    }
    std::uint32_t value = 0;
    for (unsigned byte = 0; byte < size; ++byte)
        value |= std::uint32_t{read(static_cast<Register>(first + byte))} << byte * 8;
    return value;
}

void Channel::writePort(std::uint16_t port, unsigned size, std::uint32_t value) {
    const unsigned first = port % kCommandPorts;
    const std::scoped_lock lock(mutex_);
    if (!decodes_)
        return;
    if (first == static_cast<unsigned>(Register::Data)) {
        if (Drive* const drive = selected())
            drive->writeData(size, value);
        return;
    }
    for (unsigned byte = 0; byte < size; ++byte)
        write(static_cast<Register>(first + byte), static_cast<std::uint8_t>(value >> byte * 8));
}

std::uint8_t Channel::status() const {
    if (Drive* const drive = selected())
        return drive->registers().status;
    // A lone device 0 answers for device 1 with zeroes.
    return drives_[0] ? 0 : kFloating;
}

std::uint8_t Channel::read(Register index) {
    Drive* const drive = selected();
    if (drive == nullptr)
        return status();
    if (index == Register::Command) {
        drive->acknowledge();
        interruptChanged();
        return drive->registers().status;
    }
    const TaskFile& registers = drive->registers();
    if (drive->busy())
        return registers.status;
    const bool before = (control_ & kHighOrderByte) != 0;
    const auto half = [before](const TaskFile::Twofold& twofold) {
        return before ? twofold.before : twofold.now;
    };
    switch (index) {
        case Register::Feature:
            return registers.error;
        case Register::Count:
            return half(registers.count);
        case Register::LbaLow:
            return half(registers.lbaLow);
        case Register::LbaMid:
            return half(registers.lbaMid);
        case Register::LbaHigh:
            return half(registers.lbaHigh);
        case Register::Device:
            return static_cast<std::uint8_t>((registers.device & ~kDevice1) | kAlwaysSet |
                                             (selected_ == 1 ? kDevice1 : 0));
        default:  // Data is read elsewhere, and Command has been.
            return 0;
    }
}

bool Channel::anyBusy() const {
    for (const auto& drive : drives_)
        if (drive && drive->busy())
            return true;
    return false;
}

void Channel::write(Register index, std::uint8_t value) {
    if (index == Register::Command)
        return command(value);
    if (anyBusy())
        return;
    control_ &= static_cast<std::uint8_t>(~kHighOrderByte);
    if (index == Register::Device)
        selected_ = (value & kDevice1) != 0 ? 1 : 0;
    // Both drives see what is written.
    for (const auto& drive : drives_) {
        if (!drive)
            continue;
        TaskFile& registers = drive->registers();
        switch (index) {
            case Register::Feature:
                registers.feature.write(value);
                break;
            case Register::Count:
                registers.count.write(value);
                break;
            case Register::LbaLow:
                registers.lbaLow.write(value);
                break;
            case Register::LbaMid:
                registers.lbaMid.write(value);
                break;
            case Register::LbaHigh:
                registers.lbaHigh.write(value);
                break;
            default:
                registers.device = value;
                break;
        }
    }
    // Another drive's interrupt may be led out now.
    if (index == Register::Device)
        interruptChanged();
}

void Channel::command(std::uint8_t value) {
    Drive* const drive = selected();
    if (value == kDeviceResetCommand && drive != nullptr && drive->resetsAlone() &&
        !drive->resetting()) {
        discard_ = underWay_ && (discard_ || worker_ == drive);
        if (waiting_ == drive)
            waiting_ = nullptr;
        drive->beginReset();
        return settleResets(Drive::Reset::Software);
    }
    if (anyBusy())
        return;
    control_ &= static_cast<std::uint8_t>(~kHighOrderByte);
    waiting_ = nullptr;
    if (value == kDiagnosticCommand)
        return diagnose();
    if (drive != nullptr)
        drive->begin(value);
}

void Channel::diagnose() {
    selected_ = 0;
    for (const auto& drive : drives_)
        if (drive)
            drive->diagnose(drive == drives_[0] ? Drive::Interrupt::Yes : Drive::Interrupt::No);
}

std::uint8_t Channel::readAlternateStatus() const {
    const std::scoped_lock lock(mutex_);
    return decodes_ ? status() : kNotDecoded;
}

void Channel::writeControl(std::uint8_t value) {
    const std::scoped_lock lock(mutex_);
    if (!decodes_)
        return;
    const bool begins = (value & ~control_ & kSoftwareReset) != 0;
    control_ = value & (kHighOrderByte | kSoftwareReset | kNoInterrupts);
    if (begins) {
        discard_ = underWay_;
        waiting_ = nullptr;
        selected_ = 0;
        for (const auto& drive : drives_)
            if (drive)
                drive->beginReset();
    }
    settleResets(Drive::Reset::Software);
    interruptChanged();
}

void Channel::settleResets(Drive::Reset kind) {
    if (underWay_ || (control_ & kSoftwareReset) != 0)
        return;
    for (const auto& drive : drives_)
        if (drive && drive->resetting())
            drive->endReset(kind);
}

void Channel::interruptChanged() {
    const Drive* const drive = selected();
    const bool asserted =
        drive != nullptr && drive->interrupting() && (control_ & kNoInterrupts) == 0;
    if (asserted && !asserted_)
        busMaster_.interrupted();
    if (asserted != asserted_)
        line_.set(asserted);
    asserted_ = asserted;
}

// --- The bus master ---

std::uint8_t Channel::readBusMaster(unsigned offset) const {
    const std::scoped_lock lock(mutex_);
    return busMaster_.read(offset);
}

void Channel::writeBusMaster(unsigned offset, std::uint8_t value) {
    const std::scoped_lock lock(mutex_);
    if (busMaster_.write(offset, value) && waiting_ != nullptr)
        startDma();
}

void Channel::awaitDma(Drive& drive, DmaDirection direction) {
    waiting_ = &drive;
    waitingFor_ = direction;
    if (busMaster_.waits())
        startDma();
}

void Channel::startDma() {
    Drive* const drive = std::exchange(waiting_, nullptr);
    if (mayMaster_ && busMaster_.direction() == waitingFor_)
        return drive->dmaReady();
    busMaster_.failed();
    drive->dmaFailed();
}

std::optional<DmaMemory> Channel::dmaMemory(std::uint64_t bytes) {
    auto found = readDmaTable(memory_, busMaster_.table(), bytes);
    if (found)
        busMaster_.transferred(found->goesOn ? BusMaster::Rest::More : BusMaster::Rest::None);
    else
        busMaster_.failed();
    return found;
}

bool Channel::copyToGuest(std::span<const std::uint8_t> from) {
    const auto found = dmaMemory(from.size());
    if (!found)
        return false;
    for (const iovec& buffer : found->buffers) {
        std::memcpy(buffer.iov_base, from.data(), buffer.iov_len);
        from = from.subspan(buffer.iov_len);
    }
    for (const auto& [gpa, length] : found->ranges)
        memory_.written(gpa, length);
    return true;
}

bool Channel::copyFromGuest(std::span<std::uint8_t> to) {
    const auto found = dmaMemory(to.size());
    if (!found)
        return false;
    for (const iovec& buffer : found->buffers) {
        std::memcpy(to.data(), buffer.iov_base, buffer.iov_len);
        to = to.subspan(buffer.iov_len);
    }
    return true;
}

// --- Commands under way ---

void Channel::execute(Drive& drive, const UnitOrder& order) {
    worker_ = &drive;
    order_ = order;
    table_ = busMaster_.table();
    underWay_ = true;
    engine_.post([this] { carryOut(); });
}

void Channel::carryOut() {
    scsi::Command& command = unitCommand_;
    command.block = order_.block;
    command.length = order_.length;
    command.direction = order_.direction;
    command.dataLength = order_.bytes;
    command.buffers.clear();
    data_.reset();
    if (order_.inGuestMemory) {
        data_ = readDmaTable(memory_, table_, order_.bytes);
        if (!data_)
            return ended(false);
        command.buffers = data_->buffers;
    } else if (order_.bytes != 0) {
        command.buffers.push_back({worker_->buffer().data(), order_.bytes});
    }
    worker_->target().execute(0, command);
}

void Channel::completed(scsi::Command& command) {
    static_cast<Channel*>(command.context)->ended(true);
}

void Channel::ended(bool dmaSound) {
    if (data_ && order_.direction == scsi::DataDirection::FromDevice)
        for (const auto& [gpa, length] : data_->ranges)
            memory_.written(gpa, length);
    const std::scoped_lock lock(mutex_);
    underWay_ = false;
    const bool discard = std::exchange(discard_, false);
    if (order_.inGuestMemory && !discard) {
        if (!dmaSound)
            busMaster_.failed();
        else
            busMaster_.transferred(data_->goesOn ? BusMaster::Rest::More : BusMaster::Rest::None);
    }
    if (!discard && dmaSound)
        worker_->unitDone(unitCommand_);
    else if (!discard)
        worker_->dmaFailed();
    settleResets(Drive::Reset::Software);
    if (!underWay_)
        idle_.notify_all();
}

void Channel::quiesce() {
    std::unique_lock lock(mutex_);
    discard_ = underWay_;
    waiting_ = nullptr;
    idle_.wait(lock, [this] { return !underWay_; });
}

void Channel::powerOn() {
    quiesce();
    {
        const std::scoped_lock lock(mutex_);
        control_ = 0;
        selected_ = 0;
        busMaster_.reset();
        for (const auto& drive : drives_)
            if (drive)
                drive->endReset(Drive::Reset::PowerOn);
        interruptChanged();
        underWay_ = true;
        engine_.post([this] { resetUnits(); });
    }
    quiesce();
}

void Channel::resetUnits() {
    for (const auto& drive : drives_)
        if (drive)
            drive->target().forEach(
                [](scsi::LogicalUnit& unit) { unit.reset(scsi::SenseCode::PowerOn); });
    const std::scoped_lock lock(mutex_);
    underWay_ = false;
    discard_ = false;
    idle_.notify_all();
}

bool Channel::idle() const {
    const std::scoped_lock lock(mutex_);
    return !underWay_;
}

}  // namespace devices::ide
