// SPDX-License-Identifier: GPL-3.0-or-later
#include "key_value_exchange.h"

#include <utility>

#include "key_value_records.h"

namespace devices::synthetic {

namespace {

constexpr ic::Version kVersions[] = {{4, 0}, {3, 0}, {1, 0}};

/// The driver itself gives its daemon 30 s, and says so then.
constexpr std::chrono::seconds kAnswerLimit{35};
/// How old what the guest tells of itself may be.
constexpr std::chrono::seconds kRefreshInterval{20};
constexpr std::size_t kMostWanted = 64;

template <class Body>
std::vector<std::byte> bytesOf(const Body& body) {
    const auto bytes = std::as_bytes(std::span(&body, 1));
    return {bytes.begin(), bytes.end()};
}

ic::KeyValueHeader header(ic::KeyValueOperation operation, KeyValueExchange::Pool pool) {
    return {std::to_underlying(operation), std::to_underlying(pool), 0};
}

hypervisor::Result<void> agreed(bool ok, std::uint32_t status, const char* what) {
    if (ok)
        return {};
    return hypervisor::failure(std::string(what) + ": " + integrationStatusText(status) + ".");
}

}  // namespace

KeyValueExchange::KeyValueExchange(DeviceThread& thread, std::function<void(const Items&)> changed)
    : IntegrationComponent(thread, {ic::MessageType::KeyValueExchange, kIcFrameworks, kVersions}),
      changed_(std::move(changed)),
      refresh_(timer([this] { refresh(); })) {}

KeyValueExchange::~KeyValueExchange() {
    stop();
}

vmbus::Offer KeyValueExchange::offer() {
    using vmbus::operator""_guid;
    return integrationOffer("a9a0f4e7-5a45-4d96-b827-8a841e8c03e6"_guid,
                            "242ff919-07db-4180-9c2e-b86cb68c8c55"_guid, "Key-Value Pair Exchange");
}

KeyValueExchange::Items KeyValueExchange::guestItems() const {
    const std::scoped_lock lock(mutex_);
    return items_;
}

void KeyValueExchange::set(std::string key, std::string value, Done done) {
    post([this, itsKey = std::move(key), itsValue = std::move(value),
          whenDone = std::move(done)]() mutable {
        const auto record = writeRecord(itsKey, itsValue);
        if (!record)
            return whenDone(std::unexpected(record.error()));
        const ic::KeyValueAccess body{header(ic::KeyValueOperation::Set, Pool::External), *record};
        enqueue({bytesOf(body),
                 [last = std::move(whenDone)](const hypervisor::Result<Reply>& reply) mutable {
                     last(reply ? agreed(reply->status == ic::kOk, reply->status,
                                         "The guest has not kept the value")
                                : std::unexpected(reply.error()));
                 }});
    });
}

void KeyValueExchange::remove(std::string key, Done done) {
    post([this, itsKey = std::move(key), whenDone = std::move(done)]() mutable {
        auto body = writeDelete(itsKey);
        if (!body)
            return whenDone(std::unexpected(body.error()));
        body->header = header(ic::KeyValueOperation::Delete, Pool::External);
        enqueue({bytesOf(*body),
                 [last = std::move(whenDone)](const hypervisor::Result<Reply>& reply) mutable {
                     last(reply ? agreed(reply->status == ic::kOk, reply->status,
                                         "The guest has not removed the value")
                                : std::unexpected(reply.error()));
                 }});
    });
}

void KeyValueExchange::get(Pool pool, std::string key, DoneValue done) {
    post([this, pool, itsKey = std::move(key), whenDone = std::move(done)]() mutable {
        const auto record = writeRecord(itsKey, "");
        if (!record)
            return whenDone(std::unexpected(record.error()));
        const ic::KeyValueAccess body{header(ic::KeyValueOperation::Get, pool), *record};
        enqueue({bytesOf(body), [this, last = std::move(whenDone)](
                                    const hypervisor::Result<Reply>& reply) mutable {
                     if (!reply)
                         return last(std::unexpected(reply.error()));
                     if (const auto ok = agreed(reply->status == ic::kOk, reply->status,
                                                "The guest has not told the value");
                         !ok)
                         return last(std::unexpected(ok.error()));
                     const auto answer = bodyOf<ic::KeyValueAccess>(*reply);
                     const auto read = answer ? readRecord(answer->record) : std::nullopt;
                     if (!read) {
                         fail("A value from the guest is longer than it can be");
                         return last(hypervisor::failure("The guest's answer is broken."));
                     }
                     last(read->value);
                 }});
    });
}

void KeyValueExchange::addresses(std::string adapter, Family family, DoneAddresses done) {
    post([this, itsAdapter = std::move(adapter), family, whenDone = std::move(done)]() mutable {
        Addresses wanted;
        wanted.adapter = std::move(itsAdapter);
        wanted.family = family;
        auto body = writeAddresses(wanted);
        if (!body)
            return whenDone(std::unexpected(body.error()));
        body->operation = std::to_underlying(ic::KeyValueOperation::GetAddresses);
        enqueue({bytesOf(*body), [this, last = std::move(whenDone)](
                                     const hypervisor::Result<Reply>& reply) mutable {
                     if (!reply)
                         return last(std::unexpected(reply.error()));
                     if (const auto ok = agreed(reply->status == ic::kOk, reply->status,
                                                "The guest has not told the adapter's addresses");
                         !ok)
                         return last(std::unexpected(ok.error()));
                     const auto answer = bodyOf<ic::KeyValueAddresses>(*reply);
                     if (!answer)
                         return last(hypervisor::failure("The guest's answer is broken."));
                     last(readAddresses(*answer));
                 }});
    });
}

void KeyValueExchange::setAddresses(Addresses addresses, Done done) {
    post([this, given = std::move(addresses), whenDone = std::move(done)]() mutable {
        auto body = writeAddresses(given);
        if (!body)
            return whenDone(std::unexpected(body.error()));
        body->operation = std::to_underlying(ic::KeyValueOperation::SetAddresses);
        enqueue({bytesOf(*body),
                 [last = std::move(whenDone)](const hypervisor::Result<Reply>& reply) mutable {
                     last(reply ? agreed(reply->status == ic::kOk, reply->status,
                                         "The guest has not taken the addresses")
                                : std::unexpected(reply.error()));
                 }});
    });
}

void KeyValueExchange::enqueue(Operation operation) {
    if (wanted_.size() >= kMostWanted)
        return operation.done(hypervisor::failure(
            "Too much is waiting for the guest's answers already. Try again later."));
    wanted_.push_back(std::move(operation));
    next();
}

void KeyValueExchange::onReady() {
    refresh();
}

void KeyValueExchange::onEnded() {
    refresh_.cancel();
    enumerating_ = false;
    found_.clear();
    next();
    publish();
}

void KeyValueExchange::refresh() {
    refresh_.startIn(kRefreshInterval);
    if (enumerating_)
        return;
    enumerating_ = true;
    index_ = 0;
    found_.clear();
    next();
}

void KeyValueExchange::next() {
    // While versions are chosen the guest can't be asked, maybe for long: that is an error at once.
    while (!wanted_.empty() && (!isBusy() || state() != State::Ready)) {
        Operation operation = std::move(wanted_.front());
        wanted_.pop_front();
        // Kept apart from the answer, which is dropped when the guest can't be asked.
        const auto done = std::make_shared<Answer>(std::move(operation.done));
        const auto asked = request(operation.body, kAnswerLimit,
                                   [this, done](const hypervisor::Result<Reply>& reply) {
                                       (*done)(reply);
                                       next();
                                   });
        if (!asked)
            (*done)(std::unexpected(asked.error()));
    }
    if (!enumerating_ || isBusy())
        return;
    const ic::KeyValueEnumerate body{
        header(ic::KeyValueOperation::Enumerate, Pool::Auto), index_, {}};
    const auto asked = request(body, kAnswerLimit, [this](const hypervisor::Result<Reply>& reply) {
        enumerated(reply);
        next();
    });
    if (!asked)
        enumerating_ = false;
}

void KeyValueExchange::enumerated(const hypervisor::Result<Reply>& reply) {
    if (!reply || (reply->status != ic::kOk && reply->status != ic::kNoMoreItems)) {
        // The daemon may just be starting, or not answer; the next round will tell.
        enumerating_ = false;
        return;
    }
    if (reply->status == ic::kOk) {
        const auto answer = bodyOf<ic::KeyValueEnumerate>(*reply);
        const auto read = answer ? readRecord(answer->record) : std::nullopt;
        if (!read) {
            enumerating_ = false;
            return fail("A value from the guest is longer than it can be");
        }
        if (!read->key.empty())
            found_.insert_or_assign(read->key, read->value);
        if (++index_ < kMostItems)
            return;
    }
    enumerating_ = false;
    publish();
}

void KeyValueExchange::publish() {
    {
        const std::scoped_lock lock(mutex_);
        if (items_ == found_)
            return;
        items_ = std::exchange(found_, {});
    }
    if (changed_)
        changed_(guestItems());
}

}  // namespace devices::synthetic
