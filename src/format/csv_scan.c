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

void wh_csv_scanner_init(struct wh_csv_scanner *scanner, const struct wh_csv_dialect *dialect)
{
    scanner->dialect = *dialect;
    scanner->functions =
        wh_csv_dialect_is_plain(dialect) ? fastest_functions() : &wh_csv_scalar_functions;
}

void wh_csv_scan_start(struct wh_csv_scan *scan, const struct wh_csv_scanner *scanner,
                       struct wh_str text, bool is_last, size_t start)
{
    *scan = (struct wh_csv_scan){.dialect = scanner->dialect,
                                 .text = text.ptr,
                                 .len = text.len,
                                 .is_last = is_last,
                                 .start = start,
                                 .quote_mask = scanner->dialect.has_quote ? UINT64_MAX : 0,
                                 .block = start,
                                 .next_block = start,
                                 .follows_boundary = 1};
}

bool wh_csv_return_is_escaped(const struct wh_csv_dialect *dialect, const char *text,
                              const struct wh_csv_record *record, size_t at)
{
    size_t escapes = 0;
    while (at - escapes > record->start && text[at - escapes - 1] == dialect->escape)
        escapes++;
    return escapes % 2 == 1;
}

bool wh_csv_malformed_end(const struct wh_csv_dialect *dialect, struct wh_str text, size_t start,
                          bool is_last, size_t *ret_next)
{
    if (wh_csv_dialect_joins_lines(dialect)) {
        *ret_next = text.len;
        return is_last;
    }
    bool has_end;
    *ret_next = wh_csv_line_next(dialect, text, start, is_last, &has_end);
    return has_end || is_last;
}
