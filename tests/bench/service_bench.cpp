// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the service costs: listing, small requests, starts, memory, and many machines at once.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "hypervisor/file_descriptor.h"
#include "service/ipc/methods.h"
#include "session_service.h"

using namespace service;  // NOLINT: the interface that is measured
using Time = std::chrono::steady_clock;
using tests::RpcClient;
using tests::SessionService;
using tests::tinyMachine;

namespace {

constexpr int kMachines = 1'000;
constexpr int kRequests = 100'000;
constexpr int kAtOnce = 100;
constexpr int kStarts = 50;
constexpr int kTogether = 200;

double milliseconds(Time::duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

double median(std::vector<double> values) {
    std::ranges::nth_element(values,
                             values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
    return values[values.size() / 2];
}

double residentMebibytes(pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/statm");
    std::size_t all = 0;
    std::size_t resident = 0;
    file >> all >> resident;
    return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

[[noreturn]] void give(const std::string& message) {
    fmt::print(stderr, "service_bench: {}\n", message);
    std::exit(EXIT_FAILURE);
}

template <class Reply>
void require(const RpcResult<Reply>& reply) {
    if (!reply)
        give(describe(reply.error()));
}

MachineSettings halted(const std::string& name) {
    MachineSettings settings = tinyMachine(name, HALTED_GUEST);
    settings.memory.startupBytes = 32 << 20;
    return settings;
}

void measureRequests(RpcClient& client) {
    std::string burst;
    for (int at = 0; at < kAtOnce; ++at)
        burst +=
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"machine.stats\",\"params\":"
            "{\"machine\":\"m1\"}}\n";
    const auto begin = Time::now();
    for (int round = 0; round < kRequests / kAtOnce; ++round) {
        if (!client.sendBytes(burst))
            give("the service has gone");
        for (int at = 0; at < kAtOnce; ++at)
            if (!client.receiveLine())
                give("the service has gone");
    }
    fmt::print("small requests a second on one socket: {:.0f} (at least 20,000)\n",
               kRequests / (milliseconds(Time::now() - begin) / 1'000));
}

void measureStarts(RpcClient& client) {
    std::vector<double> times;
    for (int at = 0; at < kStarts; ++at) {
        const auto begin = Time::now();
        require(client.call<MachineStartMethod>({"m0"}));
        times.push_back(milliseconds(Time::now() - begin));
        require(client.call<MachineTurnOffMethod>({"m0"}));
    }
    fmt::print("from the start request to the running machine, median: {:.1f} ms (at most 50)\n",
               median(times));
}

void measureMany(RpcClient& client, pid_t service) {
    const auto begin = Time::now();
    for (int at = 0; at < kTogether; ++at)
        require(client.call<MachineStartMethod>({fmt::format("m{}", at)}));
    fmt::print("{} machines of 32 MiB started one after the other: {:.1f} s\n", kTogether,
               milliseconds(Time::now() - begin) / 1'000);
    fmt::print("service's memory with them running: {:.1f} MiB\n", residentMebibytes(service));
    for (int at = 0; at < kTogether; ++at)
        require(client.call<MachineTurnOffMethod>({fmt::format("m{}", at)}));
}

}  // namespace

int main() {
    SessionService service;
    if (!service.start())
        give(service.output());
    auto client = service.client();
    for (int at = 0; at < kMachines; ++at)
        require(client.call<MachineCreateMethod>({halted(fmt::format("m{}", at)), std::nullopt}));
    fmt::print("service's memory with {} machines: {:.1f} MiB (at most 40)\n", kMachines,
               residentMebibytes(service.process()));
    std::vector<double> lists;
    for (int at = 0; at < 20; ++at) {
        const auto begin = Time::now();
        const auto list = client.call(MachineListMethod::kName, boost::json::object());
        require(list);
        lists.push_back(milliseconds(Time::now() - begin));
    }
    fmt::print("{} machines listed, median: {:.1f} ms (at most 20)\n", kMachines, median(lists));
    measureRequests(client);
    measureStarts(client);
    measureMany(client, service.process());
    return EXIT_SUCCESS;
}
