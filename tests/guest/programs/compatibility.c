// SPDX-License-Identifier: GPL-3.0-or-later
//
// 32-bit code under a 64-bit kernel, without a C library: instructions that long mode has dropped,
// 16-bit addresses, segments of the program's own with their limits, far jumps to 64-bit code and
// back, both ways into the kernel, and signals on a 32-bit frame.
#include <stddef.h>
#include <stdint.h>

enum {
    kExit = 1,
    kWrite = 4,
    kGetpid = 20,
    kModifyLdt = 123,
    kSigaction = 174,  // rt_sigaction
};

static int call(int number, int first, const void* second, int third, int fourth) {
    int result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(first), "c"(second), "d"(third), "S"(fourth)
                     : "memory");
    return result;
}

static void say(const char* text) {
    int length = 0;
    while (text[length] != 0)
        ++length;
    call(kWrite, 1, text, length, 0);
}

static void sayHexadecimal(const char* what, uint32_t value) {
    char text[] = " 00000000\n";
    for (int digit = 0; digit < 8; ++digit)
        text[1 + digit] = "0123456789abcdef"[value >> (28 - 4 * digit) & 15];
    say(what);
    say(text);
}

static uint32_t digest = 0x811c9dc5;

static void add(uint32_t value) {
    for (int byte = 0; byte < 4; ++byte)
        digest = (digest ^ (value >> (8 * byte) & 255)) * 0x01000193;
}

static void sayDigest(const char* what) {
    sayHexadecimal(what, digest);
    digest = 0x811c9dc5;
}

// Flags, of which each instruction leaves some undefined.
enum { kCarry = 1, kParity = 4, kAdjust = 16, kZero = 64, kSign = 128 };

#define VIREO_DECIMAL(instruction, defined)                                       \
    static void decimal_##instruction(uint32_t ax, uint32_t flags) {              \
        __asm__ volatile("pushl %1\n popfl\n " #instruction "\n pushfl\n popl %1" \
                         : "+a"(ax), "+r"(flags)                                  \
                         :                                                        \
                         : "cc");                                                 \
        add(ax);                                                                  \
        add(flags&(defined));                                                     \
    }
VIREO_DECIMAL(aaa, kCarry | kAdjust)
VIREO_DECIMAL(aas, kCarry | kAdjust)
VIREO_DECIMAL(aad, kParity | kZero | kSign)
VIREO_DECIMAL(aam, kParity | kZero | kSign)
VIREO_DECIMAL(daa, kCarry | kParity | kAdjust | kZero | kSign)
VIREO_DECIMAL(das, kCarry | kParity | kAdjust | kZero | kSign)

static void decimals(void) {
    for (uint32_t ax = 0; ax < 0x10000; ax += 37)
        for (uint32_t flags = 2; flags < 32; flags += kCarry | kAdjust) {
            decimal_aaa(ax, flags);
            decimal_aas(ax, flags);
            decimal_aad(ax, flags);
            decimal_aam(ax, flags);
            decimal_daa(ax, flags);
            decimal_das(ax, flags);
        }
    sayDigest("decimals");
}

// Operands of assembly that moves the stack pointer are static: they are not addressed by it.

static void stack(void) {
    static uint32_t all[8], frame[3];
    __asm__ volatile(
        "movl $1, %%eax\n movl $2, %%ecx\n movl $3, %%edx\n movl %%esp, %%esi\n"
        "pushal\n"
        "movl (%%esp), %%eax\n movl %%eax, %0\n"
        "movl 20(%%esp), %%eax\n movl %%eax, 4+%0\n"
        "movl 24(%%esp), %%eax\n movl %%eax, 8+%0\n"
        "movl 28(%%esp), %%eax\n movl %%eax, 12+%0\n"
        "movl 12(%%esp), %%eax\n subl %%esi, %%eax\n movl %%eax, 16+%0\n"
        "popal\n"
        "pushaw\n popaw\n"
        : "=o"(all)
        : "D"(5)
        : "eax", "ecx", "edx", "esi", "memory");
    for (int each = 0; each < 5; ++each)
        add(each == 0 ? 5 : all[each]);
    __asm__ volatile(
        "pushl %%ebp\n movl %%esp, %%ebp\n movl %%esp, %%esi\n"
        "enter $32, $3\n movl %%esi, %%eax\n subl %%esp, %%eax\n movl %%eax, %0\n leave\n"
        "subl %%esp, %%esi\n movl %%esi, 4+%0\n"
        "pushw $0x1234\n pushl %%ds\n popl %%eax\n movzwl %%ax, %%eax\n movl %%eax, 8+%0\n popw "
        "%%ax\n"
        "popl %%ebp\n"
        : "=m"(frame)
        :
        : "eax", "esi", "memory");
    for (int each = 0; each < 3; ++each)
        add(frame[each]);
    sayDigest("stack");
}

