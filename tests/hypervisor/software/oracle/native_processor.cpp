// SPDX-License-Identifier: GPL-3.0-or-later
#include "native_processor.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>

#include "native_entry.h"

namespace oracle {

using hypervisor::Result;

struct NativeProcessor::Shared {
    TestMemory background;
    /// How far the child has come in its batch.
    std::size_t next = 0;
    std::array<std::array<Case, kBatch>, 2> cases;
    std::array<std::array<Outcome, kBatch>, 2> outcomes;
};

namespace {

struct Request {
    unsigned batch;
    std::size_t first;
    std::size_t count;
};

// State of the child, for its signal handler.
volatile bool insideTestCode = false;
Outcome* currentOutcome = nullptr;

constexpr int kUnexpectedSignal = 98;
constexpr int kBadEnvironment = 99;

constexpr std::array<int, 16> kRegisterOrder{REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                             REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                             REG_R12, REG_R13, REG_R14, REG_R15};

/// The kernel's mark of extended state, which is no part of the processor's image.
constexpr std::size_t kSoftwareReserved = 48;

}  // namespace

extern "C" void oracleRecordSignal(void* context, std::uint64_t fsBase, std::uint64_t gsBase) {
    if (!insideTestCode)
        _exit(kUnexpectedSignal);
    const auto* user = static_cast<const ucontext_t*>(context);
    const auto& registers = user->uc_mcontext.gregs;
    Outcome& outcome = *currentOutcome;
    MachineState& state = outcome.final;
    for (std::size_t i = 0; i < kRegisterOrder.size(); ++i)
        state.registers[i] = static_cast<std::uint64_t>(registers[kRegisterOrder[i]]);
    state.rip = static_cast<std::uint64_t>(registers[REG_RIP]);
    state.rflags = static_cast<std::uint64_t>(registers[REG_EFL]);
    state.fsBase = fsBase;
    state.gsBase = gsBase;
    std::memcpy(static_cast<void*>(&state.floatingPoint), user->uc_mcontext.fpregs,
                sizeof state.floatingPoint);
    std::memset(state.floatingPoint.available.data() + state.floatingPoint.available.size() -
                    kSoftwareReserved,
                0, kSoftwareReserved);
    outcome.vector = static_cast<std::uint8_t>(registers[REG_TRAPNO]);
    outcome.errorCode = static_cast<std::uint32_t>(registers[REG_ERR]);
    outcome.codeSelector = static_cast<std::uint16_t>(registers[REG_CSGSFS]);
    outcome.faultAddress = static_cast<std::uint64_t>(registers[REG_CR2]);
}

namespace {

/// Ends a case that does not end by itself.
void onTimer(int signal, siginfo_t* information, void* context) {
    if (!insideTestCode)
        return;
    currentOutcome->ending = Ending::Hang;
    oracleSignalEntry(signal, information, context);
}

bool catchSignals() {
    static std::array<std::byte, 64 * 1024> stack;
    const stack_t alternate{.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
    if (sigaltstack(&alternate, nullptr) != 0)
        return false;
    struct sigaction action {};
    action.sa_sigaction = reinterpret_cast<void (*)(int, siginfo_t*, void*)>(&oracleSignalEntry);
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP})
        if (sigaction(signal, &action, nullptr) != 0)
            return false;
    action.sa_sigaction = &onTimer;
    action.sa_flags |= SA_RESTART;
    return sigaction(SIGVTALRM, &action, nullptr) == 0;
}

/// Maps the windows; the result is all of it, writable, elsewhere.
TestMemory* mapWindows() {
    const int file = memfd_create("test memory", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, sizeof(TestMemory)) != 0)
        return nullptr;
    void* all = mmap(nullptr, sizeof(TestMemory), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                     file, 0);
    if (all == MAP_FAILED)
        return nullptr;
    for (const Window& window : kWindows) {
        const int protection =
            PROT_READ | (window.writable ? PROT_WRITE : 0) | (window.executable ? PROT_EXEC : 0);
        void* const wanted = reinterpret_cast<void*>(window.address);
        if (mmap(wanted, window.pages * kPage, protection,
                 MAP_SHARED | MAP_POPULATE | MAP_FIXED_NOREPLACE, file,
                 static_cast<off_t>(window.page * kPage)) != wanted)
            return nullptr;
    }
    close(file);
    return static_cast<TestMemory*>(all);
}

