// SPDX-License-Identifier: GPL-3.0-or-later
#include "child_watch.h"

#include <fcntl.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <utility>

namespace service {

void watchChild(const boost::asio::any_io_executor& executor, LaunchedProgram program,
                std::function<void(const ProcessEnd& end)> ended) {
    using Descriptor = boost::asio::posix::stream_descriptor;
    // Closes what it is given, so that it gets a duplicate.
    const int handle = ::fcntl(program.handle.get(), F_DUPFD_CLOEXEC, 0);
    if (handle < 0)
        return;
    auto descriptor = std::make_shared<Descriptor>(executor, handle);
    descriptor->async_wait(Descriptor::wait_read,
                           [descriptor, process = program.process,
                            ended = std::move(ended)](const boost::system::error_code& error) {
                               if (error)
                                   return;
                               ended(takeEnd(process));
                           });
}

}  // namespace service
