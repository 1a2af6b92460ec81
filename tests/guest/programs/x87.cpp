// SPDX-License-Identifier: GPL-3.0-or-later
//
// x87 instructions themselves: results, status word and tags for operands of every class, in each
// rounding direction and precision. "x87 transcendental" takes the functions alone.
#include <array>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

#include "digest.h"

namespace {

struct Extended {
    std::uint64_t significand;
    std::uint16_t signAndExponent;
} __attribute__((packed));

/// Exceptions, stack fault, C1 and busy; C0, C2 and C3 are undefined after plain arithmetic.
constexpr std::uint16_t kDefinedStatus = 0x82ff;
/// Rounding directions at full precision, then shorter precisions.
constexpr std::uint16_t kControls[] = {0x37f, 0x77f, 0xb7f, 0xf7f, 0x27f, 0x07f, 0xe7f};
constexpr std::uint16_t kConditionTwo = 1 << 10;
constexpr std::uint16_t kConditions = 0x4700;

std::vector<Extended> operands() {
    std::vector<Extended> values = {
        {0, 0},                        // 0
        {0, 0x8000},                   // -0
        {1ull << 63, 0x3fff},          // 1
        {1ull << 63, 0xbfff},          // -1
        {0xc000000000000000, 0x4000},  // 3
        {1, 0},                        // smallest subnormal
        {0x7fffffffffffffff, 0x8000},  // largest subnormal, negative
        {1ull << 63, 0},               // pseudo-denormal
        {1ull << 63, 1},               // smallest normal
        {~0ull, 0x7ffe},               // largest
        {1ull << 63, 0x7fff},          // infinity
        {1ull << 63, 0xffff},          // -infinity
        {0xc000000000000000, 0x7fff},  // quiet not-a-number
        {0xa000000000000001, 0x7fff},  // signalling not-a-number
        {0x1234567812345678, 0x4000},  // unnormal: unsupported
        {0xc90fdaa22168c235, 0x4000},  // pi
        {0xe666666666666666, 0x4015},  // needs rounding in shorter formats
        {0xffffffffffffff80, 0x403d},  // near 2^63
    };
    Sequence sequence(87);
    while (values.size() < 30)
        values.push_back({sequence.next() | 1ull << 63,
                          static_cast<std::uint16_t>(0x3fdf + sequence.next() % 64 +
                                                     (sequence.next() & 0x8000))});
    return values;
}

struct Outcome {
    Extended result{};
    std::uint16_t status = 0;
};

void loadControl(std::uint16_t control) {
    asm volatile("fninit\n fldcw %0" : : "m"(control));
}

#define VIREO_UNARY(name, instruction)                                             \
    Outcome name(const Extended& a, const Extended&) {                             \
        Outcome out;                                                               \
        asm volatile("fldt %2\n fnclex\n " instruction "\n fnstsw %1\n fstpt %0\n" \
                     : "=m"(out.result), "=m"(out.status)                          \
                     : "m"(a)                                                      \
                     : "st");                                                      \
        return out;                                                                \
    }
#define VIREO_BINARY(name, instruction)                          \
    Outcome name(const Extended& a, const Extended& b) {         \
        Outcome out;                                             \
        asm volatile("fldt %3\n fldt %2\n fnclex\n " instruction \
                     "\n fnstsw %1\n fstpt %0\n"                 \
                     "fninit"                                    \
                     : "=m"(out.result), "=m"(out.status)        \
                     : "m"(a), "m"(b)                            \
                     : "st", "st(1)");                           \
        return out;                                              \
    }

VIREO_UNARY(squareRoot, "fsqrt")
VIREO_UNARY(roundToInteger, "frndint")
VIREO_UNARY(absolute, "fabs")
VIREO_UNARY(changeSign, "fchs")
VIREO_UNARY(sine, "fsin")
VIREO_UNARY(cosine, "fcos")
VIREO_UNARY(powerOfTwo, "f2xm1")
VIREO_UNARY(tangent, "fptan\n fstp %%st(0)")
VIREO_BINARY(add, "fadd %%st(1)")
VIREO_BINARY(subtract, "fsub %%st(1)")
VIREO_BINARY(subtractReversed, "fsubr %%st(1)")
VIREO_BINARY(multiply, "fmul %%st(1)")
VIREO_BINARY(divide, "fdiv %%st(1)")
VIREO_BINARY(scale, "fscale")
VIREO_BINARY(logarithm, "fyl2x")
VIREO_BINARY(logarithmPlusOne, "fyl2xp1")
VIREO_BINARY(arcTangent, "fpatan")

using Operation = Outcome (*)(const Extended&, const Extended&);
struct Named {
    const char* name;
    Operation operation;
    bool binary;
    /// The first operand's largest exponent: beyond it the result is undefined.
    std::uint16_t largest = 0x7fff;
};

constexpr Named kArithmetic[] = {{"fadd", add, true},
                                 {"fsub", subtract, true},
                                 {"fsubr", subtractReversed, true},
                                 {"fmul", multiply, true},
                                 {"fdiv", divide, true},
                                 {"fscale", scale, true},
                                 {"fsqrt", squareRoot, false},
                                 {"frndint", roundToInteger, false},
                                 {"fabs", absolute, false},
                                 {"fchs", changeSign, false}};
constexpr Named kTranscendental[] = {
    {"fsin", sine, false},       {"fcos", cosine, false},
    {"fptan", tangent, false},   {"f2xm1", powerOfTwo, false, 0x3ffe},
    {"fyl2x", logarithm, true},  {"fyl2xp1", logarithmPlusOne, true, 0x3ffc},
    {"fpatan", arcTangent, true}};

void print(const char* name, std::uint16_t control, const Outcome& last, const Digest& digest) {
    std::printf("%s control %03x: %016llx last %04x:%016llx\n", name, unsigned{control},
                digest.value(), unsigned{last.result.signAndExponent},
                static_cast<unsigned long long>(last.result.significand));
}

void run(const Named& each, std::uint16_t control, const std::vector<Extended>& values) {
    Digest digest;
    Outcome last;
    const std::size_t seconds = each.binary ? values.size() : 1;
    for (const Extended& first : values) {
        if ((first.signAndExponent & 0x7fff) > each.largest)
            continue;
        for (std::size_t second = 0; second < seconds; ++second) {
            loadControl(control);
            last = each.operation(first, values[second]);
            digest.add(last.result);
            digest.add(static_cast<std::uint16_t>(last.status & kDefinedStatus));
        }
    }
    print(each.name, control, last, digest);
}

/// Repeats until the reduction is complete: how much one step reduces is the processor's choice.
template <bool nearest>
Outcome reduce(const Extended& a, const Extended& b) {
    Outcome out;
    asm volatile("fldt %1\n fldt %0" : : "m"(a), "m"(b) : "st", "st(1)");
    do {
        if constexpr (nearest)
            asm volatile("fnclex\n fprem1\n fnstsw %0" : "=m"(out.status));
        else
            asm volatile("fnclex\n fprem\n fnstsw %0" : "=m"(out.status));
    } while ((out.status & kConditionTwo) != 0);
    asm volatile("fstpt %0\n fninit" : "=m"(out.result));
    return out;
}

void remainders(const std::vector<Extended>& values) {
    Digest digest;
    Outcome last;
    for (const Extended& first : values)
        for (const Extended& second : values)
            for (const Operation operation : {reduce<false>, reduce<true>}) {
                loadControl(0x37f);
                last = operation(first, second);
                digest.add(last.result);
                // Exceptions but an invalid operation are those of the last step, which depends on
                // how far the steps before it went. Not-a-number has no quotient bits.
                const bool number = (last.result.signAndExponent & 0x7fff) != 0x7fff;
                digest.add(
                    static_cast<std::uint16_t>(last.status & (number ? 1 | kConditions : 1)));
            }
    print("fprem", 0x37f, last, digest);
}

/// Integers, packed decimals, shorter formats, comparison and classes.
void conversions(std::uint16_t control, const std::vector<Extended>& values) {
    Digest digest;
    for (const Extended& value : values) {
        std::int16_t small = 0;
        std::int32_t medium = 0;
        std::int64_t large = 0;
        float single = 0;
        double twice = 0;
        std::array<unsigned char, 10> decimal{};
        std::uint16_t status[7];
        loadControl(control);
        asm volatile("fldt %2\n fnclex\n fists %0\n fnstsw %1"
                     : "=m"(small), "=m"(status[0])
                     : "m"(value));
        asm volatile("fnclex\n fistl %0\n fnstsw %1" : "=m"(medium), "=m"(status[1]));
        asm volatile("fnclex\n fsts %0\n fnstsw %1" : "=m"(single), "=m"(status[2]));
        asm volatile("fnclex\n fstl %0\n fnstsw %1" : "=m"(twice), "=m"(status[3]));
        asm volatile("fnclex\n fxam\n fnstsw %0" : "=m"(status[4]));
        asm volatile("fld %%st(0)\n fnclex\n fistpll %0\n fnstsw %1"
                     : "=m"(large), "=m"(status[5]));
        asm volatile("fnclex\n fbstp %0\n fnstsw %1" : "=m"(decimal), "=m"(status[6]));
        Extended back{};
        asm volatile("fninit\n fbld %1\n fstpt %0" : "=m"(back) : "m"(decimal));
        Extended exponent{}, significand{};
        asm volatile("fldt %2\n fxtract\n fstpt %0\n fstpt %1"
                     : "=m"(significand), "=m"(exponent)
                     : "m"(value));
        digest.add(small);
        digest.add(medium);
        digest.add(large);
        digest.add(single);
        digest.add(twice);
        digest.add(decimal);
        digest.add(back);
        digest.add(exponent);
        digest.add(significand);
        for (unsigned each = 0; each < 7; ++each)
            digest.add(static_cast<std::uint16_t>(status[each] &
                                                  (each == 4 ? kConditions : kDefinedStatus)));
        for (const Extended& other : values) {
            std::uint16_t compared = 0, unordered = 0;
            std::uint64_t flags = 0;
            asm volatile(
                "fninit\n fldt %2\n fldt %3\n fcom\n fnstsw %0\n fucom\n fnstsw %1\n fninit"
                : "=m"(compared), "=m"(unordered)
                : "m"(value), "m"(other));
            asm volatile("fldt %1\n fldt %2\n fucomi %%st(1), %%st\n pushfq\n popq %0\n fninit"
                         : "=r"(flags)
                         : "m"(value), "m"(other)
                         : "cc");
            digest.add(compared);
            digest.add(unordered);
            digest.add(flags & 0x45);
        }
    }
    std::printf("conversions control %03x: %016llx\n", unsigned{control}, digest.value());
}

/// Stack overflow and underflow, exchange, tags and constants, by way of a stored environment.
void stack() {
    struct Environment {
        std::uint32_t control, status, tags, rest[4];
    } environment{};
    asm volatile("fninit\n fld1\n fldpi\n fldl2e\n fldz\n fxch %%st(2)\n ffree %%st(1)\n fnstenv %0"
                 : "=m"(environment));
    std::printf("tags %04x status %04x\n", environment.tags & 0xffff, environment.status & 0xffff);
    asm volatile(
        "fninit\n fldl2t\n fldlg2\n fldln2\n fld1\n fld1\n fld1\n fld1\n fld1\n fld1\n fnstenv %0"
        : "=m"(environment));
    std::printf("overflow: tags %04x status %04x\n", environment.tags & 0xffff,
                environment.status & 0xffff);
    Extended underflow{};
    std::uint16_t status = 0;
    asm volatile("fninit\n fstpt %0\n fnstsw %1\n fninit" : "=m"(underflow), "=m"(status));
    std::printf("underflow: %04x:%016llx status %04x\n", unsigned{underflow.signAndExponent},
                static_cast<unsigned long long>(underflow.significand), unsigned{status});
    std::array<unsigned char, 512> area __attribute__((aligned(16))) = {};
    asm volatile("fninit\n fldpi\n fld1\n fxsave64 %0\n fninit" : "=m"(area));
    Digest digest;
    digest.add(area.data(), 5);        // control, status, tags
    digest.add(area.data() + 32, 10);  // st(0)
    digest.add(area.data() + 48, 10);  // st(1)
    std::printf("fxsave %016llx\n", digest.value());
}

}  // namespace

int main(int count, char** arguments) {
    const auto values = operands();
    if (count > 1 && std::string_view(arguments[1]) == "transcendental") {
        for (const Named& each : kTranscendental)
            run(each, 0x37f, values);
        return 0;
    }
    for (const std::uint16_t control : kControls) {
        for (const Named& each : kArithmetic)
            run(each, control, values);
        conversions(control, values);
    }
    remainders(values);
    stack();
}
