/* SPDX-License-Identifier: Apache-2.0 */
#include "format/csv_scan.h"

#if defined(__x86_64__)
bool wh_csv_has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
}

static const struct wh_csv_functions *fastest_functions(void)
{
    return wh_csv_has_avx2() ? &wh_csv_avx2_functions : &wh_csv_sse2_functions;
}
#else
static const struct wh_csv_functions *fastest_functions(void)
{
    return &wh_csv_scalar_functions;
}
#endif

void wh_csv_scanner_init(struct wh_csv_scanner *scanner, struct wh_csv_dialect dialect)
{
    scanner->dialect = dialect;
    scanner->functions = fastest_functions();
}

void wh_csv_scan_start(struct wh_csv_scan *scan, const struct wh_csv_scanner *scanner,
                       struct wh_str text, bool is_last, size_t start)
{
    *scan = (struct wh_csv_scan){.dialect = scanner->dialect,
                                 .text = text.ptr,
                                 .len = text.len,
                                 .is_last = is_last,
                                 .start = start,
                                 .block = start,
                                 .next_block = start,
                                 .follows_boundary = 1};
}

uint64_t wh_csv_count_lines(struct wh_str text)
{
    const uint64_t ones = 0x0101010101010101;
    const uint64_t low = 0x7F * ones;
    uint64_t lines = 0;
    size_t at = 0;
    for (; at + 8 <= text.len; at += 8) {
        uint64_t word;
        memcpy(&word, text.ptr + at, 8);
        word ^= (uint64_t)'\n' * ones; /* bytes that are LF become 0 */
        uint64_t others = ((word & low) + low) | word;
        lines += (uint64_t)__builtin_popcountll(~others & ~low);
    }
    for (; at < text.len; at++)
        lines += text.ptr[at] == '\n';
    return lines;
}
