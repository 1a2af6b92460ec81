// SPDX-License-Identifier: GPL-3.0-or-later
#include "instruction_bench.h"

#include <QTest>
#include <array>
#include <bit>

using namespace hypervisor::software;
using hypervisor::Register;
using hypervisor::software::test::InstructionBench;

namespace {

using Words = std::array<std::uint32_t, 4>;
using Bytes = std::array<std::uint8_t, 16>;

/// "abc" as the one padded block of SHA-1 and SHA-256, words in arithmetic order.
constexpr std::array<std::uint32_t, 16> kAbcBlock{0x61626380, 0, 0, 0, 0, 0, 0, 0,
                                                  0,          0, 0, 0, 0, 0, 0, 24};

constexpr std::array<std::uint32_t, 64> kSha256Constants{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

}  // namespace

class CryptographyTest : public QObject {
    Q_OBJECT

  private slots:
    void init() { bench_.reset(); }

    /// FIPS 180-4's example through SHA1MSG1, SHA1MSG2, SHA1NEXTE and SHA1RNDS4.
    void sha1OfAbc() {
        std::array<Words, 20> schedule{};
        for (unsigned i = 0; i < 4; i++)
            schedule[i] = {kAbcBlock[4 * i + 3], kAbcBlock[4 * i + 2], kAbcBlock[4 * i + 1],
                           kAbcBlock[4 * i]};
        for (unsigned i = 4; i < 20; i++) {
            bench_.setXmm(1, schedule[i - 4]);
            bench_.setXmm(2, schedule[i - 3]);
            QVERIFY(bench_.runs({0x0F, 0x38, 0xC9, 0xCA}));  // sha1msg1 xmm1, xmm2
            bench_.setXmm(2, schedule[i - 2]);
            QVERIFY(bench_.runs({0x66, 0x0F, 0xEF, 0xCA}));  // pxor xmm1, xmm2
            bench_.setXmm(2, schedule[i - 1]);
            QVERIFY(bench_.runs({0x0F, 0x38, 0xCA, 0xCA}));  // sha1msg2 xmm1, xmm2
            schedule[i] = bench_.xmm<Words>(1);
        }
        constexpr Words kStart{0x10325476, 0x98BADCFE, 0xEFCDAB89, 0x67452301};
        constexpr std::uint32_t kStartE = 0xC3D2E1F0;
        bench_.setXmm(1, kStart);
        Words words = schedule[0];
        words[3] += kStartE;
        Words before = kStart;
        for (unsigned i = 0; i < 20; i++) {
            if (i != 0) {
                bench_.setXmm(2, before);
                bench_.setXmm(3, schedule[i]);
                QVERIFY(bench_.runs({0x0F, 0x38, 0xC8, 0xD3}));  // sha1nexte xmm2, xmm3
                words = bench_.xmm<Words>(2);
            }
            before = bench_.xmm<Words>(1);
            bench_.setXmm(2, words);
            // sha1rnds4 xmm1, xmm2, i / 5
            QVERIFY(bench_.runs({0x0F, 0x3A, 0xCC, 0xCA, static_cast<std::uint8_t>(i / 5)}));
        }
        const auto end = bench_.xmm<Words>(1);
        QCOMPARE(end[3] + kStart[3], 0xA9993E36U);
        QCOMPARE(end[2] + kStart[2], 0x4706816AU);
        QCOMPARE(end[1] + kStart[1], 0xBA3E2571U);
        QCOMPARE(end[0] + kStart[0], 0x7850C26CU);
        QCOMPARE(std::rotl(before[3], 30) + kStartE, 0x9CD0D89DU);
    }

