// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDir>
#include <QFile>
#include <QTest>
#include <optional>
#include <string>

#include "service/ipc/methods.h"
#include "session_service.h"

namespace tests {

/// For QVERIFY2: what went wrong.
template <class Reply>
std::string why(const service::RpcResult<Reply>& reply) {
    return reply ? std::string()
                 : service::nameOf(reply.error().code) + ": " + service::describe(reply.error());
}

template <class Reply>
service::ErrorCode codeOf(const service::RpcResult<Reply>& reply) {
    return reply ? service::ErrorCode{} : reply.error().code;
}
template <class Reply>
std::string fieldOf(const service::RpcResult<Reply>& reply) {
    return reply ? std::string() : reply.error().data.field;
}

/// A service with machines that go to folders and come from them.
class ExchangeSession {
  public:
    ExchangeSession() {
        if (!service_.start())
            qFatal("%s", service_.output().c_str());
        client_ = service_.client();
    }

    [[nodiscard]] SessionService& service() { return service_; }
    [[nodiscard]] RpcClient& client() { return *client_; }
    void restart() {
        if (!service_.start())
            qFatal("%s", service_.output().c_str());
        client_ = service_.client();
    }

    [[nodiscard]] std::string path(const std::string& name) const {
        return service_.folder() + '/' + name;
    }
    /// A folder of its own, made.
    [[nodiscard]] std::string folder(const std::string& name) const {
        QDir().mkpath(QString::fromStdString(path(name)));
        return path(name);
    }
    /// Names in a folder, hidden ones too.
    [[nodiscard]] static QStringList entries(const std::string& folder) {
        return QDir(QString::fromStdString(folder))
            .entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot,
                       QDir::Name);
    }
    static void write(const std::string& path, const QByteArray& content) {
        QFile file(QString::fromStdString(path));
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("can't write %s", path.c_str());
    }

    service::MachineSettings create(service::MachineSettings settings) {
        const auto made =
            client_->call<service::MachineCreateMethod>({std::move(settings), std::nullopt});
        if (!made)
            qFatal("%s", why(made).c_str());
        return made->machine.settings;
    }
    [[nodiscard]] std::optional<service::MachineSettings> settingsOf(const std::string& machine) {
        const auto reply = client_->call<service::MachineGetMethod>({machine});
        return reply ? std::optional(reply->machine.settings) : std::nullopt;
    }
    void remove(const std::string& machine) {
        const auto removed = client_->call<service::MachineDeleteMethod>({machine, std::nullopt});
        if (!removed)
            qFatal("%s", why(removed).c_str());
    }

    /// The job when it has ended.
    [[nodiscard]] service::Job ended(std::uint64_t id) {
        service::Job job;
        const bool over = eventually([&] {
            const auto reply = client_->call<service::JobGetMethod>({id});
            if (reply)
                job = reply->job;
            return reply && job.state != service::JobState::Running;
        });
        if (!over)
            qFatal("the job does not end");
        return job;
    }
    /// Begins it and waits; a request that is refused is a failed job here.
    template <class Method>
    [[nodiscard]] service::Job carriedOut(const typename Method::Params& params) {
        const auto begun = client_->call<Method>(params);
        if (begun)
            return ended(begun->job.id);
        service::Job job;
        job.state = service::JobState::Failed;
        job.error = why(begun);
        return job;
    }

  private:
    SessionService service_;
    std::optional<RpcClient> client_;
};

}  // namespace tests

#define QVERIFY_REPLY(reply) QVERIFY2(reply, tests::why(reply).c_str())
#define QVERIFY_JOB(job) QVERIFY2((job).state == service::JobState::Succeeded, (job).error.c_str())
