// SPDX-License-Identifier: GPL-3.0-or-later
//
// Signals: each exception that user mode can raise with its code, trap number and error code, then
// single steps, alternate stacks, timers, queues, and registers that must outlive a handler.
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "digest.h"

namespace {

// A signal handler has nothing but globals to speak through.
sigjmp_buf faultReturn;
struct Fault {
    int number, code;
    std::uintptr_t address, instruction;
    long trap, error;
} fault;

void onFault(int number, siginfo_t* information, void* context) {
    // Alignment checking would make the handler itself fault.
    asm volatile("pushfq\n andq $~0x40000, (%%rsp)\n popfq" : : : "cc", "memory");
    const auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    fault = {number,
             information->si_code,
             reinterpret_cast<std::uintptr_t>(information->si_addr),
             static_cast<std::uintptr_t>(registers[REG_RIP]),
             static_cast<long>(registers[REG_TRAPNO]),
             static_cast<long>(registers[REG_ERR])};
    siglongjmp(faultReturn, 1);
}

void handle(int number, void (*handler)(int, siginfo_t*, void*), int flags = 0) {
    struct sigaction action = {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | flags;
    ::sigaction(number, &action, nullptr);
}

}  // namespace

// Each fault is a function of assembly with a label at the instruction that must raise it.
#define VIREO_FAULT(name, before, instruction)  \
    extern "C" void name();                     \
    extern "C" const unsigned char name##_at[]; \
    asm(".text\n" #name ":\n" before "\n" #name "_at:\n" instruction "\nret\n");

VIREO_FAULT(divideByZero, "xorl %edx, %edx; xorl %ecx, %ecx; movl $1, %eax", "divl %ecx")
VIREO_FAULT(divideOverflow, "movl $0x80000000, %eax; cltd; movl $-1, %ecx", "idivl %ecx")
VIREO_FAULT(divideLong, "movq $5, %rdx; xorl %eax, %eax; movq $5, %rcx", "divq %rcx")
VIREO_FAULT(divideByte, "movl $0x8000, %eax; movl $1, %ecx", "divb %cl")
VIREO_FAULT(undefined, "", "ud2")
VIREO_FAULT(lockedNop, "", ".byte 0xf0, 0x90")
VIREO_FAULT(noLongMode, "", ".byte 0xce")
VIREO_FAULT(tooLong, "",
            ".byte 0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x90")
VIREO_FAULT(breakpoint, "", "int3")
VIREO_FAULT(interruptThree, "", ".byte 0xcd, 3")
VIREO_FAULT(softwareInterrupt, "", "int $0x42")
VIREO_FAULT(halt, "", "hlt")
VIREO_FAULT(disableInterrupts, "", "cli")
VIREO_FAULT(portInput, "movl $0x80, %edx", "inb %dx, %al")
VIREO_FAULT(controlRegister, "", "movq %cr0, %rax")
VIREO_FAULT(modelRegister, "movl $0x10, %ecx", "wrmsr")
VIREO_FAULT(badSegment, "movl $0x1234, %eax", "movl %eax, %ds")
VIREO_FAULT(farNull, "pushq $0; pushq $0", "lretq")
VIREO_FAULT(unalignedVector, "", "movaps 1(%rsp), %xmm0")
VIREO_FAULT(nonCanonicalData, "movabsq $0x8000000000000000, %rax", "movl (%rax), %eax")
VIREO_FAULT(nonCanonicalStack, "pushq %rbp; movabsq $0x8000000000000000, %rbp",
            "movl (%rbp), %eax; popq %rbp")
VIREO_FAULT(nullWrite, "xorl %eax, %eax", "movl %eax, 0x123(%rax)")
VIREO_FAULT(singleStep, "pushfq; orq $0x100, (%rsp); popfq", "nop; nop")
VIREO_FAULT(unaligned, "pushfq; orq $0x40000, (%rsp); popfq", "movl 1(%rsp), %eax")
VIREO_FAULT(sseDivide,
            "pushq $0x1d80; ldmxcsr (%rsp); popq %rax; xorps %xmm1, %xmm1; movl $0x3f800000, %eax;"
            "movd %eax, %xmm0",
            "divss %xmm1, %xmm0")
VIREO_FAULT(sseInvalid, "pushq $0x1f00; ldmxcsr (%rsp); popq %rax; xorps %xmm0, %xmm0",
            "divss %xmm0, %xmm0")
VIREO_FAULT(sseOverflow,
            "pushq $0x1b80; ldmxcsr (%rsp); popq %rax; movl $0x7f000000, %eax; movd %eax, %xmm0",
            "mulss %xmm0, %xmm0")
VIREO_FAULT(sseUnderflow,
            "pushq $0x1780; ldmxcsr (%rsp); popq %rax; movl $0x00800000, %eax; movd %eax, %xmm0",
            "mulss %xmm0, %xmm0")
VIREO_FAULT(sseInexact,
            "pushq $0x0f80; ldmxcsr (%rsp); popq %rax; movl $0x3f800001, %eax; movd %eax, %xmm0",
            "mulss %xmm0, %xmm0")
VIREO_FAULT(sseSubnormal,
            "pushq $0x1e80; ldmxcsr (%rsp); popq %rax; movl $1, %eax; movd %eax, %xmm0",
            "addss %xmm0, %xmm0")
VIREO_FAULT(x87Divide, "pushq $0x37b; fninit; fldcw (%rsp); popq %rax; fld1; fldz; fdivrp", "fwait")
VIREO_FAULT(x87Invalid, "pushq $0x37e; fninit; fldcw (%rsp); popq %rax; fldz; fldz; fdivrp", "fld1")
VIREO_FAULT(x87StackUnderflow, "pushq $0x37e; fninit; fldcw (%rsp); popq %rax; fstp %st(0)",
            "fwait")
VIREO_FAULT(x87Inexact, "pushq $0x35f; fninit; fldcw (%rsp); popq %rax; fldpi; fld1; fdivp",
            "fwait")

namespace {

void faults() {
    struct Named {
        const char* name;
        void (*function)();
        const unsigned char* at;
    };
#define VIREO_ROW(name) \
    { #name, name, name##_at }
    const Named rows[] = {
        VIREO_ROW(divideByZero),      VIREO_ROW(divideOverflow),    VIREO_ROW(divideLong),
        VIREO_ROW(divideByte),        VIREO_ROW(undefined),         VIREO_ROW(lockedNop),
        VIREO_ROW(noLongMode),        VIREO_ROW(tooLong),           VIREO_ROW(breakpoint),
        VIREO_ROW(interruptThree),    VIREO_ROW(softwareInterrupt), VIREO_ROW(halt),
        VIREO_ROW(disableInterrupts), VIREO_ROW(portInput),         VIREO_ROW(controlRegister),
        VIREO_ROW(modelRegister),     VIREO_ROW(badSegment),        VIREO_ROW(farNull),
        VIREO_ROW(unalignedVector),   VIREO_ROW(nonCanonicalData),  VIREO_ROW(nonCanonicalStack),
        VIREO_ROW(nullWrite),         VIREO_ROW(singleStep),        VIREO_ROW(unaligned),
        VIREO_ROW(sseDivide),         VIREO_ROW(sseInvalid),        VIREO_ROW(sseOverflow),
        VIREO_ROW(sseUnderflow),      VIREO_ROW(sseInexact),        VIREO_ROW(sseSubnormal),
        VIREO_ROW(x87Divide),         VIREO_ROW(x87Invalid),        VIREO_ROW(x87StackUnderflow),
        VIREO_ROW(x87Inexact)};
    for (const int number : {SIGFPE, SIGSEGV, SIGILL, SIGTRAP, SIGBUS})
        handle(number, onFault);
    for (const Named& row : rows) {
        const auto at = reinterpret_cast<std::uintptr_t>(row.at);
        if (sigsetjmp(faultReturn, 1) == 0) {
            row.function();
            std::printf("%s: none\n", row.name);
        } else {
            // The address is the instruction's, or that of data, or none.
            const bool inCode = fault.address - at < 64;
            std::printf("%s: signal %d code %d trap %ld error %lx at +%lu address %s%lx\n",
                        row.name, fault.number, fault.code, fault.trap,
                        static_cast<unsigned long>(fault.error),
                        static_cast<unsigned long>(fault.instruction - at), inCode ? "+" : "",
                        static_cast<unsigned long>(inCode ? fault.address - at : fault.address));
        }
        constexpr unsigned kAllMasked = 0x1f80;
        asm volatile("fninit\n ldmxcsr %0" : : "m"(kAllMasked));
    }
}

}  // namespace

// Steps through loops, repeated stores, a stack segment load that holds the trap back, and a call
// into the kernel; ends by clearing the trap flag.
extern "C" void steppedCode();
extern "C" const unsigned char steppedAfterCpuid[];
extern "C" const unsigned char steppedCodeEnd[];
asm(R"(
.text
steppedCode:
    pushfq
    orq $0x100, (%rsp)
    popfq
    movl $5, %ecx
1:  decl %ecx
    jnz 1b
    subq $64, %rsp
    movq %rsp, %rdi
    movl $7, %ecx
    movb $1, %al
    rep stosb
    addq $64, %rsp
    movl %ss, %eax
    movl %eax, %ss
    nop
    movl $39, %eax
    syscall
    pushq %rbx
    xorl %eax, %eax
    cpuid
steppedAfterCpuid:
    popq %rbx
    pushfq
    popq %rax
    call 2f
    pushfq
    andq $~0x100, (%rsp)
    popfq
    ret
2:  ret
steppedCodeEnd:
)");

namespace {

Digest stepDigest;
volatile int stepCount;

void onStep(int, siginfo_t* information, void* context) {
    const auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    // A host that is a virtual machine itself may lose the trap behind an instruction that its own
    // hypervisor carries out.
    if (static_cast<std::uintptr_t>(registers[REG_RIP]) ==
        reinterpret_cast<std::uintptr_t>(&steppedAfterCpuid))
        return;
    const auto offset = static_cast<std::uintptr_t>(registers[REG_RIP]) -
                        reinterpret_cast<std::uintptr_t>(&steppedCode);
    stepDigest.add(offset);
    stepDigest.add(information->si_code);
    stepCount = stepCount + 1;
}

void singleSteps() {
    handle(SIGTRAP, onStep);
    steppedCode();
    std::printf("single steps %d %016llx\n", int{stepCount}, stepDigest.value());
}

volatile int overflowDepth;
sigjmp_buf overflowReturn;

[[gnu::noinline]] int recurse(int depth) {
    volatile char room[4000];
    room[0] = static_cast<char>(depth);
    overflowDepth = depth;
    if (depth == 1 << 30)  // never: the stack ends long before
        return 0;
    return recurse(depth + 1) + room[0];
}

void alternateStack() {
    static std::array<unsigned char, 65536> memory;
    const stack_t stack = {memory.data(), 0, memory.size()};
    ::sigaltstack(&stack, nullptr);
    handle(
        SIGSEGV, [](int, siginfo_t*, void*) { siglongjmp(overflowReturn, 1); }, SA_ONSTACK);
    for (int round = 0; round < 2; ++round)
        if (sigsetjmp(overflowReturn, 1) == 0)
            recurse(0);
    std::printf("stack overflow caught: %d\n", overflowDepth > 500);
}

volatile int ticks;

void timers() {
    handle(SIGALRM, [](int, siginfo_t*, void*) { ticks = ticks + 1; });
    constexpr itimerval kPeriod = {{0, 2000}, {0, 2000}};
    constexpr itimerval kOff = {};
    // Interrupts running code ...
    ::setitimer(ITIMER_REAL, &kPeriod, nullptr);
    std::uint64_t work = 0;
    while (ticks < 20)
        work += static_cast<std::uint64_t>(ticks) + 1;
    // ... and waiting.
    int interrupted = 0;
    for (int each = 0; each < 5; ++each)
        interrupted += ::pause() == -1;
    ::setitimer(ITIMER_REAL, &kOff, nullptr);
    std::printf("timers %d work %d\n", interrupted, work != 0);
}

volatile int delivered[8];
volatile int deliveredCount;

void queues() {
    handle(SIGRTMIN, [](int, siginfo_t* information, void*) {
        delivered[deliveredCount % 8] = information->si_value.sival_int;
        deliveredCount = deliveredCount + 1;
    });
    sigset_t blocked, old;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGRTMIN);
    ::sigprocmask(SIG_BLOCK, &blocked, &old);
    for (int each = 0; each < 6; ++each)
        ::sigqueue(::getpid(), SIGRTMIN, sigval{each * 11});
    sigset_t pending;
    ::sigpending(&pending);
    const int before = deliveredCount;
    ::sigprocmask(SIG_SETMASK, &old, nullptr);
    std::printf("queue %d pending %d:", before, sigismember(&pending, SIGRTMIN));
    for (int each = 0; each < 6; ++each)
        std::printf(" %d", int{delivered[each]});
    std::printf("\n");
}

/// The handler spoils every vector and x87 register; the interrupted code must not notice.
void onSpoil(int, siginfo_t*, void*) {
    asm volatile(
        "pcmpeqd %%xmm0, %%xmm0\n movdqa %%xmm0, %%xmm7\n movdqa %%xmm0, %%xmm15\n"
        "fninit\n fldz\n fldz\n fldz\n"
        :
        :
        : "xmm0", "xmm7", "xmm15");
}

void preserved() {
    handle(SIGUSR1, onSpoil);
    const auto process = static_cast<long>(::getpid());
    std::uint64_t vectors[3] = {};
    long double extended = 0;
    std::uint64_t flags = 0;
    long result = 62;  // kill
    asm volatile(
        "movq %4, %%xmm0\n movq %5, %%xmm7\n movq %4, %%xmm15\n"
        "fninit\n fldpi\n fld1\n"
        "cmpq %%rax, %%rax\n stc\n"
        "syscall\n"
        "pushfq\n popq %2\n"
        "movq %%xmm0, %0\n movq %%xmm7, 8+%0\n movq %%xmm15, 16+%0\n"
        "faddp\n fstpt %1\n"
        : "=m"(vectors), "=m"(extended), "=&r"(flags), "+a"(result)
        : "r"(0x1122334455667788), "r"(0x99aabbccddeeff00), "D"(process),
          "S"(static_cast<long>(SIGUSR1))
        : "rcx", "r11", "xmm0", "xmm7", "xmm15", "memory", "cc", "st", "st(1)");
    std::printf("preserved %llx %llx %llx %La flags %llx result %ld\n",
                static_cast<unsigned long long>(vectors[0]),
                static_cast<unsigned long long>(vectors[1]),
                static_cast<unsigned long long>(vectors[2]), extended,
                static_cast<unsigned long long>(flags & 0xcd5), result);
}

/// A handler that changes the interrupted code's registers, and runs the fault again.
void onRepair(int, siginfo_t*, void* context) {
    auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    registers[REG_RCX] = 7;
}

void repaired() {
    handle(SIGFPE, onRepair);
    std::uint32_t quotient = 700, remainder = 3, divisor = 0;
    asm volatile("xorl %%edx, %%edx\n divl %%ecx" : "+a"(quotient), "+d"(remainder), "+c"(divisor));
    std::printf("repaired %u %u %u\n", quotient, remainder, divisor);
}

volatile int nestedSum;

void nesting() {
    handle(
        SIGUSR2,
        [](int, siginfo_t*, void*) {
            nestedSum = nestedSum * 3 + 1;
            if (nestedSum < 1000)
                ::raise(SIGUSR2);
            nestedSum = nestedSum + 5;
        },
        SA_NODEFER);
    ::raise(SIGUSR2);
    std::printf("nesting %d\n", int{nestedSum});
}

void betweenProcesses() {
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &set, &old);
    const pid_t parent = ::getpid();
    int sum = 0;
    const pid_t process = ::fork();
    if (process == 0) {
        for (int each = 0; each < 100; ++each) {
            ::kill(parent, SIGUSR1);
            int number = 0;
            ::sigwait(&set, &number);
        }
        ::_exit(33);
    }
    for (int each = 0; each < 100; ++each) {
        int number = 0;
        ::sigwait(&set, &number);
        sum += number;
        ::kill(process, SIGUSR1);
    }
    int number = 0, status = 0;
    ::sigwait(&set, &number);
    ::waitpid(process, &status, 0);
    ::sigprocmask(SIG_SETMASK, &old, nullptr);
    std::printf("between processes %d, then %d with %d\n", sum, number, WEXITSTATUS(status));
}

}  // namespace

int main() {
    faults();
    singleSteps();
    alternateStack();
    timers();
    queues();
    preserved();
    repaired();
    nesting();
    betweenProcesses();
}
