// SPDX-License-Identifier: GPL-3.0-or-later
#include "x87_control.h"

#include "x87_environment.h"

namespace hypervisor::software {

namespace {

X87Format formatOf(const Processor& p, const Operation& o) {
    return {.wide = o.extra != 0, .real = !p.inProtectedMode() || p.inVirtual8086Mode()};
}

bool loadOperand(Processor& p, const Operation& o, void* to, unsigned size) {
    const auto address = p.operandAddress(o, size, Access::Read);
    return address && p.readLinear(*address, to, size);
}

bool storeOperand(Processor& p, const Operation& o, const void* from, unsigned size) {
    const auto address = p.operandAddress(o, size, Access::Write);
    return address && p.writeLinear(*address, from, size);
}

/// Looks at the first word and at the end of an image before anything else happens; a fault of
/// the latter names the image's last byte.
bool canReach(Processor& p, const Operation& o, unsigned size, Access access) {
    const auto address = p.operandAddress(o, size, access);
    if (!address || !p.translate(*address, access, Privilege::Current))
        return false;
    const std::uint64_t word = o.extra != 0 ? 4 : 2;
    const std::uint64_t behind = (*address & kPageMask) + kPageSize;
    if (behind - *address < word && !p.translate(behind, access, Privilege::Current))
        return false;
    return p.translate(*address + size - 1, access, Privilege::Current).has_value();
}

/// FNINIT's state; registers keep their content, as empty ones.
void initialize(X87State& x87) {
    const auto registers = x87.registers;
    x87 = X87State{};
    x87.registers = registers;
}

}  // namespace

void fninit(Processor& p, const Operation&) {
    initialize(p.x87);
}

void fnclex(Processor& p, const Operation&) {
    p.x87.status = static_cast<std::uint16_t>(p.x87.status &
                                              ~(x87_status::kExceptions | x87_status::kStackFault));
    p.x87.updateErrorSummary();
}

void fnstswRegister(Processor& p, const Operation&) {
    setRegister<std::uint16_t>(p, static_cast<RegisterOffset>(8 * 0), p.x87.statusWord());
}

void fnstsw(Processor& p, const Operation& o) {
    const std::uint16_t value = p.x87.statusWord();
    static_cast<void>(storeOperand(p, o, &value, sizeof value));
}

void fnstcw(Processor& p, const Operation& o) {
    static_cast<void>(storeOperand(p, o, &p.x87.control, sizeof p.x87.control));
}

void fldcw(Processor& p, const Operation& o) {
    std::uint16_t value;
    if (x87Ready(p) && loadOperand(p, o, &value, sizeof value))
        p.x87.setControlWord(value);
}

void fnstenv(Processor& p, const Operation& o) {
    const X87Format format = formatOf(p, o);
    const X87Image image = storeX87Image(p.x87, format);
    if (canReach(p, o, format.environmentSize(), Access::Write) &&
        storeOperand(p, o, image.data(), format.environmentSize()))
        p.x87.setControlWord(p.x87.control | x87_status::kExceptions);
}

void fldenv(Processor& p, const Operation& o) {
    const X87Format format = formatOf(p, o);
    X87Image image;
    if (x87Ready(p) && canReach(p, o, format.environmentSize(), Access::Read) &&
        loadOperand(p, o, image.data(), format.environmentSize()))
        loadX87Environment(p.x87, image, format);
}

void fnsave(Processor& p, const Operation& o) {
    const X87Format format = formatOf(p, o);
    const X87Image image = storeX87Image(p.x87, format);
    if (canReach(p, o, format.stateSize(), Access::Write) &&
        storeOperand(p, o, image.data(), format.stateSize()))
        initialize(p.x87);
}

void frstor(Processor& p, const Operation& o) {
    const X87Format format = formatOf(p, o);
    X87Image image;
    if (!x87Ready(p) || !canReach(p, o, format.stateSize(), Access::Read) ||
        !loadOperand(p, o, image.data(), format.stateSize()))
        return;
    loadX87Environment(p.x87, image, format);
    loadX87Registers(p.x87, image, format);
}

void fwait(Processor& p, const Operation&) {
    static_cast<void>(x87Ready(p));
}

void emms(Processor& p, const Operation&) {
    if (!x87Ready(p))
        return;
    p.x87.valid = 0;
    p.x87.top = 0;
}

}  // namespace hypervisor::software
