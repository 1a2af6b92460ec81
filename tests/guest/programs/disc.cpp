// SPDX-License-Identifier: GPL-3.0-or-later
//
// disc VERBS DEVICE: has a DVD drive do what the verbs say, of eject, load, prevent and allow, with
// commas between, by its own commands; says "done" for each, or the sense that came instead. The
// drive is open meanwhile: the kernel allows what was prevented when nobody has it open any more.
// disc watch DEVICE SECONDS: reads the disc again and again while others change it, and says how
// often it was read to its end, how many reads failed, how many different discs were seen, and how
// often two were seen between one opening and the next failure. The first byte of
// each block is the disc's number.
#include <fcntl.h>
#include <scsi/sg.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>

namespace {

constexpr std::size_t kBlock = 2048;

struct Verb {
    const char* name;
    std::uint8_t operation;
    std::uint8_t what;
};
constexpr std::array kVerbs{Verb{"eject", 0x1B, 0x02}, Verb{"load", 0x1B, 0x03},
                            Verb{"prevent", 0x1E, 1}, Verb{"allow", 0x1E, 0}};

bool command(int drive, const Verb& verb) {
    std::array<std::uint8_t, 6> block{verb.operation, 0, 0, 0, verb.what, 0};
    std::array<std::uint8_t, 32> sense{};
    sg_io_hdr_t request{};
    request.interface_id = 'S';
    request.dxfer_direction = SG_DXFER_NONE;
    request.cmd_len = block.size();
    request.cmdp = block.data();
    request.mx_sb_len = sense.size();
    request.sbp = sense.data();
    request.timeout = 30'000;
    if (::ioctl(drive, SG_IO, &request) != 0)
        return false;
    if (request.status == 0 && request.host_status == 0 && request.driver_status == 0)
        std::printf("done ");
    else
        std::printf("%x/%02x/%02x ", sense[2] & 0xF, sense[12], sense[13]);
    return true;
}

int carryOut(std::string verbs, const char* device) {
    const int drive = ::open(device, O_RDONLY | O_NONBLOCK);
    for (verbs += ','; !verbs.empty();) {
        const std::size_t comma = verbs.find(',');
        const std::string name = verbs.substr(0, comma);
        verbs.erase(0, comma + 1);
        const auto* const verb = std::ranges::find(kVerbs, name, &Verb::name);
        if (verb == kVerbs.end() || !command(drive, *verb)) {
            std::perror(name.c_str());
            return 1;
        }
    }
    std::printf("\n");
    return 0;
}

struct Watched {
    unsigned passes = 0;
    unsigned failures = 0;
    unsigned mixed = 0;
    std::set<char> discs;
};

/// From the opening to the end of the disc or the first failure.
void readOnce(const char* device, Watched& watched) {
    static std::array<char, 16 * kBlock> piece;
    const int drive = ::open(device, O_RDONLY);
    if (drive < 0) {
        ++watched.failures;
        ::usleep(10'000);
        return;
    }
    // What the system remembers of a disc is not what the drive says.
    ::posix_fadvise(drive, 0, 0, POSIX_FADV_DONTNEED);
    std::set<char> discs;
    ssize_t bytes = 0;
    while ((bytes = ::read(drive, piece.data(), piece.size())) > 0)
        for (std::size_t block = 0; block + kBlock <= static_cast<std::size_t>(bytes);
             block += kBlock)
            discs.insert(piece[block]);
    ++(bytes == 0 ? watched.passes : watched.failures);
    watched.mixed += discs.size() > 1;
    watched.discs.merge(discs);
    ::close(drive);
}

int watch(const char* device, int seconds) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::seconds(seconds);
    Watched watched;
    while (Clock::now() < end)
        readOnce(device, watched);
    std::printf("passes %u failures %u discs %zu mixed %u\n", watched.passes, watched.failures,
                watched.discs.size(), watched.mixed);
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    if (count == 4 && arguments[1] == std::string("watch"))
        return watch(arguments[2], std::atoi(arguments[3]));
    return count == 3 ? carryOut(arguments[1], arguments[2]) : 2;
}
