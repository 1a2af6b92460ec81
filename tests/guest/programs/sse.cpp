// SPDX-License-Identifier: GPL-3.0-or-later
//
// SSE to SSE4.2 by intrinsics on fixed data: results and MXCSR flags. The approximations (RCPPS,
// RSQRTPS) differ between processors and are left out.
#include <nmmintrin.h>

#include <cstdio>
#include <limits>
#include <vector>

#include "digest.h"

namespace {

void integerOperations() {
    Sequence sequence(128);
    __m128i values[24] = {_mm_setzero_si128(), _mm_set1_epi8(-1), _mm_set1_epi16(-32768),
                          _mm_set1_epi32(0x7fffffff)};
    for (std::size_t each = 4; each < std::size(values); ++each)
        values[each] = _mm_set_epi64x(static_cast<long long>(sequence.next()),
                                      static_cast<long long>(sequence.next()));
    Digest digest;
    for (const __m128i a : values)
        for (const __m128i b : values) {
            const __m128i results[] = {
                _mm_add_epi8(a, b), _mm_adds_epi16(a, b), _mm_adds_epu8(a, b), _mm_sub_epi64(a, b),
                _mm_subs_epu16(a, b), _mm_mullo_epi16(a, b), _mm_mulhi_epi16(a, b),
                _mm_mulhi_epu16(a, b), _mm_mul_epu32(a, b), _mm_madd_epi16(a, b),
                _mm_sad_epu8(a, b), _mm_avg_epu8(a, b), _mm_packs_epi32(a, b),
                _mm_packus_epi16(a, b), _mm_unpackhi_epi8(a, b), _mm_unpacklo_epi32(a, b),
                _mm_cmpgt_epi8(a, b), _mm_cmpeq_epi32(a, b), _mm_sll_epi32(a, b),
                _mm_srai_epi16(a, 5), _mm_srli_epi64(a, 17), _mm_slli_si128(a, 3),
                _mm_shuffle_epi32(a, 57), _mm_shufflelo_epi16(a, 27), _mm_min_epu8(a, b),
                _mm_max_epi16(a, b), _mm_andnot_si128(a, b),
                // SSSE3
                _mm_shuffle_epi8(a, b), _mm_alignr_epi8(a, b, 7), _mm_maddubs_epi16(a, b),
                _mm_mulhrs_epi16(a, b), _mm_sign_epi8(a, b), _mm_hadd_epi32(a, b),
                _mm_hsubs_epi16(a, b), _mm_abs_epi8(a),
                // SSE4.1
                _mm_mullo_epi32(a, b), _mm_mul_epi32(a, b), _mm_packus_epi32(a, b),
                _mm_min_epi8(a, b), _mm_max_epu32(a, b), _mm_blendv_epi8(a, b, a),
                _mm_mpsadbw_epu8(a, b, 5), _mm_minpos_epu16(a), _mm_cvtepu8_epi16(a),
                _mm_cvtepi32_epi64(a), _mm_insert_epi8(a, 77, 9),
                // SSE4.2
                _mm_cmpgt_epi64(a, b), _mm_cmpistrm(a, b, 0x40), _mm_cmpestrm(a, 9, b, 12, 0x18)};
            for (const __m128i& each : results)
                digest.add(each);
            const int scalars[] = {_mm_cmpistri(a, b, 0x0c),
                                   _mm_cmpestri(a, 11, b, 7, 0x44),
                                   _mm_cmpestrc(a, 16, b, 16, 0x08),
                                   _mm_cmpistrz(a, b, 0x00),
                                   _mm_testz_si128(a, b),
                                   _mm_testc_si128(a, b),
                                   _mm_movemask_epi8(a),
                                   _mm_extract_epi16(a, 6)};
            digest.add(scalars);
            const auto low = static_cast<std::uint64_t>(_mm_cvtsi128_si64(a));
            const std::uint64_t counted[] = {
                _mm_crc32_u64(low, static_cast<std::uint64_t>(_mm_cvtsi128_si64(b))),
                _mm_crc32_u8(static_cast<unsigned>(low), static_cast<unsigned char>(low >> 9)),
                static_cast<std::uint64_t>(_mm_popcnt_u64(low))};
            digest.add(counted);
        }
    std::printf("integers %016llx\n", digest.value());
}

template <class Real>
std::vector<Real> reals() {
    using Limits = std::numeric_limits<Real>;
    std::vector<Real> values = {Real(0),
                                -Real(0),
                                Real(1),
                                Real(-2.5),
                                Limits::min(),
                                Limits::denorm_min(),
                                Limits::max(),
                                Limits::lowest(),
                                Limits::infinity(),
                                Limits::quiet_NaN(),
                                Limits::signaling_NaN(),
                                Real(0.1),
                                Real(3e9),
                                Real(-7e18)};
    Sequence sequence(5);
    while (values.size() < 28)
        values.push_back(static_cast<Real>(sequence.fraction() * 1e5 - 5e4));
    return values;
}

/// Rounding direction, flush to zero and subnormals are zeros; all exceptions masked.
constexpr unsigned kControls[] = {0x1f80, 0x3f80, 0x5f80, 0x7f80, 0x9f80, 0x1fc0, 0x9fc0};

void floatOperations(unsigned control) {
    const auto values = reals<float>();
    Digest digest;
    _mm_setcsr(control);
    for (std::size_t i = 0; i < values.size(); ++i)
        for (std::size_t j = 0; j < values.size(); ++j) {
            const __m128 a = _mm_set_ps(values[i], values[j], 1.25f, values[(i + j) % 28]);
            const __m128 b = _mm_set_ps(values[j], 3.0f, values[i], values[(i * 3 + j) % 28]);
            const __m128 results[] = {_mm_add_ps(a, b),
                                      _mm_sub_ps(a, b),
                                      _mm_mul_ps(a, b),
                                      _mm_div_ps(a, b),
                                      _mm_sqrt_ps(a),
                                      _mm_min_ps(a, b),
                                      _mm_max_ps(a, b),
                                      _mm_cmplt_ps(a, b),
                                      _mm_cmpunord_ps(a, b),
                                      _mm_hadd_ps(a, b),
                                      _mm_addsub_ps(a, b),
                                      _mm_shuffle_ps(a, b, 0x1b),
                                      _mm_div_ss(a, b),
                                      _mm_floor_ps(a),
                                      _mm_round_ps(a, _MM_FROUND_CUR_DIRECTION),
                                      _mm_dp_ps(a, b, 0xf5),
                                      _mm_insert_ps(a, b, 0x4a)};
            for (const __m128& each : results)
                digest.add(each);
            digest.add(_mm_cvtps_epi32(a));
            digest.add(_mm_cvttps_epi32(a));
            digest.add(_mm_cvtps_pd(a));
            digest.add(_mm_cvttss_si64(a));
            digest.add(_mm_ucomilt_ss(a, b));
            digest.add(_mm_comieq_ss(a, b));
            digest.add(_mm_getcsr());
            _mm_setcsr(control);
        }
    std::printf("floats mxcsr %04x: %016llx\n", control, digest.value());
}

void doubleOperations(unsigned control) {
    const auto values = reals<double>();
    Digest digest;
    _mm_setcsr(control);
    for (std::size_t i = 0; i < values.size(); ++i)
        for (std::size_t j = 0; j < values.size(); ++j) {
            const __m128d a = _mm_set_pd(values[i], values[j]);
            const __m128d b = _mm_set_pd(values[j], values[(i * 5 + j) % 28]);
            const __m128d results[] = {
                _mm_add_pd(a, b),      _mm_sub_pd(a, b), _mm_mul_pd(a, b),      _mm_div_pd(a, b),
                _mm_sqrt_pd(a),        _mm_min_pd(a, b), _mm_max_pd(a, b),      _mm_cmple_pd(a, b),
                _mm_hsub_pd(a, b),     _mm_ceil_pd(a),   _mm_dp_pd(a, b, 0x33), _mm_sqrt_sd(a, b),
                _mm_blend_pd(a, b, 2), _mm_movedup_pd(a)};
            for (const __m128d& each : results)
                digest.add(each);
            digest.add(_mm_cvtpd_epi32(a));
            digest.add(_mm_cvttpd_epi32(a));
            digest.add(_mm_cvtpd_ps(a));
            digest.add(_mm_cvtsd_si64(a));
            digest.add(_mm_ucomigt_sd(a, b));
            digest.add(_mm_getcsr());
            _mm_setcsr(control);
        }
    std::printf("doubles mxcsr %04x: %016llx\n", control, digest.value());
}

}  // namespace

int main() {
    integerOperations();
    for (const unsigned control : kControls) {
        floatOperations(control);
        doubleOperations(control);
    }
}
