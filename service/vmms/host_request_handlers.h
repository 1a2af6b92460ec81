// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "job_table.h"
#include "machines.h"
#include "request_router.h"
#include "resource_governor.h"
#include "service/vmms/events/event_store.h"
#include "service_places.h"
#include "service_settings.h"
#include "subscriptions_hub.h"

namespace service {

/// What the host's requests are answered from. Outlives the router.
struct HostRequestSources {
    ServiceMode mode;
    const ServicePlaces& places;
    const KeptServiceSettings& settings;
    Machines& machines;
    const ResourceGovernor& governor;
    PerformanceMonitor& performance;
    EventStore& events;
    JobTable& jobs;
    SubscriptionsHub& subscriptions;
};

/// Requests about the host, events, figures, jobs, subscriptions and the interface itself.
void addHostRequests(RequestRouter& router, HostRequestSources sources);

}  // namespace service
