// SPDX-License-Identifier: GPL-3.0-or-later
#include "thread_times.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>

namespace hypervisor {

namespace {

FileDescriptor openThreadFile(pid_t process, pid_t thread, std::string_view name) {
    std::array<char, 64> path{};
    fmt::format_to_n(path.data(), path.size() - 1, "/proc/{}/task/{}/{}", process, thread, name);
    return FileDescriptor(::open(path.data(), O_RDONLY | O_CLOEXEC));
}

}  // namespace

std::optional<ThreadTimes> parseThreadTimes(std::string_view line) {
    std::array<std::uint64_t, 3> numbers{};
    const char* at = line.data();
    const char* const end = at + line.size();
    for (std::uint64_t& number : numbers) {
        while (at != end && *at == ' ')
            ++at;
        const auto [next, error] = std::from_chars(at, end, number);
        if (error != std::errc{})
            return std::nullopt;
        at = next;
    }
    return ThreadTimes{numbers[0], numbers[1], numbers[2]};
}

std::optional<ThreadTimesFile> ThreadTimesFile::open(pid_t process, pid_t thread) {
    FileDescriptor file = openThreadFile(process, thread, "schedstat");
    if (!file)
        return std::nullopt;
    return ThreadTimesFile(std::move(file));
}

std::optional<ThreadTimes> ThreadTimesFile::read() const {
    std::array<char, 128> text{};
    const ssize_t count = ::pread(file_.get(), text.data(), text.size(), 0);
    if (count <= 0)
        return std::nullopt;
    return parseThreadTimes({text.data(), static_cast<std::size_t>(count)});
}

std::optional<ThreadTimes> readThreadTimes(pid_t process, pid_t thread) {
    const auto file = ThreadTimesFile::open(process, thread);
    return file ? file->read() : std::nullopt;
}

bool isRunnable(pid_t process, pid_t thread) {
    const FileDescriptor file = openThreadFile(process, thread, "stat");
    // "pid (name) state ...": the name may have any characters, and is short.
    std::array<char, 128> text{};
    const ssize_t count = file ? ::read(file.get(), text.data(), text.size()) : 0;
    const std::string_view line(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    const std::size_t name = line.rfind(") ");
    return name != line.npos && line.substr(name).starts_with(") R");
}

}  // namespace hypervisor
