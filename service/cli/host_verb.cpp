// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <cmath>

#include "enumeration_words.h"
#include "quantities.h"
#include "service_verb.h"
#include "table.h"
#include "verbs.h"

namespace service::cli {

namespace {

struct HostArguments {
    ServiceOptions service;
};

std::string preciseText(double percent) {
    return percentText(static_cast<std::uint64_t>(std::llround(std::max(percent, 0.0) * 1000)));
}

std::string hostText(const HostReply& host) {
    PropertyList list;
    list.section(host.hostName);
    list.add("Version", host.version);
    list.add("Service", host.session ? "of this user's session" : "of the host");
    list.add("Machines in", host.machinesFolder);
    if (!host.disksFolder.empty())
        list.add("Disks in", host.disksFolder);
    list.add("Logical processors", std::to_string(host.logicalProcessors));
    list.add("Memory", fmt::format("{}, {} available", sizeText(host.memoryBytes),
                                   sizeText(host.availableMemoryBytes)));
    list.add("Backend", shown(host.defaultBackend));
    if (!host.kvmNote.empty())
        list.add("KVM", host.kvmNote);
    list.add("Resource control", shown(host.resourceControl));
    if (!host.resourceControlNote.empty())
        list.add("Note", host.resourceControlNote);
    if (!host.metricsSocket.empty())
        list.add("Metrics on", host.metricsSocket);
    list.section("Reserves, in percent of total system resources");
    list.add("Reserved", preciseText(host.reservedPercent));
    list.add("Free", preciseText(host.freePercent));
    std::string text = list.text();
    if (host.reservations.empty())
        return text;
    using enum Table::Align;
    Table table({{"MACHINE", Left},
                 {"STATE", Left},
                 {"VPS", Right},
                 {"RESERVE", Right},
                 {"OF TOTAL", Right},
                 {"WEIGHT", Right},
                 {"IF ALL ARE BUSY", Right}});
    for (const Reservation& reservation : host.reservations)
        table.add({reservation.name, shown(reservation.state),
                   std::to_string(reservation.processor.count),
                   percentText(reservation.processor.reserve),
                   preciseText(reservation.reservePercentOfTotal),
                   std::to_string(reservation.processor.weight),
                   preciseText(reservation.entitlementPercentOfTotal)});
    return text + "\n" + table.text();
}

void tellHost(const HostArguments&, ServiceSession& session) {
    const auto reply = session.call<HostGetMethod>({});
    if (!reply)
        return;
    if (session.json())
        session.printReply();
    else
        session.print(hostText(*reply));
}

}  // namespace

void addHostVerb(CLI::App& program, std::function<int()>& chosen) {
    addServiceVerb<HostArguments>(
        program, chosen, "host", "This host: processors, memory, and who has reserved what",
        [](VerbOptions&, HostArguments&) {}, tellHost);
}

}  // namespace service::cli
