// SPDX-License-Identifier: GPL-3.0-or-later
#include "system_service.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "own_network.h"
#include "session_service.h"

namespace tests {

bool enterOwnSystem() {
    return ::geteuid() == 0 && enterOwnNetwork() && ::unshare(CLONE_NEWNS) == 0 &&
           ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("vireo-test", "/run", "tmpfs", 0, "mode=755") == 0 &&
           ::mount("vireo-test", "/var/lib", "tmpfs", 0, "mode=755") == 0;
}

SystemService::~SystemService() {
    if (runs())
        static_cast<void>(stop());
}

bool SystemService::start() {
    process_ = ::fork();
    if (process_ == 0) {
        const int log = ::open((folder_.path().toStdString() + "/output").c_str(),
                               O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(log, STDERR_FILENO);
        ::execl(VIREOD, "vireod", nullptr);
        ::_exit(127);
    }
    return process_ > 0 && eventually([] { return RpcClient::connect(kSocket).has_value(); });
}

bool SystemService::stop() {
    int status = 0;
    ::kill(process_, SIGTERM);
    const bool ended = ::waitpid(process_, &status, 0) == process_ && status == 0;
    process_ = -1;
    return ended;
}

std::string SystemService::output() const {
    std::ifstream file(folder_.path().toStdString() + "/output");
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace tests
