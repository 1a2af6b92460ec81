// SPDX-License-Identifier: GPL-3.0-or-later
//
// Encoding and decoding of every method, compiled once and not by each caller: that takes a
// compiler long.
#include "client_protocol.h"
#include "service_client.h"

namespace service::client {

template <class Method>
std::uint64_t ClientProtocol::call(const typename Method::Params& params,
                                   std::function<void(RpcResult<typename Method::Reply>)> handler) {
    return ask(Method::kName, encodeValue(params),
               [handler = std::move(handler)](RpcResult<boost::json::value> value) {
                   if (value)
                       handler(decodeValue<typename Method::Reply>(*value, UnknownFields::Ignore));
                   else
                       handler(std::unexpected(std::move(value.error())));
               });
}

template <class Notification>
void ClientProtocol::listen(std::function<void(const Notification&)> listener) {
    listeners_[std::string(Notification::kName)] =
        [listener = std::move(listener)](const boost::json::object& params) {
            const auto notification = decodeValue<Notification>(params, UnknownFields::Ignore);
            if (notification)
                listener(*notification);
            return notification.has_value();
        };
}

template <class Method>
ServiceResult<typename Method::Reply> ServiceClient::call(const typename Method::Params& params,
                                                          std::chrono::milliseconds patience) {
    auto reply = ask(Method::kName, encodeValue(params), patience);
    if (!reply)
        return std::unexpected(std::move(reply.error()));
    lastReply_ = std::move(*reply);
    auto decoded = decodeValue<typename Method::Reply>(lastReply_, UnknownFields::Ignore);
    if (!decoded)
        return std::unexpected(
            ServiceError{ServiceError::Kind::Unreachable,
                         "the service's answer to '" + std::string(Method::kName) +
                             "' is not understood: " + describe(decoded.error()) + "; update both",
                         {}});
    return std::move(*decoded);
}

namespace {

template <class Method>
using Handler = std::function<void(RpcResult<typename Method::Reply>)>;
template <class Notification>
using Listening = std::function<void(const Notification&)>;

using Patience = std::chrono::milliseconds;

}  // namespace

template std::uint64_t ClientProtocol::call<MachineListMethod>(const MachineListMethod::Params&,
                                                               Handler<MachineListMethod>);
template std::uint64_t ClientProtocol::call<MachineGetMethod>(const MachineGetMethod::Params&,
                                                              Handler<MachineGetMethod>);
template std::uint64_t ClientProtocol::call<MachineCreateMethod>(const MachineCreateMethod::Params&,
                                                                 Handler<MachineCreateMethod>);
template std::uint64_t ClientProtocol::call<MachineSetMethod>(const MachineSetMethod::Params&,
                                                              Handler<MachineSetMethod>);
template std::uint64_t ClientProtocol::call<MachineRenameMethod>(const MachineRenameMethod::Params&,
                                                                 Handler<MachineRenameMethod>);
template std::uint64_t ClientProtocol::call<MachineDeleteMethod>(const MachineDeleteMethod::Params&,
                                                                 Handler<MachineDeleteMethod>);
template std::uint64_t ClientProtocol::call<MachineStartMethod>(const MachineStartMethod::Params&,
                                                                Handler<MachineStartMethod>);
template std::uint64_t ClientProtocol::call<MachineTurnOffMethod>(
    const MachineTurnOffMethod::Params&, Handler<MachineTurnOffMethod>);
template std::uint64_t ClientProtocol::call<MachineShutDownMethod>(
    const MachineShutDownMethod::Params&, Handler<MachineShutDownMethod>);
template std::uint64_t ClientProtocol::call<MachineResetMethod>(const MachineResetMethod::Params&,
                                                                Handler<MachineResetMethod>);
template std::uint64_t ClientProtocol::call<MachinePauseMethod>(const MachinePauseMethod::Params&,
                                                                Handler<MachinePauseMethod>);
template std::uint64_t ClientProtocol::call<MachineResumeMethod>(const MachineResumeMethod::Params&,
                                                                 Handler<MachineResumeMethod>);
template std::uint64_t ClientProtocol::call<MachineStatsMethod>(const MachineStatsMethod::Params&,
                                                                Handler<MachineStatsMethod>);
template std::uint64_t ClientProtocol::call<ConsoleListMethod>(const ConsoleListMethod::Params&,
                                                               Handler<ConsoleListMethod>);
template std::uint64_t ClientProtocol::call<ConsoleAttachMethod>(const ConsoleAttachMethod::Params&,
                                                                 Handler<ConsoleAttachMethod>);
template std::uint64_t ClientProtocol::call<ScreenPictureMethod>(const ScreenPictureMethod::Params&,
                                                                 Handler<ScreenPictureMethod>);
template std::uint64_t ClientProtocol::call<HostGetMethod>(const HostGetMethod::Params&,
                                                           Handler<HostGetMethod>);
template std::uint64_t ClientProtocol::call<HostStatsMethod>(const HostStatsMethod::Params&,
                                                             Handler<HostStatsMethod>);
template std::uint64_t ClientProtocol::call<EventsListMethod>(const EventsListMethod::Params&,
                                                              Handler<EventsListMethod>);
template std::uint64_t ClientProtocol::call<StatsHistoryMethod>(const StatsHistoryMethod::Params&,
                                                                Handler<StatsHistoryMethod>);
template std::uint64_t ClientProtocol::call<SubscribeMethod>(const SubscribeMethod::Params&,
                                                             Handler<SubscribeMethod>);
template std::uint64_t ClientProtocol::call<UnsubscribeMethod>(const UnsubscribeMethod::Params&,
                                                               Handler<UnsubscribeMethod>);
template std::uint64_t ClientProtocol::call<JobListMethod>(const JobListMethod::Params&,
                                                           Handler<JobListMethod>);
template std::uint64_t ClientProtocol::call<JobGetMethod>(const JobGetMethod::Params&,
                                                          Handler<JobGetMethod>);
template std::uint64_t ClientProtocol::call<JobCancelMethod>(const JobCancelMethod::Params&,
                                                             Handler<JobCancelMethod>);
template std::uint64_t ClientProtocol::call<DiskCreateMethod>(const DiskCreateMethod::Params&,
                                                              Handler<DiskCreateMethod>);
template std::uint64_t ClientProtocol::call<DiskConvertMethod>(const DiskConvertMethod::Params&,
                                                               Handler<DiskConvertMethod>);
template std::uint64_t ClientProtocol::call<DiskCompactMethod>(const DiskCompactMethod::Params&,
                                                               Handler<DiskCompactMethod>);
template std::uint64_t ClientProtocol::call<DiskExpandMethod>(const DiskExpandMethod::Params&,
                                                              Handler<DiskExpandMethod>);
template std::uint64_t ClientProtocol::call<DiskMergeMethod>(const DiskMergeMethod::Params&,
                                                             Handler<DiskMergeMethod>);
template std::uint64_t ClientProtocol::call<DiskInspectMethod>(const DiskInspectMethod::Params&,
                                                               Handler<DiskInspectMethod>);
template std::uint64_t ClientProtocol::call<MachineExportMethod>(const MachineExportMethod::Params&,
                                                                 Handler<MachineExportMethod>);
template std::uint64_t ClientProtocol::call<ImportInspectMethod>(const ImportInspectMethod::Params&,
                                                                 Handler<ImportInspectMethod>);
template std::uint64_t ClientProtocol::call<MachineImportMethod>(const MachineImportMethod::Params&,
                                                                 Handler<MachineImportMethod>);
template std::uint64_t ClientProtocol::call<MachineCopyFileMethod>(
    const MachineCopyFileMethod::Params&, Handler<MachineCopyFileMethod>);
template std::uint64_t ClientProtocol::call<GuestSocketMethod>(const GuestSocketMethod::Params&,
                                                               Handler<GuestSocketMethod>);
template std::uint64_t ClientProtocol::call<SwitchListMethod>(const SwitchListMethod::Params&,
                                                              Handler<SwitchListMethod>);
template std::uint64_t ClientProtocol::call<SwitchCreateMethod>(const SwitchCreateMethod::Params&,
                                                                Handler<SwitchCreateMethod>);
template std::uint64_t ClientProtocol::call<SwitchSetMethod>(const SwitchSetMethod::Params&,
                                                             Handler<SwitchSetMethod>);
template std::uint64_t ClientProtocol::call<SwitchRenameMethod>(const SwitchRenameMethod::Params&,
                                                                Handler<SwitchRenameMethod>);
template std::uint64_t ClientProtocol::call<SwitchRemoveMethod>(const SwitchRemoveMethod::Params&,
                                                                Handler<SwitchRemoveMethod>);
template std::uint64_t ClientProtocol::call<ServiceGetMethod>(const ServiceGetMethod::Params&,
                                                              Handler<ServiceGetMethod>);
template std::uint64_t ClientProtocol::call<ServiceSetMethod>(const ServiceSetMethod::Params&,
                                                              Handler<ServiceSetMethod>);
template std::uint64_t ClientProtocol::call<ServiceStopMethod>(const ServiceStopMethod::Params&,
                                                               Handler<ServiceStopMethod>);
template std::uint64_t ClientProtocol::call<ApiDescribeMethod>(const ApiDescribeMethod::Params&,
                                                               Handler<ApiDescribeMethod>);

template ServiceResult<MachineListMethod::Reply> ServiceClient::call<MachineListMethod>(
    const MachineListMethod::Params&, Patience);
template ServiceResult<MachineGetMethod::Reply> ServiceClient::call<MachineGetMethod>(
    const MachineGetMethod::Params&, Patience);
template ServiceResult<MachineCreateMethod::Reply> ServiceClient::call<MachineCreateMethod>(
    const MachineCreateMethod::Params&, Patience);
template ServiceResult<MachineSetMethod::Reply> ServiceClient::call<MachineSetMethod>(
    const MachineSetMethod::Params&, Patience);
template ServiceResult<MachineRenameMethod::Reply> ServiceClient::call<MachineRenameMethod>(
    const MachineRenameMethod::Params&, Patience);
template ServiceResult<MachineDeleteMethod::Reply> ServiceClient::call<MachineDeleteMethod>(
    const MachineDeleteMethod::Params&, Patience);
template ServiceResult<MachineStartMethod::Reply> ServiceClient::call<MachineStartMethod>(
    const MachineStartMethod::Params&, Patience);
template ServiceResult<MachineTurnOffMethod::Reply> ServiceClient::call<MachineTurnOffMethod>(
    const MachineTurnOffMethod::Params&, Patience);
template ServiceResult<MachineShutDownMethod::Reply> ServiceClient::call<MachineShutDownMethod>(
    const MachineShutDownMethod::Params&, Patience);
template ServiceResult<MachineResetMethod::Reply> ServiceClient::call<MachineResetMethod>(
    const MachineResetMethod::Params&, Patience);
template ServiceResult<MachinePauseMethod::Reply> ServiceClient::call<MachinePauseMethod>(
    const MachinePauseMethod::Params&, Patience);
template ServiceResult<MachineResumeMethod::Reply> ServiceClient::call<MachineResumeMethod>(
    const MachineResumeMethod::Params&, Patience);
template ServiceResult<MachineStatsMethod::Reply> ServiceClient::call<MachineStatsMethod>(
    const MachineStatsMethod::Params&, Patience);
template ServiceResult<ConsoleListMethod::Reply> ServiceClient::call<ConsoleListMethod>(
    const ConsoleListMethod::Params&, Patience);
template ServiceResult<ConsoleAttachMethod::Reply> ServiceClient::call<ConsoleAttachMethod>(
    const ConsoleAttachMethod::Params&, Patience);
template ServiceResult<ScreenPictureMethod::Reply> ServiceClient::call<ScreenPictureMethod>(
    const ScreenPictureMethod::Params&, Patience);
template ServiceResult<HostGetMethod::Reply> ServiceClient::call<HostGetMethod>(
    const HostGetMethod::Params&, Patience);
template ServiceResult<HostStatsMethod::Reply> ServiceClient::call<HostStatsMethod>(
    const HostStatsMethod::Params&, Patience);
template ServiceResult<EventsListMethod::Reply> ServiceClient::call<EventsListMethod>(
    const EventsListMethod::Params&, Patience);
template ServiceResult<StatsHistoryMethod::Reply> ServiceClient::call<StatsHistoryMethod>(
    const StatsHistoryMethod::Params&, Patience);
template ServiceResult<SubscribeMethod::Reply> ServiceClient::call<SubscribeMethod>(
    const SubscribeMethod::Params&, Patience);
template ServiceResult<UnsubscribeMethod::Reply> ServiceClient::call<UnsubscribeMethod>(
    const UnsubscribeMethod::Params&, Patience);
template ServiceResult<JobListMethod::Reply> ServiceClient::call<JobListMethod>(
    const JobListMethod::Params&, Patience);
template ServiceResult<JobGetMethod::Reply> ServiceClient::call<JobGetMethod>(
    const JobGetMethod::Params&, Patience);
template ServiceResult<JobCancelMethod::Reply> ServiceClient::call<JobCancelMethod>(
    const JobCancelMethod::Params&, Patience);
template ServiceResult<MachineExportMethod::Reply> ServiceClient::call<MachineExportMethod>(
    const MachineExportMethod::Params&, Patience);
template ServiceResult<ImportInspectMethod::Reply> ServiceClient::call<ImportInspectMethod>(
    const ImportInspectMethod::Params&, Patience);
template ServiceResult<MachineImportMethod::Reply> ServiceClient::call<MachineImportMethod>(
    const MachineImportMethod::Params&, Patience);
template ServiceResult<MachineCopyFileMethod::Reply> ServiceClient::call<MachineCopyFileMethod>(
    const MachineCopyFileMethod::Params&, Patience);
template ServiceResult<GuestSocketMethod::Reply> ServiceClient::call<GuestSocketMethod>(
    const GuestSocketMethod::Params&, Patience);
template ServiceResult<DiskCreateMethod::Reply> ServiceClient::call<DiskCreateMethod>(
    const DiskCreateMethod::Params&, Patience);
template ServiceResult<DiskConvertMethod::Reply> ServiceClient::call<DiskConvertMethod>(
    const DiskConvertMethod::Params&, Patience);
template ServiceResult<DiskCompactMethod::Reply> ServiceClient::call<DiskCompactMethod>(
    const DiskCompactMethod::Params&, Patience);
template ServiceResult<DiskExpandMethod::Reply> ServiceClient::call<DiskExpandMethod>(
    const DiskExpandMethod::Params&, Patience);
template ServiceResult<DiskMergeMethod::Reply> ServiceClient::call<DiskMergeMethod>(
    const DiskMergeMethod::Params&, Patience);
template ServiceResult<DiskInspectMethod::Reply> ServiceClient::call<DiskInspectMethod>(
    const DiskInspectMethod::Params&, Patience);
template ServiceResult<SwitchListMethod::Reply> ServiceClient::call<SwitchListMethod>(
    const SwitchListMethod::Params&, Patience);
template ServiceResult<SwitchCreateMethod::Reply> ServiceClient::call<SwitchCreateMethod>(
    const SwitchCreateMethod::Params&, Patience);
template ServiceResult<SwitchSetMethod::Reply> ServiceClient::call<SwitchSetMethod>(
    const SwitchSetMethod::Params&, Patience);
template ServiceResult<SwitchRenameMethod::Reply> ServiceClient::call<SwitchRenameMethod>(
    const SwitchRenameMethod::Params&, Patience);
template ServiceResult<SwitchRemoveMethod::Reply> ServiceClient::call<SwitchRemoveMethod>(
    const SwitchRemoveMethod::Params&, Patience);
template ServiceResult<ServiceGetMethod::Reply> ServiceClient::call<ServiceGetMethod>(
    const ServiceGetMethod::Params&, Patience);
template ServiceResult<ServiceSetMethod::Reply> ServiceClient::call<ServiceSetMethod>(
    const ServiceSetMethod::Params&, Patience);
template ServiceResult<ServiceStopMethod::Reply> ServiceClient::call<ServiceStopMethod>(
    const ServiceStopMethod::Params&, Patience);
template ServiceResult<ApiDescribeMethod::Reply> ServiceClient::call<ApiDescribeMethod>(
    const ApiDescribeMethod::Params&, Patience);

template void ClientProtocol::listen<MachineChangedNotification>(
    Listening<MachineChangedNotification>);
template void ClientProtocol::listen<MachineRemovedNotification>(
    Listening<MachineRemovedNotification>);
template void ClientProtocol::listen<MachineUsageNotification>(Listening<MachineUsageNotification>);
template void ClientProtocol::listen<EventNotification>(Listening<EventNotification>);
template void ClientProtocol::listen<JobChangedNotification>(Listening<JobChangedNotification>);
template void ClientProtocol::listen<SwitchChangedNotification>(
    Listening<SwitchChangedNotification>);
template void ClientProtocol::listen<SwitchRemovedNotification>(
    Listening<SwitchRemovedNotification>);
template void ClientProtocol::listen<ServiceChangedNotification>(
    Listening<ServiceChangedNotification>);
template void ClientProtocol::listen<ServiceStoppingNotification>(
    Listening<ServiceStoppingNotification>);
template void ClientProtocol::listen<PerformanceNotification>(Listening<PerformanceNotification>);

}  // namespace service::client
