// SPDX-License-Identifier: GPL-3.0-or-later
#include "performance_feed.h"

#include "service/ipc/subscriptions.h"

namespace gui {

using service::PerformanceNotification;
using service::RpcResult;
using service::SubscribeMethod;
using service::SubscribeParams;
using service::SubscriptionParams;
using service::UnsubscribeMethod;

namespace {

constexpr std::uint32_t kInterval = 1'000;
/// After a refusal: a machine that is wanted may have just been deleted.
constexpr int kRetry = 2'000;

}  // namespace

PerformanceFeed::PerformanceFeed(ServiceConnection& connection, QObject* parent)
    : QObject(parent), connection_(connection), history_(connection) {
    update_.setSingleShot(true);
    connect(&update_, &QTimer::timeout, this, &PerformanceFeed::update);
    connect(&connection, &ServiceConnection::stateChanged, this,
            &PerformanceFeed::connectionChanged);
    connect(&connection, &ServiceConnection::performanceArrived, this, &PerformanceFeed::take);
    connect(&connection, &ServiceConnection::machineRemoved, this, [this](const std::string& id) {
        for (auto& [view, machines] : wanted_)
            machines.erase(id);
        update_.start(0);
    });
}

void PerformanceFeed::setWanted(QObject* view, std::set<std::string> machines) {
    const auto found = wanted_.find(view);
    if (found == wanted_.end()) {
        if (machines.empty())
            return;
        wanted_.emplace(view, std::move(machines));
        connect(view, &QObject::destroyed, this, [this, view] {
            wanted_.erase(view);
            update_.start(0);
        });
    } else {
        if (found->second == machines)
            return;
        found->second = std::move(machines);
    }
    update_.start(0);
}

void PerformanceFeed::askHistory(const CounterKey& counter, TimeRange range, QObject* context,
                                 HistoryQueue::Handler handler) {
    history_.ask(counter, range, context, std::move(handler));
}

void PerformanceFeed::connectionChanged() {
    ++connectionNumber_;
    asking_ = false;
    subscription_.reset();
    current_.clear();
    history_.clear();
    if (connection_.state() != ServiceConnection::State::Connected)
        return;
    update_.start(0);
    emit restarted();
}

void PerformanceFeed::update() {
    if (connection_.state() != ServiceConnection::State::Connected || asking_)
        return;
    std::set<std::string> all;
    for (const auto& [view, machines] : wanted_)
        all.insert(machines.begin(), machines.end());
    if (all.empty()) {
        current_.clear();
        if (subscription_)
            unsubscribe(*subscription_);
        subscription_.reset();
        return;
    }
    if (all != current_)
        subscribe(std::move(all));
}

void PerformanceFeed::subscribe(std::set<std::string> machines) {
    current_ = std::move(machines);
    asking_ = true;
    SubscribeParams params;
    params.performance.emplace();
    params.performance->host = current_.contains(std::string());
    params.performance->machines.emplace();
    for (const std::string& id : current_)
        if (!id.empty())
            params.performance->machines->push_back(id);
    params.performance->intervalMilliseconds = kInterval;
    connection_.call<SubscribeMethod>(
        params, this,
        [this, number = connectionNumber_](const RpcResult<SubscriptionParams>& reply) {
            if (number != connectionNumber_)
                return;
            asking_ = false;
            if (!reply) {
                // What was in force still is.
                current_.clear();
                update_.start(kRetry);
                return;
            }
            // The new one first, so that no second is lost.
            if (subscription_)
                unsubscribe(*subscription_);
            subscription_ = reply->subscription;
            update_.start(0);
        });
}

void PerformanceFeed::unsubscribe(std::uint64_t subscription) {
    connection_.call<UnsubscribeMethod>({subscription}, this, [](const auto&) {});
}

void PerformanceFeed::take(const PerformanceNotification& notification) {
    if (notification.subscription != subscription_)
        return;
    for (const service::PerformanceSample& sample : notification.samples)
        emit sampleArrived(sample);
}

}  // namespace gui
