// SPDX-License-Identifier: GPL-3.0-or-later
//
// Mappings and page faults: protections, copy on write, files, moves, and code that is written
// while it runs, by its own thread and by another.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "digest.h"

namespace {

constexpr std::size_t kPage = 4096;

unsigned char* map(std::size_t size, int protection, int flags = MAP_PRIVATE | MAP_ANONYMOUS) {
    void* mapped = ::mmap(nullptr, size, protection, flags, -1, 0);
    if (mapped == MAP_FAILED) {
        std::perror("mmap");
        std::exit(1);
    }
    return static_cast<unsigned char*>(mapped);
}

// A signal handler has nothing but globals to speak through.
sigjmp_buf faultReturn;
volatile std::uintptr_t faultAddress;
volatile int faultCode;
volatile unsigned long faultError;

void onFault(int, siginfo_t* information, void* context) {
    faultAddress = reinterpret_cast<std::uintptr_t>(information->si_addr);
    faultCode = information->si_code;
    faultError =
        static_cast<unsigned long>(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_ERR]);
    siglongjmp(faultReturn, 1);
}

/// "none", or where in the mapping, why, and the processor's error code.
template <class Access>
void fault(const char* what, const unsigned char* base, Access&& access) {
    if (sigsetjmp(faultReturn, 1) == 0) {
        access();
        std::printf("%s: none\n", what);
    } else {
        std::printf("%s: at %ld code %d error %lx\n", what,
                    static_cast<long>(faultAddress - reinterpret_cast<std::uintptr_t>(base)),
                    int{faultCode}, static_cast<unsigned long>(faultError));
    }
}

void write(unsigned char* at) {
    *static_cast<volatile unsigned char*>(at) = 1;
}
void read(const unsigned char* at) {
    (void)*static_cast<const volatile unsigned char*>(at);
}
void call(unsigned char* at) {
    reinterpret_cast<void (*)()>(at)();
}

void protections() {
    unsigned char* base = map(8 * kPage, PROT_READ | PROT_WRITE);
    base[0] = base[kPage] = base[2 * kPage] = 0xc3;
    ::mprotect(base + kPage, kPage, PROT_READ);
    ::mprotect(base + 2 * kPage, kPage, PROT_READ | PROT_EXEC);
    ::mprotect(base + 3 * kPage, kPage, PROT_NONE);
    ::munmap(base + 4 * kPage, kPage);
    ::munmap(base + 6 * kPage, kPage);
    fault("read and write", base, [&] { write(base), read(base); });
    fault("execute data", base, [&] { call(base); });
    fault("read only, read", base, [&] { read(base + kPage); });
    fault("read only, write", base, [&] { write(base + kPage + 5); });
    fault("code, call", base, [&] { call(base + 2 * kPage); });
    fault("code, write", base, [&] { write(base + 2 * kPage); });
    fault("none, read", base, [&] { read(base + 3 * kPage + 9); });
    fault("unmapped, write", base, [&] { write(base + 4 * kPage + 4095); });
    fault("across into unmapped", base, [&] {
        std::uint64_t value = 1;
        asm volatile("movq %1, (%0)" : : "r"(base + 6 * kPage - 3), "r"(value) : "memory");
    });
    fault("kernel's memory", nullptr,
          [&] { read(reinterpret_cast<unsigned char*>(std::uintptr_t{0xffffffff81000000})); });
    fault("not canonical", nullptr,
          [&] { read(reinterpret_cast<unsigned char*>(std::uintptr_t{0x8000000000000000})); });
    ::mprotect(base + kPage, kPage, PROT_READ | PROT_WRITE);
    fault("writable again", base, [&] { write(base + kPage); });
    // A repeated store that stops in the middle: what is before the page has been written.
    ::mprotect(base + kPage, kPage, PROT_NONE);
    fault("repeated store", base, [&] {
        unsigned char* at = base + 1;
        std::size_t count = 2 * kPage;
        asm volatile("rep stosb" : "+D"(at), "+c"(count) : "a"(3) : "memory");
    });
    std::printf("last byte before it %d\n", base[kPage - 1]);
}

