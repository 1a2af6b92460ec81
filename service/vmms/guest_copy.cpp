// SPDX-License-Identifier: GPL-3.0-or-later
#include "guest_copy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace service {

using hypervisor::failure;
using hypervisor::FileDescriptor;
using hypervisor::Result;

namespace {

constexpr std::chrono::milliseconds kLookInterval{100};
/// What a guest may take to say that it has cancelled.
constexpr std::chrono::seconds kCancelPatience{6};

/// What the event loop tells the job's thread.
class CopyWatch {
  public:
    void progress(std::uint32_t thousandths) {
        const std::scoped_lock lock(mutex_);
        thousandths_ = thousandths;
    }
    void end(Result<void> result) {
        const std::scoped_lock lock(mutex_);
        result_ = std::move(result);
        ended_.notify_all();
    }
    /// Nothing before the end, after a moment.
    [[nodiscard]] std::optional<Result<void>> wait() {
        std::unique_lock lock(mutex_);
        ended_.wait_for(lock, kLookInterval, [this] { return result_.has_value(); });
        return result_;
    }
    [[nodiscard]] std::uint32_t thousandths() {
        const std::scoped_lock lock(mutex_);
        return thousandths_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable ended_;
    // Guarded by mutex_.
    std::optional<Result<void>> result_;
    std::uint32_t thousandths_ = 0;
};

struct CopiedFile {
    FileDescriptor descriptor;
    std::uint64_t size = 0;
};

Result<CopiedFile> openCopied(const std::string& path) {
    // A pipe or a terminal must not hold this thread.
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file)
        return hypervisor::systemFailure(fmt::format("can't open '{}'", path), errno);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        return hypervisor::systemFailure(fmt::format("can't examine '{}'", path), errno);
    if (!S_ISREG(status.st_mode))
        return failure(fmt::format("'{}' is no plain file, and only those can be copied", path));
    return CopiedFile{std::move(file), static_cast<std::uint64_t>(status.st_size)};
}

bool isSeparator(char one) {
    return one == '/' || one == '\\';
}

}  // namespace

GuestCopy::GuestCopy(std::string source, WorkerFileCopy copy,
                     const std::shared_ptr<Machine>& machine, boost::asio::any_io_executor executor)
    : source_(std::move(source)),
      copy_(std::move(copy)),
      machine_(machine),
      machineName_(machine->name()),
      executor_(std::move(executor)) {}

RpcResult<GuestCopy> GuestCopy::create(const MachineCopyFileParams& params,
                                       const std::shared_ptr<Machine>& machine,
                                       boost::asio::any_io_executor executor) {
    const auto isPath = [](const std::string& path) {
        return !path.empty() && path.find('\0') == std::string::npos;
    };
    if (!isPath(params.source) || params.source.front() != '/')
        return rpcFailure(ErrorCode::InvalidParams, "'source' is no absolute path", {}, "source",
                          "an absolute path of the host's");
    if (auto legal = machine->checkLegal(MachineAction::CopyFile); !legal)
        return std::unexpected(legal.error());
    if (!machine->settings().integrationServices.guestServices)
        return rpcFailure(ErrorCode::WrongState,
                          fmt::format("the guest services of '{}' are turned off", machine->name()),
                          "turn them on among its integration services while it is off",
                          "integrationServices.guestServices");
    const std::string& to = params.destination;
    std::size_t nameStart = to.size();
    while (nameStart > 0 && !isSeparator(to[nameStart - 1]))
        --nameStart;
    if (!isPath(to) || nameStart == 0)
        return rpcFailure(ErrorCode::InvalidParams, "'destination' is no path in a folder", {},
                          "destination", "an absolute path of the guest's");
    WorkerFileCopy copy;
    // With its separator: Linux's daemon makes only folders that have one behind them.
    copy.folder = to.substr(0, nameStart);
    copy.name = nameStart < to.size() ? to.substr(nameStart)
                                      : params.source.substr(params.source.rfind('/') + 1);
    copy.overwrite = params.overwrite.value_or(false);
    copy.createFolder = params.createFolders.value_or(false);
    return GuestCopy(params.source, std::move(copy), machine, std::move(executor));
}

std::string GuestCopy::title() const {
    return fmt::format("Copying {} into {}", source_.substr(source_.rfind('/') + 1), machineName_);
}

Result<void> GuestCopy::run(devices::storage::Job& job) const {
    auto source = openCopied(source_);
    if (!source)
        return std::unexpected(source.error());
    WorkerFileCopy copy = copy_;
    copy.sizeBytes = source->size;
    const auto watch = std::make_shared<CopyWatch>();
    boost::asio::post(
        executor_, [machine = machine_, copy, watch,
                    file = std::make_shared<FileDescriptor>(std::move(source->descriptor))] {
            const auto there = machine.lock();
            if (!there)
                return watch->end(failure("the machine is not there any more"));
            there->copyFile(copy, *file,
                            {[watch](std::uint32_t thousandths) { watch->progress(thousandths); },
                             [watch](Result<void> result) { watch->end(std::move(result)); }});
        });
    std::optional<std::chrono::steady_clock::time_point> patience;
    for (;;) {
        if (auto result = watch->wait())
            return *result;
        job.report(watch->thousandths(), 1'000);
        if (!job.cancelled())
            continue;
        if (!patience) {
            patience = std::chrono::steady_clock::now() + kCancelPatience;
            boost::asio::post(executor_, [machine = machine_] {
                if (const auto there = machine.lock())
                    there->cancelCopy();
            });
        } else if (std::chrono::steady_clock::now() >= *patience) {
            return failure("it was cancelled, and the guest has not said that it has stopped");
        }
    }
}

}  // namespace service
