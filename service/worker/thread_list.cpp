// SPDX-License-Identifier: GPL-3.0-or-later
#include "thread_list.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace service {

using hypervisor::Result;

Result<ThreadList> ThreadList::create() {
    hypervisor::FileDescriptor folder(
        ::open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder)
        return hypervisor::systemFailure("the worker can't list its threads in /proc/self/task",
                                         errno);
    return ThreadList(std::move(folder));
}

std::vector<std::uint32_t> ThreadList::read() const {
    std::vector<std::uint32_t> threads;
    ::lseek(folder_.get(), 0, SEEK_SET);
    alignas(dirent64) std::array<char, 4096> entries{};
    for (;;) {
        const ssize_t size = ::getdents64(folder_.get(), entries.data(), entries.size());
        if (size <= 0)
            return threads;
        for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
            const auto* const entry = reinterpret_cast<const dirent64*>(entries.data() + at);
            std::uint32_t thread = 0;
            const char* const end = entry->d_name + std::strlen(entry->d_name);
            // "." and ".." are no numbers.
            if (std::from_chars(entry->d_name, end, thread).ec == std::errc{})
                threads.push_back(thread);
            at += entry->d_reclen;
        }
    }
}

}  // namespace service
