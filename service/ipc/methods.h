// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/mp11/list.hpp>

#include "exchange_requests.h"
#include "guest_requests.h"
#include "host_requests.h"
#include "job_requests.h"
#include "machine_requests.h"
#include "service_requests.h"
#include "subscriptions.h"
#include "switch_requests.h"

namespace service {

/// Every method of the service. Each has kName, Params and Reply.
using Methods = boost::mp11::mp_list<
    MachineListMethod, MachineGetMethod, MachineCreateMethod, MachineSetMethod, MachineRenameMethod,
    MachineDeleteMethod, MachineStartMethod, MachineTurnOffMethod, MachineShutDownMethod,
    MachineResetMethod, MachinePauseMethod, MachineResumeMethod, MachineStatsMethod,
    ConsoleListMethod, ConsoleAttachMethod, ScreenPictureMethod, HostGetMethod, HostStatsMethod,
    EventsListMethod, StatsHistoryMethod, SubscribeMethod, UnsubscribeMethod, JobListMethod,
    JobGetMethod, JobCancelMethod, DiskCreateMethod, DiskConvertMethod, DiskCompactMethod,
    DiskExpandMethod, DiskMergeMethod, DiskInspectMethod, MachineExportMethod, ImportInspectMethod,
    MachineImportMethod, MachineCopyFileMethod, GuestSocketMethod, SwitchListMethod,
    SwitchCreateMethod, SwitchSetMethod, SwitchRenameMethod, SwitchRemoveMethod, ServiceGetMethod,
    ServiceSetMethod, ServiceStopMethod, ApiDescribeMethod>;

/// Every notification. Each has kName and is the `params` itself.
using Notifications = boost::mp11::mp_list<
    MachineChangedNotification, MachineRemovedNotification, MachineUsageNotification,
    EventNotification, JobChangedNotification, SwitchChangedNotification, SwitchRemovedNotification,
    ServiceChangedNotification, ServiceStoppingNotification, PerformanceNotification>;

}  // namespace service
