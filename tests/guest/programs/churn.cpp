// SPDX-License-Identifier: GPL-3.0-or-later
//
// churn DEVICE SECONDS THREADS: writes and reads pieces of random places and sizes of a disk by
// several threads at once, past the system's memory; each piece of 512 bytes says where it belongs
// and how often it was written, and what is read must be what was written last. Then all of the
// disk is read once more. Prints the operations, the bytes, and how many pieces were wrong.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kPiece = 512;
constexpr std::uint64_t kMostPieces = 600;

std::atomic<std::uint64_t> operations;
std::atomic<std::uint64_t> bytes;
std::atomic<std::uint64_t> wrong;

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

void fill(std::byte* piece, std::uint64_t place, std::uint64_t version) {
    std::uint64_t words[kPiece / 8];
    for (std::uint64_t i = 0; i < kPiece / 8; ++i)
        words[i] = (place * 0x9E37'79B9'7F4A'7C15 + version) ^ i << 48;
    std::memcpy(piece, words, sizeof words);
}

/// A stretch of the disk that one thread has to itself.
class Stretch {
  public:
    Stretch(int disk, std::uint64_t first, std::uint64_t pieces, unsigned seed)
        : disk_(disk), first_(first), versions_(pieces), random_(seed) {
        buffer_ = static_cast<std::byte*>(std::aligned_alloc(4096, kMostPieces * kPiece));
    }
    ~Stretch() { std::free(buffer_); }
    Stretch(const Stretch&) = delete;
    Stretch& operator=(const Stretch&) = delete;

    void churn(Clock::time_point end) {
        // What nobody has written can't be verified.
        for (std::uint64_t at = 0; at < versions_.size(); at += kMostPieces)
            write(at, std::min(kMostPieces, versions_.size() - at));
        while (Clock::now() < end) {
            const std::uint64_t count = 1 + random_() % kMostPieces;
            const std::uint64_t at = random_() % (versions_.size() - count);
            if (random_() % 2 == 0)
                write(at, count);
            else
                verify(at, count);
        }
        if (::fsync(disk_) != 0)
            fail("fsync");
        for (std::uint64_t at = 0; at < versions_.size(); at += kMostPieces)
            verify(at, std::min(kMostPieces, versions_.size() - at));
    }

  private:
    void write(std::uint64_t at, std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i)
            fill(buffer_ + i * kPiece, first_ + at + i, ++versions_[at + i]);
        moved(::pwrite(disk_, buffer_, count * kPiece, offset(at)), count, "write");
    }
    void verify(std::uint64_t at, std::uint64_t count) {
        moved(::pread(disk_, buffer_, count * kPiece, offset(at)), count, "read");
        std::byte expected[kPiece];
        for (std::uint64_t i = 0; i < count; ++i) {
            fill(expected, first_ + at + i, versions_[at + i]);
            wrong += std::memcmp(expected, buffer_ + i * kPiece, kPiece) != 0;
        }
    }
    [[nodiscard]] off_t offset(std::uint64_t at) const {
        return static_cast<off_t>((first_ + at) * kPiece);
    }
    static void moved(ssize_t done, std::uint64_t count, const char* what) {
        if (done != static_cast<ssize_t>(count * kPiece))
            fail(what);
        ++operations;
        bytes += count * kPiece;
    }

    const int disk_;
    const std::uint64_t first_;
    std::vector<std::uint64_t> versions_;
    std::minstd_rand random_;
    std::byte* buffer_;
};

}  // namespace

int main(int count, char** arguments) {
    if (count != 4)
        return 2;
    const int disk = ::open(arguments[1], O_RDWR | O_DIRECT);
    std::uint64_t size = 0;
    if (disk < 0 || ::ioctl(disk, BLKGETSIZE64, &size) != 0)
        fail(arguments[1]);
    const auto end = Clock::now() + std::chrono::seconds(std::atoi(arguments[2]));
    const auto threads = static_cast<unsigned>(std::atoi(arguments[3]));
    const std::uint64_t pieces = size / kPiece / threads;
    if (pieces <= kMostPieces)
        return 2;
    std::vector<std::thread> running;
    for (unsigned i = 0; i < threads; ++i)
        running.emplace_back([=] { Stretch(disk, i * pieces, pieces, i + 1).churn(end); });
    for (std::thread& thread : running)
        thread.join();
    std::printf("operations %llu bytes %llu wrong %llu\n",
                static_cast<unsigned long long>(operations), static_cast<unsigned long long>(bytes),
                static_cast<unsigned long long>(wrong));
    return wrong == 0 ? 0 : 1;
}