struct Descriptor {
    uint32_t entry, base, limit;
    uint32_t is32Bit : 1, contents : 2, readOnly : 1, limitInPages : 1, notPresent : 1, usable : 1;
};

static unsigned char room[4096] __attribute__((aligned(4096)));

static int setSegment(uint32_t entry, uint32_t limit, uint32_t contents) {
    const struct Descriptor descriptor = {
        entry, (uint32_t)(uintptr_t)room, limit, 1, contents & 3, 0, 0, 0, 1};
    return call(kModifyLdt, 1, &descriptor, sizeof descriptor, 0);
}

static uint16_t selector(uint32_t entry) {
    return (uint16_t)(entry << 3 | 7);
}

struct KernelAction {
    void (*handler)(int, const int*, uint32_t*);
    uint32_t flags;
    void (*restorer)(void);
    uint32_t mask[2];
};

void leaveHandler(void);
__asm__("leaveHandler:\n movl $173, %eax\n int $0x80\n");

// Of the 32-bit ucontext (asm/sigcontext.h): registers after flags, link and stack.
enum { kFs = 6, kEax = 16, kTrap = 17, kError = 18, kEip = 19 };

static volatile uint32_t trapped, trapError;

/// Steps over the faulting instruction: all of them here are 3 bytes long.
static void onFault(int number, const int* information, uint32_t* context) {
    (void)information;
    trapped = (uint32_t)number << 8 | context[kTrap];
    trapError = context[kError];
    context[kEip] += 3;
}

static void handle(int number) {
    // SA_SIGINFO | SA_RESTORER
    const struct KernelAction action = {onFault, 4 | 0x04000000, leaveHandler, {0, 0}};
    call(kSigaction, number, &action, 0, 8);
}

static void segments(void) {
    for (int each = 0; each < 4096; ++each)
        room[each] = (unsigned char)(each * 7);
    if (setSegment(1, 99, 0) != 0 || setSegment(2, 99, 1) != 0) {
        say("no segments of one's own\n");
        return;
    }
    uint32_t read = 0, limit = 0;
    __asm__ volatile(
        "pushl %%fs\n movw %w2, %%fs\n movl %%fs:16, %0\n movl $0, %1\n lsl %w2, %1\n popl %%fs"
        : "=&r"(read), "=&r"(limit)
        : "r"(selector(1)));
    add(read);
    add(limit);
    // One byte beyond the limit, from a 4-byte read that begins within it: mov %fs:(%eax), %ecx.
    trapped = 0;
    __asm__ volatile("pushl %%fs\n movw %w0, %%fs\n .byte 0x64, 0x8b, 0x08\n popl %%fs"
                     :
                     : "r"(selector(1)), "a"(97)
                     : "ecx", "memory");
    sayHexadecimal("beyond the limit", trapped);
    sayHexadecimal("error", trapError);
    // A segment that expands down has its limit as its lower end.
    trapped = 0;
    __asm__ volatile("pushl %%fs\n movw %w0, %%fs\n .byte 0x64, 0x8b, 0x08\n popl %%fs"
                     :
                     : "r"(selector(2)), "a"(50)
                     : "ecx", "memory");
    sayHexadecimal("below an expand-down segment", trapped);
    __asm__ volatile("pushl %%fs\n movw %w1, %%fs\n movl %%fs:(%2), %0\n popl %%fs"
                     : "=&c"(read)
                     : "r"(selector(2)), "r"(1000));
    add(read);
    // Nothing behind the selector: mov %eax, %fs with a prefix is 3 bytes.
    trapped = 0;
    __asm__ volatile(".byte 0x66, 0x8e, 0xe0" : : "a"(0x777) : "memory");
    sayHexadecimal("bad selector", trapped);
    sayHexadecimal("error", trapError);
    uint32_t access = 0;
    __asm__ volatile("larl %1, %0" : "=r"(access) : "r"((uint32_t)selector(1)) : "cc");
    add(access & 0x00f0ff00);
    uint32_t adjusted = 0x33;
    __asm__ volatile("arpl %w1, %w0" : "+r"(adjusted) : "r"(2) : "cc");
    add(adjusted);
    sayDigest("segments");
}

