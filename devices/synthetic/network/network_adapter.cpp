// SPDX-License-Identifier: GPL-3.0-or-later
#include "network_adapter.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace devices::synthetic {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;

Result<std::unique_ptr<NetworkAdapter>> NetworkAdapter::create(const NetworkSettings& settings) {
    if (settings.queues < 1 || settings.queues > kMostNetworkQueues || settings.mtu < 576 ||
        settings.mtu > kMostMtu)
        return failure("a network adapter can't have " + std::to_string(settings.queues) +
                       " queues or an MTU of " + std::to_string(settings.mtu));
    FileDescriptor wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!wake)
        return hypervisor::systemFailure("can't make a network adapter's wake-up", errno);
    std::unique_ptr<NetworkAdapter> adapter(new NetworkAdapter(settings, std::move(wake)));
    adapter->thread_ = std::thread([&self = *adapter] { self.serve(); });
    return adapter;
}

NetworkAdapter::NetworkAdapter(const NetworkSettings& settings, FileDescriptor wake)
    : engine_(settings), wake_(std::move(wake)) {
    for (unsigned i = 0; i < settings.queues; ++i)
        mailboxes_.push_back(std::make_unique<ChannelMailbox>(
            [this] { this->wake(); },
            [this, i](unsigned index) -> vmbus::ChannelDevice* {
                return i == 0 && index > 0 && index < mailboxes_.size() ? mailboxes_[index].get()
                                                                        : nullptr;
            }));
}

NetworkAdapter::~NetworkAdapter() {
    stopping_ = true;
    wake();
    thread_.join();
}

void NetworkAdapter::plug(std::unique_ptr<network::SwitchPort> port) {
    // The port that nobody has seen goes without the lock.
    std::optional<std::unique_ptr<network::SwitchPort>> before(std::move(port));
    {
        const std::lock_guard lock(mutex_);
        std::swap(newPort_, before);
    }
    wake();
}

void NetworkAdapter::wake() {
    if (woken_.exchange(true))
        return;
    const std::uint64_t one = 1;
    // Fails only when it is readable anyway.
    static_cast<void>(::write(wake_.get(), &one, sizeof one) == sizeof one);
}

void NetworkAdapter::serve() {
    while (!stopping_) {
        fetchNews();
        engine_.startWork();
        while (engine_.work() && !woken_) {
        }
        if (engine_.stopWork() && !woken_)
            wait();
        if (woken_) {
            std::uint64_t count = 0;
            static_cast<void>(::read(wake_.get(), &count, sizeof count) == sizeof count);
            // Whoever wakes from here on writes again, and what was told before is seen below.
            woken_ = false;
        }
    }
    for (unsigned i = 0; i < mailboxes_.size(); ++i)
        engine_.close(i);
}

void NetworkAdapter::wait() {
    std::array<pollfd, 2> polled{{{wake_.get(), POLLIN, 0}, {engine_.pollDescriptor(), POLLIN, 0}}};
    // Descriptor -1 is left out.
    ::poll(polled.data(), polled.size(), -1);
}

void NetworkAdapter::fetchNews() {
    for (unsigned i = 0; i < mailboxes_.size(); ++i) {
        ChannelMailbox::News news = mailboxes_[i]->fetch();
        if (news.closed)
            engine_.close(i);
        if (news.opened)
            engine_.open(i, std::move(news.opened));
    }
    std::optional<std::unique_ptr<network::SwitchPort>> port;
    {
        const std::lock_guard lock(mutex_);
        port = std::exchange(newPort_, std::nullopt);
    }
    if (port)
        engine_.setPort(std::move(*port));
}

}  // namespace devices::synthetic