void touches() {
    constexpr std::size_t kPages = 4096;
    unsigned char* base = map(kPages * kPage, PROT_READ | PROT_WRITE);
    Sequence sequence(8);
    std::uint64_t zeros = 0;
    for (std::size_t each = 0; each < kPages * 2; ++each) {
        const std::uint64_t draw = sequence.next();
        unsigned char& byte = base[draw % (kPages * kPage)];
        zeros += byte == 0;
        byte = static_cast<unsigned char>(draw >> 50);
    }
    ::madvise(base, kPages * kPage / 2, MADV_DONTNEED);
    Digest digest;
    digest.add(base, kPages * kPage);
    std::printf("touches %llu %016llx\n", static_cast<unsigned long long>(zeros), digest.value());
    void* moved = ::mremap(base, kPages * kPage, 2 * kPages * kPage, MREMAP_MAYMOVE);
    Digest again;
    again.add(moved, kPages * kPage);
    std::printf("moved %016llx\n", again.value());
    ::munmap(moved, 2 * kPages * kPage);
}

void copyOnWrite() {
    unsigned char* own = map(256 * kPage, PROT_READ | PROT_WRITE);
    unsigned char* shared = map(kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS);
    std::memset(own, 1, 256 * kPage);
    for (int generation = 0; generation < 4; ++generation) {
        const pid_t process = ::fork();
        if (process == 0) {
            for (std::size_t page = 0; page < 256; page += 2)
                own[page * kPage] = static_cast<unsigned char>(page + 1);
            Digest digest;
            digest.add(own, 256 * kPage);
            const auto value = digest.value();
            std::memcpy(shared + generation * 8, &value, sizeof value);
            ::_exit(0);
        }
        own[static_cast<std::size_t>(generation) * kPage] = 9;
        ::waitpid(process, nullptr, 0);
    }
    Digest digest;
    digest.add(own, 256 * kPage);
    std::printf("copy on write %016llx\n", digest.value());
}

