// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <QTemporaryDir>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hypervisor/file_descriptor.h"
#include "service/ipc/json_rpc.h"
#include "service/ipc/machine_settings.h"
#include "service/ipc/value_codec.h"

namespace tests {

/// A connection to a service, line by line.
class RpcClient {
  public:
    [[nodiscard]] static std::optional<RpcClient> connect(const std::string& path);

    [[nodiscard]] bool sendLine(const std::string& line);
    [[nodiscard]] bool sendBytes(const std::string& bytes);
    /// Nothing at the end of the connection, or after half a minute.
    [[nodiscard]] std::optional<std::string> receiveLine();
    /// The connection has ended, within `patience`; what comes before is dropped.
    [[nodiscard]] bool waitForEnd(std::chrono::milliseconds patience);

    /// A request and its reply; notifications in between are kept. An error of the code
    /// InternalError with the text "no reply" when the connection ends first.
    [[nodiscard]] service::RpcResult<boost::json::value> call(std::string_view method,
                                                              boost::json::value params);
    template <class Method>
    [[nodiscard]] service::RpcResult<typename Method::Reply> call(
        const typename Method::Params& params) {
        auto reply = call(Method::kName, service::encodeValue(params));
        if (!reply)
            return std::unexpected(reply.error());
        return service::decodeValue<typename Method::Reply>(*reply, service::UnknownFields::Refuse);
    }
    /// The next notification with this name, kept or to come.
    [[nodiscard]] std::optional<boost::json::object> waitForNotification(std::string_view name);

    [[nodiscard]] int descriptor() const { return socket_.get(); }

  private:
    explicit RpcClient(hypervisor::FileDescriptor socket) : socket_(std::move(socket)) {}

    hypervisor::FileDescriptor socket_;
    std::string received_;
    std::int64_t last_ = 0;
    std::deque<service::RpcNotification> notifications_;
};

/// `vireod --session` with folders of its own. Its machines are turned off and its workers killed
/// with this object.
class SessionService {
  public:
    SessionService();
    ~SessionService();
    SessionService(const SessionService&) = delete;
    SessionService& operator=(const SessionService&) = delete;

    /// Until it answers; false if it ends instead.
    [[nodiscard]] bool start(std::vector<std::string> arguments = {});
    void kill();
    /// SIGTERM; the exit status.
    [[nodiscard]] int stop();
    [[nodiscard]] bool runs();
    [[nodiscard]] pid_t process() const { return process_; }
    /// What it printed.
    [[nodiscard]] std::string output() const;

    [[nodiscard]] RpcClient client() const;

    [[nodiscard]] std::string runtime() const;
    [[nodiscard]] std::string data() const;
    [[nodiscard]] std::string machines() const { return data() + "/machines"; }
    [[nodiscard]] std::string socket() const { return runtime() + "/vireod.sock"; }
    [[nodiscard]] std::string folder() const { return folder_.path().toStdString(); }

  private:
    QTemporaryDir folder_;
    pid_t process_ = -1;
};

/// Asks again until it holds; false after `patience`.
[[nodiscard]] bool eventually(const std::function<bool()>& condition,
                              std::chrono::milliseconds patience = std::chrono::seconds(60));

/// Resident memory of a process, 0 when there is none.
[[nodiscard]] long residentKibibytes(pid_t process);

/// A machine of 8 MiB with the test's guest.
[[nodiscard]] service::MachineSettings tinyMachine(const std::string& name,
                                                   const std::string& kernel);

}  // namespace tests