    /// FIPS 180-4's example through SHA256MSG1, SHA256MSG2 and SHA256RNDS2.
    void sha256OfAbc() {
        std::array<std::uint32_t, 64> schedule{};
        std::ranges::copy(kAbcBlock, schedule.begin());
        const auto group = [&schedule](unsigned first) {
            return Words{schedule[first], schedule[first + 1], schedule[first + 2],
                         schedule[first + 3]};
        };
        for (unsigned i = 16; i < 64; i += 4) {
            bench_.setXmm(1, group(i - 16));
            bench_.put(InstructionBench::kData, group(i - 12));
            (*this)[Register::Rdi] = InstructionBench::kData;
            QVERIFY(bench_.runs({0x0F, 0x38, 0xCC, 0x0F}));  // sha256msg1 xmm1, [rdi]
            bench_.setXmm(2, group(i - 7));
            QVERIFY(bench_.runs({0x66, 0x0F, 0xFE, 0xCA}));  // paddd xmm1, xmm2
            bench_.setXmm(2, group(i - 4));
            QVERIFY(bench_.runs({0x0F, 0x38, 0xCD, 0xCA}));  // sha256msg2 xmm1, xmm2
            std::ranges::copy(bench_.xmm<Words>(1), schedule.begin() + i);
        }
        constexpr Words kAbef{0x9b05688c, 0x510e527f, 0xbb67ae85, 0x6a09e667};
        constexpr Words kCdgh{0x5be0cd19, 0x1f83d9ab, 0xa54ff53a, 0x3c6ef372};
        Words abef = kAbef;
        Words cdgh = kCdgh;
        for (unsigned i = 0; i < 64; i += 2) {
            bench_.setXmm(0, Words{schedule[i] + kSha256Constants[i],
                                   schedule[i + 1] + kSha256Constants[i + 1], 0, 0});
            bench_.setXmm(1, cdgh);
            bench_.setXmm(2, abef);
            QVERIFY(bench_.runs({0x0F, 0x38, 0xCB, 0xCA}));  // sha256rnds2 xmm1, xmm2, xmm0
            cdgh = abef;
            abef = bench_.xmm<Words>(1);
        }
        QCOMPARE(abef[3] + kAbef[3], 0xba7816bfU);
        QCOMPARE(abef[2] + kAbef[2], 0x8f01cfeaU);
        QCOMPARE(cdgh[3] + kCdgh[3], 0x414140deU);
        QCOMPARE(cdgh[2] + kCdgh[2], 0x5dae2223U);
        QCOMPARE(abef[1] + kAbef[1], 0xb00361a3U);
        QCOMPARE(abef[0] + kAbef[0], 0x96177a9cU);
        QCOMPARE(cdgh[1] + kCdgh[1], 0xb410ff61U);
        QCOMPARE(cdgh[0] + kCdgh[0], 0xf20015adU);
    }