/// 16-bit addresses wrap at 64 KiB within their segment.
static void shortAddresses(void) {
    if (setSegment(3, 4095, 0) != 0)
        return;
    static uint32_t result[3];
    static uint16_t segment;
    segment = selector(3);
    __asm__ volatile(
        "pushl %%es\n movw %w3, %%es\n"
        "movl $0xffff0100, %%ebx\n movl $0x12340020, %%esi\n"
        "addr16 movl %%es:5(%%bx,%%si), %0\n"
        "movl $0xfff8, %%ebx\n addr16 movl %%es:0x10(%%bx), %1\n"
        "movl $0x10010, %%edi\n movl $0x10005, %%ecx\n movb $9, %%al\n cld\n"
        "addr16 rep stosb\n movl %%edi, %2\n"
        "popl %%es"
        : "=&r"(result[0]), "=&d"(result[1]), "=m"(result[2])
        : "m"(segment)
        : "eax", "ebx", "ecx", "esi", "edi", "memory");
    for (int each = 0; each < 3; ++each)
        add(result[each]);
    for (int each = 0; each < 32; ++each)
        add(room[each]);
    sayDigest("16-bit addresses");
}

/// Into 64-bit code by a far call to its selector, and back by a far return.
static void longMode(void) {
    uint32_t low = 0, high = 0;
    __asm__ volatile(
        "lcall $0x33, $2f\n"
        "jmp 3f\n"
        ".code64\n"
        "2: movabsq $0x123456789abcdef0, %%rax\n"
        "movq %%rax, %%r9\n"
        "imulq %%r9, %%rax\n"
        "movq %%rax, %%rdx\n"
        "shrq $32, %%rdx\n"
        "lretl\n"
        ".code32\n"
        "3:\n"
        : "=a"(low), "=d"(high)
        :
        : "memory", "cc");
    add(low);
    add(high);
    sayDigest("64-bit code");
}

/// Where the kernel's own page offers SYSENTER or SYSCALL, by way of that page.
static void systemCalls(const uint32_t* initialStack) {
    const uint32_t* word = initialStack + 1 + initialStack[0] + 1;
    while (*word != 0)
        ++word;
    uint32_t entry = 0;
    for (++word; word[0] != 0; word += 2)
        if (word[0] == 32)  // AT_SYSINFO
            entry = word[1];
    int slow = call(kGetpid, 0, NULL, 0, 0), fast = slow;
    for (int each = 0; each < 1000 && entry != 0 && fast == slow; ++each)
        __asm__ volatile("call *%1"
                         : "=a"(fast)
                         : "r"(entry), "a"(kGetpid)
                         : "ecx", "edx", "memory");
    say(fast == slow ? "system calls agree\n" : "system calls disagree\n");
}

static void flagsAndTraps(void) {
    // INTO and BOUND where nothing is wrong, then where it is.
    uint32_t bounds[2] = {5, 9};
    __asm__ volatile("xorl %%eax, %%eax\n into\n movl $7, %%eax\n boundl %%eax, %0"
                     :
                     : "m"(bounds)
                     : "eax", "cc");
    trapped = 0;
    // bound %eax, (%ecx) with a prefix that changes nothing is 3 bytes.
    __asm__ volatile(".byte 0x3e, 0x62, 0x01" : : "a"(10), "c"(bounds) : "memory");
    sayHexadecimal("out of bounds", trapped);
    uint32_t flags = 0;
    __asm__ volatile("movb $0xd7, %%ah\n sahf\n lahf\n .byte 0xd6\n movl %%eax, %0"
                     : "=r"(flags)
                     :
                     : "eax", "cc");
    add(flags & 0xffff);
    static uint32_t pointer[2] = {0x1234, 0};
    uint32_t offset = 0;
    __asm__ volatile("movw %%ds, 4+%1\n pushl %%es\n lesl %1, %0\n popl %%es"
                     : "=r"(offset), "+m"(pointer)
                     :
                     : "memory");
    add(offset);
    sayDigest("flags and pointers");
}

__attribute__((used)) static void start(const uint32_t* initialStack) {
    handle(11);
    handle(7);
    handle(4);
    decimals();
    stack();
    segments();
    shortAddresses();
    longMode();
    systemCalls(initialStack);
    flagsAndTraps();
    call(kExit, 0, NULL, 0, 0);
}

__asm__(
    ".globl _start\n_start:\n movl %esp, %eax\n andl $-16, %esp\n subl $12, %esp\n pushl %eax\n"
    "call start\n");
