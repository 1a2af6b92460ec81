// SPDX-License-Identifier: GPL-3.0-or-later
//
// The part of HostNetwork that keeps the host out of a bridge. A host answers, at any of its
// interfaces, for every address that it has; without an address at the bridge it would not be out
// of it. So a program of two instructions drops what goes through the bridge's own interface in
// either direction. Ports don't go through it.
#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "host_network.h"

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;
using hypervisor::systemFailure;

namespace {

// tc's names.
constexpr std::uint32_t kHooksParent = TC_H_CLSACT;
constexpr std::uint32_t kHooks = TC_H_MAKE(TC_H_CLSACT, 0);
constexpr std::uint32_t kIngress = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS);
constexpr std::uint32_t kEgress = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS);
constexpr std::uint16_t kPriority = 1;
constexpr std::uint16_t kAllProtocols = 0x0300;  // ETH_P_ALL in the network's order

Result<FileDescriptor> dropProgram() {
    const std::array<bpf_insn, 2> instructions{{
        {BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, TC_ACT_SHOT},
        {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
    }};
    bpf_attr attributes{};
    attributes.prog_type = BPF_PROG_TYPE_SCHED_CLS;
    attributes.insn_cnt = instructions.size();
    attributes.insns = reinterpret_cast<std::uintptr_t>(instructions.data());
    attributes.license = reinterpret_cast<std::uintptr_t>("GPL");
    FileDescriptor program(
        static_cast<int>(::syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes)));
    if (!program)
        return systemFailure("can't give the kernel the program that keeps the host out", errno);
    return program;
}

tcmsg at(const HostLink& link, std::uint32_t parent) {
    tcmsg fixed{};
    fixed.tcm_family = AF_UNSPEC;
    fixed.tcm_ifindex = link.index;
    fixed.tcm_parent = parent;
    return fixed;
}

NetlinkMessage filter(const HostLink& link, std::uint32_t parent, int program) {
    tcmsg fixed = at(link, parent);
    fixed.tcm_handle = 1;
    fixed.tcm_info = TC_H_MAKE(kPriority << 16, kAllProtocols);
    NetlinkMessage message(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK, fixed);
    message.add(TCA_KIND, std::string_view("bpf"));
    const std::size_t options = message.open(TCA_OPTIONS);
    message.add(TCA_BPF_FD, program);
    message.add(TCA_BPF_NAME, std::string_view("vireo-closed"));
    message.add(TCA_BPF_FLAGS, std::uint32_t{TCA_BPF_FLAG_ACT_DIRECT});
    message.close(options);
    return message;
}

}  // namespace

Result<void> HostNetwork::closeEnd(const HostLink& bridge) {
    const auto refused = [&bridge](const std::string& why) {
        return failure(fmt::format("can't keep the host out of '{}': {}", bridge.name, why));
    };
    auto program = dropProgram();
    if (!program)
        return refused(program.error().message);
    tcmsg fixed = at(bridge, kHooksParent);
    fixed.tcm_handle = kHooks;
    NetlinkMessage hooks(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, fixed);
    hooks.add(TCA_KIND, std::string_view("clsact"));
    if (const auto made = socket_.perform(std::move(hooks)); !made && made.error().number != EEXIST)
        return refused(made.error().text);
    for (const std::uint32_t parent : {kIngress, kEgress})
        if (const auto set = socket_.perform(filter(bridge, parent, program->get())); !set)
            return refused(set.error().text);
    return {};
}

Result<void> HostNetwork::openEnd(const HostLink& bridge) {
    tcmsg fixed = at(bridge, kHooksParent);
    fixed.tcm_handle = kHooks;
    const auto done = socket_.perform(NetlinkMessage(RTM_DELQDISC, NLM_F_ACK, fixed));
    // Without hooks nothing is dropped.
    if (!done && done.error().number != ENOENT && done.error().number != EINVAL)
        return failure(
            fmt::format("can't let the host into '{}': {}", bridge.name, done.error().text));
    return {};
}

}  // namespace service
