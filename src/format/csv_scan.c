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
    /* Sums of 255 comparisons fit a byte, so the compiler can add 16 or 32 bytes at a time. */
    uint64_t lines = 0;
    for (size_t from = 0; from < text.len;) {
        size_t to = text.len - from < 255 ? text.len : from + 255;
        unsigned char sum = 0;
        for (; from < to; from++)
            sum = (unsigned char)(sum + (text.ptr[from] == '\n'));
        lines += sum;
    }
    return lines;
}
