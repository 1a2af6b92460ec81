// SPDX-License-Identifier: GPL-3.0-or-later
#include "performance_monitor.h"

#include <atomic>
#include <boost/asio/post.hpp>
#include <set>
#include <utility>

#include "figures_subscriber.h"
#include "history_store.h"
#include "published_figures.h"
#include "sampling_loop.h"

namespace service {

using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

// Queries on their way, all clients' together.
constexpr int kMostQueries = 64;

/// Tells the loop of a subscription's end, wherever that happens.
class Subscribed : public PerformanceMonitor::Subscription {
  public:
    Subscribed(std::shared_ptr<FiguresSubscriber> subscriber, std::weak_ptr<SamplingLoop> loop)
        : subscriber_(std::move(subscriber)), loop_(std::move(loop)) {}
    ~Subscribed() override {
        subscriber_->end();
        if (const auto loop = loop_.lock())
            loop->post(
                [subscriber = subscriber_](SamplingLoop& of) { of.removeSubscriber(subscriber); });
    }
    Subscribed(const Subscribed&) = delete;
    Subscribed& operator=(const Subscribed&) = delete;

  private:
    const std::shared_ptr<FiguresSubscriber> subscriber_;
    const std::weak_ptr<SamplingLoop> loop_;
};

class SamplingMonitor : public PerformanceMonitor {
  public:
    SamplingMonitor(boost::asio::any_io_executor executor, DatabaseThread& database)
        : executor_(std::move(executor)),
          history_(std::make_shared<HistoryStore>(database)),
          loop_(std::make_shared<SamplingLoop>(*history_, published_)) {}

    Result<void> add(const std::string& id, const std::string& name,
                     const FileDescriptor& statsPages, pid_t worker) override {
        auto view = hypervisor::StatsView::open(statsPages);
        if (!view)
            return std::unexpected(view.error());
        // A command must be copyable.
        auto shared = std::make_shared<std::unique_ptr<hypervisor::StatsView>>(std::move(*view));
        loop_->post([id, name, shared, worker](SamplingLoop& loop) {
            loop.addMachine(id, name, std::move(*shared), worker);
        });
        return {};
    }
    void rename(const std::string& id, const std::string& name) override {
        loop_->post([id, name](SamplingLoop& loop) { loop.renameMachine(id, name); });
    }
    void remove(const std::string& id) override {
        loop_->post([id](SamplingLoop& loop) { loop.removeMachine(id); });
    }
    void forget(const std::string& id) override {
        // Behind what the loop writes of it.
        loop_->post([id, history = history_](SamplingLoop& loop) {
            loop.removeMachine(id);
            history->forget(id);
        });
    }

    FiguresPointer latest(const std::string& id) const override { return published_.find(id); }
    std::vector<FiguresPointer> latest() const override { return published_.figures(); }
    std::vector<Counted> counted() const override { return published_.counted(); }

    std::unique_ptr<Subscription> subscribe(
        std::vector<std::string> ids, Pace pace,
        std::function<void(std::vector<FiguresPointer> figures)> onFigures) override {
        std::set<std::string> some(std::make_move_iterator(ids.begin()),
                                   std::make_move_iterator(ids.end()));
        if (some.empty() || some.size() > kMostFast)
            pace = Pace::EverySecond;
        auto subscriber = std::make_shared<FiguresSubscriber>(executor_, std::move(some), pace,
                                                              std::move(onFigures));
        loop_->post([subscriber](SamplingLoop& loop) { loop.addSubscriber(subscriber); });
        return std::make_unique<Subscribed>(std::move(subscriber), loop_);
    }

    void query(HistoryQuery query, HistoryCallback callback) override {
        auto done = [executor = executor_, waiting = waiting_,
                     callback = std::move(callback)](Result<HistoryAnswer> answer) {
            --*waiting;
            boost::asio::post(executor, [callback, answer = std::move(answer)]() mutable {
                callback(std::move(answer));
            });
        };
        if (++*waiting_ > kMostQueries) {
            done(hypervisor::failure("too many queries for history are waiting; ask again later"));
            return;
        }
        loop_->post([query = std::move(query), history = history_,
                     done = std::move(done)](SamplingLoop& loop) {
            const auto now =
                std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
            history->query(query, loop.unfinished(query.machine), now, done);
        });
    }

    void flush() override {
        loop_->post([](SamplingLoop& loop) { loop.flush(); });
    }

  private:
    const boost::asio::any_io_executor executor_;
    const std::shared_ptr<std::atomic<int>> waiting_ = std::make_shared<std::atomic<int>>(0);
    const std::shared_ptr<HistoryStore> history_;
    PublishedFigures published_;
    // Last, so that its thread ends first.
    const std::shared_ptr<SamplingLoop> loop_;
};

}  // namespace

std::string PerformanceMonitor::schema() {
    return HistoryStore::schema();
}

std::unique_ptr<PerformanceMonitor> PerformanceMonitor::create(
    boost::asio::any_io_executor executor, DatabaseThread& database) {
    return std::make_unique<SamplingMonitor>(std::move(executor), database);
}

}  // namespace service
