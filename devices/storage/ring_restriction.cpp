// SPDX-License-Identifier: GPL-3.0-or-later
#include "ring_restriction.h"

#include <liburing.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace devices::storage {

int registerWithRing(int ring, unsigned operation, const void* argument, unsigned count) {
    const long result = ::syscall(__NR_io_uring_register, ring, operation, argument, count);
    return result < 0 ? -errno : 0;
}

hypervisor::Result<void> restrictRing(int ring) {
    std::vector<io_uring_restriction> rules;
    for (const auto operation : {IORING_OP_READ, IORING_OP_WRITE, IORING_OP_READV, IORING_OP_WRITEV,
                                 IORING_OP_FSYNC, IORING_OP_FALLOCATE}) {
        io_uring_restriction rule = {};
        rule.opcode = IORING_RESTRICTION_SQE_OP;
        rule.sqe_op = static_cast<std::uint8_t>(operation);
        rules.push_back(rule);
    }
    for (const auto operation : {IORING_REGISTER_FILES_UPDATE, IORING_REGISTER_ENABLE_RINGS}) {
        io_uring_restriction rule = {};
        rule.opcode = IORING_RESTRICTION_REGISTER_OP;
        rule.register_op = static_cast<std::uint8_t>(operation);
        rules.push_back(rule);
    }
    io_uring_restriction required = {};
    required.opcode = IORING_RESTRICTION_SQE_FLAGS_REQUIRED;
    required.sqe_flags = IOSQE_FIXED_FILE;
    rules.push_back(required);
    const int result = registerWithRing(ring, IORING_REGISTER_RESTRICTIONS, rules.data(),
                                        static_cast<unsigned>(rules.size()));
    if (result < 0)
        return hypervisor::systemFailure("cannot restrict io_uring to disk I/O", -result);
    return {};
}

}  // namespace devices::storage