    /// FIPS 197, appendix B: key expansion by AESKEYGENASSIST, then encryption and decryption.
    void aes128() {
        constexpr Bytes kKey{0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
                             0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c};
        constexpr Bytes kPlain{0x32, 0x43, 0xf6, 0xa8, 0x88, 0x5a, 0x30, 0x8d,
                               0x31, 0x31, 0x98, 0xa2, 0xe0, 0x37, 0x07, 0x34};
        constexpr Bytes kCipher{0x39, 0x25, 0x84, 0x1d, 0x02, 0xdc, 0x09, 0xfb,
                                0xdc, 0x11, 0x85, 0x97, 0x19, 0x6a, 0x0b, 0x32};
        std::array<Words, 11> keys{std::bit_cast<Words>(kKey)};
        std::uint8_t constant = 1;
        for (unsigned i = 1; i <= 10; i++) {
            bench_.setXmm(2, keys[i - 1]);
            QVERIFY(bench_.runs({0x66, 0x0F, 0x3A, 0xDF, 0xCA, constant}));
            const std::uint32_t assist = bench_.xmm<Words>(1)[3];
            keys[i][0] = keys[i - 1][0] ^ assist;
            for (unsigned j = 1; j < 4; j++)
                keys[i][j] = keys[i - 1][j] ^ keys[i][j - 1];
            constant = static_cast<std::uint8_t>(constant << 1 ^ (constant >> 7) * 0x1B);
        }
        const auto apply = [this](std::uint8_t opcode, const Words& key) {
            bench_.setXmm(2, key);
            return bench_.runs({0x66, 0x0F, 0x38, opcode, 0xCA});
        };
        const auto add = [this](const Words& key) {
            bench_.setXmm(2, key);
            return bench_.runs({0x66, 0x0F, 0xEF, 0xCA});
        };
        bench_.setXmm(1, kPlain);
        QVERIFY(add(keys[0]));
        for (unsigned i = 1; i < 10; i++)
            QVERIFY(apply(0xDC, keys[i]));
        QVERIFY(apply(0xDD, keys[10]));
        QVERIFY(bench_.xmm<Bytes>(1) == kCipher);

        QVERIFY(add(keys[10]));
        for (unsigned i = 9; i > 0; i--) {
            bench_.setXmm(3, keys[i]);
            QVERIFY(bench_.runs({0x66, 0x0F, 0x38, 0xDB, 0xDB}));  // aesimc xmm3, xmm3
            QVERIFY(apply(0xDE, bench_.xmm<Words>(3)));
        }
        QVERIFY(apply(0xDF, keys[0]));
        QVERIFY(bench_.xmm<Bytes>(1) == kPlain);
    }

    void carrylessProductOfChosenHalves() {
        using Halves = std::array<std::uint64_t, 2>;
        // (x + 1)(x^2 + x) = x^3 + x, with the other halves being noise.
        bench_.setXmm(1, Halves{0xDEAD, 3});
        bench_.setXmm(2, Halves{6, 0xBEEF});
        QVERIFY(bench_.runs({0x66, 0x0F, 0x3A, 0x44, 0xCA, 0x01}));
        QVERIFY((bench_.xmm<Halves>(1) == Halves{10, 0}));
        // x^63 times x^63 is x^126.
        bench_.setXmm(1, Halves{1, 1ULL << 63});
        bench_.setXmm(2, Halves{1, 1ULL << 63});
        QVERIFY(bench_.runs({0x66, 0x0F, 0x3A, 0x44, 0xCA, 0x11}));
        QVERIFY((bench_.xmm<Halves>(1) == Halves{0, 1ULL << 62}));
    }

    /// The check value of CRC-32C.
    void crc32OfDigits() {
        (*this)[Register::Rax] = 0xFFFF'FFFF'FFFF'FFFF;
        for (const char digit : std::string_view("123456789")) {
            (*this)[Register::Rcx] = static_cast<std::uint8_t>(digit);
            QVERIFY(bench_.runs({0xF2, 0x0F, 0x38, 0xF0, 0xC1}));  // crc32 eax, cl
        }
        QCOMPARE((*this)[Register::Rax], std::uint64_t{0xE3069283 ^ 0xFFFF'FFFF});

        (*this)[Register::Rax] = 0xFFFF'FFFF;
        bench_.put(InstructionBench::kData, std::array{'1', '2', '3', '4', '5', '6', '7', '8'});
        (*this)[Register::Rdi] = InstructionBench::kData;
        QVERIFY(bench_.runs({0xF2, 0x48, 0x0F, 0x38, 0xF1, 0x07}));  // crc32 rax, qword [rdi]
        (*this)[Register::Rcx] = '9';
        QVERIFY(bench_.runs({0xF2, 0x0F, 0x38, 0xF0, 0xC1}));
        QCOMPARE((*this)[Register::Rax], std::uint64_t{0xE3069283 ^ 0xFFFF'FFFF});
    }

  private:
    std::uint64_t& operator[](Register name) { return bench_.processor()[name]; }

    InstructionBench bench_;
};

QTEST_APPLESS_MAIN(CryptographyTest)
#include "cryptography_test.moc"