void runCase(const Case& test, const TestMemory& background, TestMemory& memory, Outcome& outcome) {
    // A timer that fires inside a harmless case looks like a hang once, hardly twice.
    for (int attempt = 0; attempt < 3; ++attempt) {
        outcome.ending = Ending::Exception;
        prepareMemory(test, memory);
        currentOutcome = &outcome;
        insideTestCode = true;
        oracleEnterTestCode(&test.initial,
                            test.codeSize == CodeSize::Bits64 ? kSelector64 : kSelector32);
        insideTestCode = false;
        collectMemory(memory, background, outcome);
        if (outcome.ending == Ending::Exception)
            break;
    }
}

}  // namespace

NativeProcessor::NativeProcessor(Shared* shared) : shared_(shared) {}

NativeProcessor::~NativeProcessor() {
    endChild();
    munmap(shared_, sizeof(Shared));
}

Result<std::unique_ptr<NativeProcessor>> NativeProcessor::create(const TestMemory& background) {
    constexpr unsigned long kHasFsGsBase = 1U << 1;
    if ((getauxval(AT_HWCAP2) & kHasFsGsBase) == 0)
        return hypervisor::failure(
            "running test code natively needs a kernel and a processor with FSGSBASE");
    void* memory =
        mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return hypervisor::systemFailure("mapping memory for test cases", errno);
    auto* shared = new (memory) Shared;
    shared->background = background;
    std::unique_ptr<NativeProcessor> native(new NativeProcessor(shared));
    if (auto started = native->startChild(); !started)
        return std::unexpected(started.error());
    return native;
}

std::span<Case> NativeProcessor::cases(unsigned batch) {
    return shared_->cases[batch];
}

std::span<const Outcome> NativeProcessor::outcomes(unsigned batch) const {
    return shared_->outcomes[batch];
}

Result<void> NativeProcessor::startChild() {
    std::array<int, 2> down{};
    std::array<int, 2> up{};
    if (pipe2(down.data(), O_CLOEXEC) != 0 || pipe2(up.data(), O_CLOEXEC) != 0)
        return hypervisor::systemFailure("making pipes to the process of test code", errno);
    child_ = fork();
    if (child_ < 0)
        return hypervisor::systemFailure("starting the process of test code", errno);
    if (child_ == 0) {
        close(down[1]);
        close(up[0]);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        TestMemory* memory = mapWindows();
        const itimerval timer{.it_interval = {0, 500'000}, .it_value = {0, 500'000}};
        if (memory == nullptr || !catchSignals() || setitimer(ITIMER_VIRTUAL, &timer, nullptr) != 0)
            _exit(kBadEnvironment);
        *memory = shared_->background;
        Request request;
        while (read(down[0], &request, sizeof request) == sizeof request) {
            for (std::size_t i = request.first; i < request.count; ++i) {
                shared_->next = i;
                runCase(shared_->cases[request.batch][i], shared_->background, *memory,
                        shared_->outcomes[request.batch][i]);
            }
            const char done = 0;
            if (write(up[1], &done, 1) != 1)
                break;
        }
        _exit(0);
    }
    close(down[0]);
    close(up[1]);
    toChild_ = down[1];
    fromChild_ = up[0];
    return {};
}

void NativeProcessor::endChild() {
    close(toChild_);
    close(fromChild_);
    waitpid(child_, nullptr, 0);
}

void NativeProcessor::start(unsigned batch, std::size_t count) {
    batch_ = batch;
    count_ = count;
    const Request request{batch, 0, count};
    // A child that is gone is noticed by wait().
    static_cast<void>(!write(toChild_, &request, sizeof request));
}

Result<void> NativeProcessor::wait() {
    for (;;) {
        char done;
        const ssize_t got = read(fromChild_, &done, 1);
        if (got == 1)
            return {};
        if (got < 0 && errno == EINTR)
            continue;
        const std::size_t victim = shared_->next;
        int status = 0;
        waitpid(child_, &status, 0);
        close(toChild_);
        close(fromChild_);
        if (WIFEXITED(status) && WEXITSTATUS(status) == kBadEnvironment)
            return hypervisor::failure("the process of test code could not map its memory");
        if (auto started = startChild(); !started)
            return started;
        shared_->outcomes[batch_][victim].ending = Ending::Hang;
        const Request rest{batch_, victim + 1, count_};
        static_cast<void>(!write(toChild_, &rest, sizeof rest));
    }
}

}  // namespace oracle