void files() {
    char name[] = "memory.XXXXXX";
    const int file = ::mkstemp(name);
    ::unlink(name);
    if (file < 0 || ::ftruncate(file, 5 * kPage + 100) != 0)
        std::exit(1);
    auto* shared = static_cast<unsigned char*>(
        ::mmap(nullptr, 8 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
    auto* own = static_cast<unsigned char*>(
        ::mmap(nullptr, 8 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0));
    for (std::size_t each = 0; each < 5 * kPage; each += 3)
        shared[each] = static_cast<unsigned char>(each);
    own[7] = 200;
    unsigned char bytes[64];
    const ssize_t got = ::pread(file, bytes, sizeof bytes, 0);
    Digest digest;
    digest.add(own, 5 * kPage + 100);
    digest.add(bytes, static_cast<std::size_t>(got));
    std::printf("file %zd %016llx tail %d\n", got, digest.value(), shared[5 * kPage + 200]);
    fault("beyond the file", shared, [&] { read(shared + 6 * kPage + 1); });
    ::close(file);
}

/// mov $value, %eax; ret
void emit(unsigned char* at, std::uint32_t value) {
    at[0] = 0xb8;
    std::memcpy(at + 1, &value, sizeof value);
    at[5] = 0xc3;
}

using Function = std::uint32_t (*)();

void ownCode() {
    unsigned char* code = map(2 * kPage, PROT_READ | PROT_WRITE | PROT_EXEC);
    std::uint64_t sum = 0;
    for (std::uint32_t round = 0; round < 2000; ++round) {
        // Also across the page boundary, and over code that just ran.
        unsigned char* at = code + kPage - 8 + round % 8;
        emit(at, round * 3);
        sum += reinterpret_cast<Function>(at)();
    }
    // An instruction that writes the next one: movb $2, 1(%rip); movl $1, %eax; ret
    constexpr unsigned char kNext[] = {0xc6, 5, 1, 0, 0, 0, 2, 0xb8, 1, 0, 0, 0, 0xc3};
    std::memcpy(code, kNext, sizeof kNext);
    const std::uint32_t next = reinterpret_cast<Function>(code)();
    std::printf("own code %llu next %u\n", static_cast<unsigned long long>(sum), next);
}

/// One thread rewrites what another runs: by hand-over, then without any, where each call sees
/// one of the two versions and the last one in the end.
void othersCode() {
    unsigned char* code = map(kPage, PROT_READ | PROT_WRITE | PROT_EXEC);
    std::atomic<std::uint32_t> turn{0};
    std::atomic<int> wrong{0};
    constexpr std::uint32_t kRounds = 1000;
    emit(code, 0);
    {
        std::jthread runner([&] {
            for (std::uint32_t round = 1; round < 2 * kRounds; round += 2) {
                while (turn.load() != round)
                    std::this_thread::yield();
                if (reinterpret_cast<Function>(code)() != round)
                    ++wrong;
                turn.store(round + 1);
            }
        });
        for (std::uint32_t round = 0; round < 2 * kRounds; round += 2) {
            while (turn.load() != round)
                std::this_thread::yield();
            emit(code, round + 1);
            turn.store(round + 1);
        }
    }
    std::printf("others' code, handed over: %d wrong\n", wrong.load());

    // The byte that changes is one, so that no processor can see half of it.
    emit(code, 0);
    std::atomic<bool> done{false};
    std::uint32_t last = 0;
    {
        std::jthread runner([&] {
            while (!done.load()) {
                const std::uint32_t value = reinterpret_cast<Function>(code)();
                if (value > 200)
                    ++wrong;
                std::this_thread::yield();
            }
            asm volatile("cpuid" : : "a"(0), "c"(0) : "ebx", "edx", "memory");
            last = reinterpret_cast<Function>(code)();
        });
        for (unsigned char value = 1; value <= 200; ++value) {
            static_cast<volatile unsigned char*>(code)[1] = value;
            std::this_thread::yield();
        }
        done.store(true);
    }
    std::printf("others' code, unasked: %d wrong, last %u\n", wrong.load(), last);
}

/// Protections taken away by one thread while others use the pages: every processor's
/// translations have to go.
void shootDowns() {
    constexpr std::size_t kPages = 32;
    unsigned char* base = map(kPages * kPage, PROT_READ | PROT_WRITE);
    std::atomic<int> phase{0};
    std::atomic<int> ready{0};
    std::atomic<int> stale{0};
    std::uint64_t sum = 0;
    std::vector<std::jthread> users;
    for (int each = 0; each < 3; ++each)
        users.emplace_back([&] {
            for (int round = 0; round < 50; ++round) {
                while (phase.load() < round)
                    std::this_thread::yield();
                for (std::size_t page = 0; page < kPages; ++page)
                    if (base[page * kPage] != (round == 0 ? 0 : round - 1))
                        ++stale;
                ++ready;
            }
        });
    for (int round = 0; round < 50; ++round) {
        while (ready.load() < 3 * (round + 1))
            std::this_thread::yield();
        // New memory at the same addresses: the users must see it, not the old pages.
        for (std::size_t page = 0; page < kPages; ++page)
            sum += base[page * kPage];
        ::mmap(base, kPages * kPage, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        for (std::size_t page = 0; page < kPages; ++page)
            base[page * kPage] = static_cast<unsigned char>(round);
        phase.store(round + 1);
    }
    users.clear();
    std::printf("shoot-downs %llu stale %d\n", static_cast<unsigned long long>(sum), stale.load());
}

}  // namespace

int main() {
    struct sigaction action = {};
    action.sa_sigaction = onFault;
    action.sa_flags = SA_SIGINFO;
    ::sigaction(SIGSEGV, &action, nullptr);
    ::sigaction(SIGBUS, &action, nullptr);
    protections();
    touches();
    copyOnWrite();
    files();
    ownCode();
    othersCode();
    shootDowns();
}
